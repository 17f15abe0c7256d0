import { CHUNK_RECORDS, type Chunk, SyncSource } from "../chunk-source.ts";

/** `length` numbers from `start` on, `step` apart. Each is computed from the first, so that fractions do not drift. */
export class RangeSource extends SyncSource {
  readonly #start: number;
  readonly #step: number;
  readonly #length: number;
  #done = 0;

  constructor({ start, step, length }: { readonly start: number; readonly step: number; readonly length: number }) {
    super();
    this.#start = start;
    this.#step = step;
    this.#length = length;
  }

  nextSync(): Chunk | undefined {
    const n = Math.min(CHUNK_RECORDS, this.#length - this.#done);
    if (n === 0) return undefined;
    const chunk = new Array<number>(n);
    for (let i = 0; i < n; i++) chunk[i] = this.#start + (this.#done + i) * this.#step;
    this.#done += n;
    return chunk;
  }
}
