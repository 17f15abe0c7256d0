import { totalLength } from "../../../core/bytes.ts";
import type { Chunk, NumberRange } from "../../../rdd/record-chunks.ts";
import type { TaskMeter } from "../../../rdd/task-metrics.ts";
import type { RecordColumns } from "../../../serializer/column-reader.ts";
import type { ChunkSource } from "./chunk-source.ts";
import type { SourceSpec } from "./protocol.ts";

/** Counts the records of a source, a chunk at a time, as what the task has read. */
export class MeteredSource implements ChunkSource {
  readonly #source: ChunkSource;
  readonly #meter: TaskMeter;
  readonly #counter: "inputRecords" | "shuffleReadRecords";
  readonly nextRange?: () => NumberRange | undefined;
  readonly nextColumns?: () => RecordColumns | Chunk | undefined;

  constructor(source: ChunkSource, spec: SourceSpec, meter: TaskMeter) {
    this.#source = source;
    this.#meter = meter;
    const shuffled = (spec.kind === "blocks" || spec.kind === "handed") && spec.from === "shuffle";
    this.#counter = shuffled ? "shuffleReadRecords" : "inputRecords";
    if (source.nextRange !== undefined) this.nextRange = () => this.#counted(source.nextRange!());
    if (source.nextColumns !== undefined) this.nextColumns = () => this.#counted(source.nextColumns!());
    meter[shuffled ? "shuffleReadBytes" : "inputBytes"] += bytesOf(spec);
  }

  get sync(): boolean {
    return this.#source.sync;
  }

  nextSync(): Chunk | undefined {
    return this.#counted(this.#source.nextSync());
  }

  async next(): Promise<Chunk | undefined> {
    return this.#counted(await this.#source.next());
  }

  #counted<C extends Chunk | NumberRange | RecordColumns>(chunk: C | undefined): C | undefined {
    if (chunk !== undefined) this.#meter[this.#counter] += chunk.length;
    return chunk;
  }

  close(): void {
    this.#source.close();
  }
}

/** What lies ready for the task. Other sources count as they read. */
function bytesOf(spec: SourceSpec): number {
  switch (spec.kind) {
    case "records":
      return totalLength(spec.batches);
    case "blocks":
      return totalLength(spec.blocks);
    default:
      return 0;
  }
}
