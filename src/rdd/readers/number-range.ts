import { CHUNK_RECORDS, type NumberRange, SyncChunks } from "../record-chunks.ts";
import type { RangePart } from "../sources/range.ts";

/** Numbers, counted out. */
export class NumberChunks extends SyncChunks<number> {
  readonly #start: number;
  readonly #step: number;
  readonly #length: number;
  #done = 0;

  constructor({ start, step, length }: RangePart) {
    super();
    this.#start = start;
    this.#step = step;
    this.#length = length;
  }

  nextRange(): NumberRange | undefined {
    const from = this.#done;
    const length = Math.min(CHUNK_RECORDS, this.#length - from);
    this.#done += length;
    return length === 0 ? undefined : { start: this.#start, step: this.#step, from, length };
  }

  nextSync(): number[] | undefined {
    const range = this.nextRange();
    if (range === undefined) return undefined;
    const { start, step, from, length } = range;
    const chunk = new Array<number>(length);
    for (let i = 0; i < length; i++) chunk[i] = start + (from + i) * step;
    return chunk;
  }
}
