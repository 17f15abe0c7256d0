/** Batches in a row that take less than the limit before a state is gathered; doubled each time that it has been scattered. */
const PATIENCE = 4;
const MOST_PATIENCE = 1 << 14;

/** A larger state stays where it is: to move it would be a slow batch. */
const MOST_MOVED_BYTES = 8 << 20;

/** What a state takes to be made again in another thread: a task's start, and its bytes. */
const MOVE_MS = 20;
const MOVED_BYTES_PER_MS = 50_000;

/** One slow batch is a collection, or another program; three in a row are not. */
const LEAST_LONG = 3;

/**
 * In which threads the partitions of a state live: each in its own, or, while batches are short, all in one, where the whole batch
 * is computed at once, from its records to its output.
 *
 * ```text
 * a batch takes (ms)   9  3  1  1  1  1 | 1  1 30  1  1 12 14 15 | 13
 * threads             all               | one: gathered           | all: scattered
 * ```
 *
 * To move costs as much as it takes to make the state again of what was written of it. So a state is gathered while it is small and
 * when that is likely to last, and scattered when what it has lost by it comes to what the move costs.
 */
export class StateHome {
  readonly #shortMs: number;
  #gathered = false;
  #patience = PATIENCE;
  #inRow = 0;
  #lostMs = 0;

  /** A batch whose tasks take less than `shortMs`, together, is short; 0: none is. */
  constructor(shortMs: number) {
    this.#shortMs = shortMs;
  }

  /** Whether all partitions live in one thread. */
  get gathered(): boolean {
    return this.#gathered;
  }

  /** A batch has taken so long, its tasks together; `bytes` is what would have to be read to make the state again. */
  note(runMs: number, bytes: number): void {
    if (this.#gathered) this.#noteGathered(runMs, bytes);
    else this.#noteScattered(runMs, bytes);
  }

  #noteScattered(runMs: number, bytes: number): void {
    this.#inRow = runMs < this.#shortMs ? this.#inRow + 1 : 0;
    if (this.#inRow < this.#patience || bytes > MOST_MOVED_BYTES) return;
    this.#gathered = true;
    this.#inRow = 0;
  }

  #noteGathered(runMs: number, bytes: number): void {
    // Between the limit and its double nothing moves.
    if (runMs <= 2 * this.#shortMs) {
      this.#inRow = 0;
      this.#lostMs = 0;
      return;
    }
    this.#inRow++;
    this.#lostMs += runMs / 2;
    if (this.#inRow < LEAST_LONG || this.#lostMs < MOVE_MS + bytes / MOVED_BYTES_PER_MS) return;
    this.#gathered = false;
    this.#inRow = 0;
    this.#lostMs = 0;
    this.#patience = Math.min(2 * this.#patience, MOST_PATIENCE);
  }
}
