import { MillraceError } from "../../../errors.ts";
import { EncodedRecords } from "../../../rdd/readers/encoded-records.ts";
import type { Chunk, NumberRange, RecordChunks } from "../../../rdd/record-chunks.ts";
import type { AnySource } from "../../../rdd/source.ts";
import { TaskContext } from "../../../rdd/task-context.ts";
import type { RecordColumns } from "../../../serializer/column-reader.ts";
import type { ChunkSource } from "./chunk-source.ts";
import { iterableSource, unlessCancelled } from "./iterable-source.ts";
import { StepFailure } from "./step-failure.ts";
import type { TaskEnvironment } from "./task-environment.ts";

/** What the `compute` of a source makes of a partition, as the chunks that tasks pull. */
export function openComputed(
  compute: AnySource["compute"],
  partition: unknown,
  node: number,
  env: TaskEnvironment,
): ChunkSource | Promise<ChunkSource> {
  try {
    const task = TaskContext.get()!;
    const returned = compute(partition, task) as Partial<PromiseLike<unknown>>;
    if (typeof returned?.then !== "function") return chunksOf(returned, node, env);
    return unlessCancelled(Promise.resolve(returned), task.signal).then(
      (records) => chunksOf(records, node, env),
      (thrown: unknown) => {
        throw StepFailure.at(node, thrown);
      },
    );
  } catch (thrown) {
    throw StepFailure.at(node, thrown);
  }
}

function chunksOf(records: unknown, node: number, env: TaskEnvironment): ChunkSource {
  const iterable = iterableSource(records, { node, env });
  if (iterable !== undefined) return iterable;
  const given = records as RecordChunks<unknown> | null;
  if (given?.nextSync !== undefined || given?.next !== undefined) return new ComputedChunks(given, node, env);
  throw StepFailure.at(
    node,
    new MillraceError(
      "NOT_ITERABLE",
      `compute() of the source returned ${given === null ? "null" : `a ${typeof given}`}`,
      {
        remedy:
          "Return an array, a generator's result, an async iterable, or RecordChunks; an empty array for no records.",
      },
    ),
  );
}

/** Chunks as a source gives them. */
class ComputedChunks implements ChunkSource {
  readonly sync: boolean;
  readonly nextRange?: () => NumberRange | undefined;
  readonly nextColumns?: () => RecordColumns | Chunk | undefined;
  readonly #chunks: RecordChunks<unknown>;
  readonly #node: number;
  readonly #env: TaskEnvironment;
  readonly #signal: AbortSignal | undefined;
  #bytesRead = 0;

  constructor(chunks: RecordChunks<unknown>, node: number, env: TaskEnvironment) {
    this.#chunks = chunks;
    this.#node = node;
    this.#env = env;
    this.sync = chunks.nextSync !== undefined;
    // To ask for it costs a controller.
    this.#signal = this.sync ? undefined : TaskContext.get()?.signal;
    if (chunks.nextRange !== undefined) this.nextRange = () => this.#read(() => chunks.nextRange!());
    // Received blocks hold columns; a form that only millrace has.
    if (chunks instanceof EncodedRecords) this.nextColumns = () => this.#read(() => chunks.nextColumns());
  }

  nextSync(): Chunk | undefined {
    return this.#read(() => checkedChunk(this.#chunks.nextSync!()));
  }

  async next(): Promise<Chunk | undefined> {
    try {
      const chunk = await unlessCancelled(this.#chunks.next!(), this.#signal);
      return this.#read(() => checkedChunk(chunk));
    } catch (thrown) {
      throw StepFailure.at(this.#node, thrown);
    }
  }

  close(): void {
    this.#env.end(this.#node, () => this.#chunks.close?.());
  }

  #read<C>(next: () => C): C {
    try {
      const chunk = next();
      const { bytesRead = 0 } = this.#chunks;
      this.#env.meter.inputBytes += bytesRead - this.#bytesRead;
      this.#bytesRead = bytesRead;
      return chunk;
    } catch (thrown) {
      throw StepFailure.at(this.#node, thrown);
    }
  }
}

function checkedChunk(chunk: Chunk | undefined): Chunk | undefined {
  if (chunk === undefined || Array.isArray(chunk)) return chunk;
  throw new MillraceError("NOT_ITERABLE", "a chunk of the source is no array", {
    remedy:
      "Let next() and nextSync() of RecordChunks return an array, or undefined at the end. An iterator needs [Symbol.iterator].",
  });
}
