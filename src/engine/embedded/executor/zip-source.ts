import { MillraceError } from "../../../errors.ts";
import type { Chunk } from "../../../rdd/record-chunks.ts";
import { type ChunkSource, pull } from "./chunk-source.ts";
import { StepFailure } from "./step-failure.ts";

/** The records of two sources side by side; both must have as many. */
export class ZipSource implements ChunkSource {
  readonly sync: boolean;
  readonly #left: Reader;
  readonly #right: Reader;
  readonly #node: number;

  private constructor(left: ChunkSource, right: ChunkSource, node: number) {
    this.sync = left.sync && right.sync;
    this.#left = new Reader(left);
    this.#right = new Reader(right);
    this.#node = node;
  }

  static async open(
    openLeft: () => Promise<ChunkSource>,
    openRight: () => Promise<ChunkSource>,
    node: number,
  ): Promise<ZipSource> {
    const left = await openLeft();
    try {
      return new ZipSource(left, await openRight(), node);
    } catch (thrown) {
      left.close();
      throw thrown;
    }
  }

  nextSync(): Chunk | undefined {
    this.#left.fillSync();
    this.#right.fillSync();
    return this.#zipped();
  }

  async next(): Promise<Chunk | undefined> {
    await this.#left.fill();
    await this.#right.fill();
    return this.#zipped();
  }

  close(): void {
    this.#left.source.close();
    this.#right.source.close();
  }

  /** As many as both have at hand. */
  #zipped(): Chunk | undefined {
    const [left, right] = [this.#left, this.#right];
    if (left.ended !== right.ended) throw StepFailure.at(this.#node, unequal());
    if (left.ended) return undefined;
    const length = Math.min(left.available, right.available);
    const [lefts, rights] = [left.take(length), right.take(length)];
    return lefts.map((record, i) => [record, rights[i]]);
  }
}

/** A source, and what has been pulled from it and not been used. */
class Reader {
  readonly source: ChunkSource;
  #chunk: Chunk = [];
  #from = 0;
  #ended = false;

  constructor(source: ChunkSource) {
    this.source = source;
  }

  get available(): number {
    return this.#chunk.length - this.#from;
  }

  get ended(): boolean {
    return this.#ended && this.available === 0;
  }

  fillSync(): void {
    while (this.available === 0 && !this.#ended) this.#add(this.source.nextSync());
  }

  async fill(): Promise<void> {
    while (this.available === 0 && !this.#ended) this.#add(await pull(this.source));
  }

  take(length: number): Chunk {
    const taken = this.#chunk.slice(this.#from, this.#from + length);
    this.#from += length;
    return taken;
  }

  #add(chunk: Chunk | undefined): void {
    this.#ended = chunk === undefined;
    this.#chunk = chunk ?? [];
    this.#from = 0;
  }
}

function unequal(): MillraceError {
  return new MillraceError("INVALID_ARGUMENT", "zip needs as many records in each partition of both RDDs", {
    remedy: "Give both an index by zipWithIndex, and join them by it.",
  });
}
