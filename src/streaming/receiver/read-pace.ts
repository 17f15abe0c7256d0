import { type Alarm, type Clock, SystemClock } from "../../platform/clock.ts";

/** The longest rest. */
const REST_MS = 20;

export interface ReadPaceParts {
  /** Rests while what comes meanwhile takes no more than this, and never after a read of more than half of it. */
  readonly mostBytes: number;
  /** A rest has begun or ended. */
  onChange(): void;
  /** The machine's clock: rests end though a program's stands still. */
  readonly clock?: Clock;
}

/**
 * Has a slow connection read seldom. Each read wakes the thread, which takes longer than to read ten times as much, and what is read
 * waits for the next cut anyway.
 *
 * ```text
 * comes    : : : : : : : : : : : : : : : : : : :
 * read     |         |                   |            a cut, a cut, and the longest rest after it
 * ```
 */
export class ReadPace {
  readonly #parts: ReadPaceParts;
  readonly #clock: Clock;
  #rest: Alarm | undefined;
  /** When the last rest began, and what has been read since. */
  #since: number;
  #bytes = 0;

  constructor(parts: ReadPaceParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? new SystemClock();
    this.#since = this.#clock.now();
  }

  get isResting(): boolean {
    return this.#rest !== undefined;
  }

  /** So many bytes have been read. */
  hasRead(bytes: number): void {
    this.#bytes += bytes;
    const now = this.#clock.now();
    const { mostBytes } = this.#parts;
    // After much the sender may wait for more to be read: a rest would bring little because it is one.
    if (this.isResting || bytes > mostBytes / 2 || this.#bytes * REST_MS > mostBytes * (now - this.#since)) return;
    this.#since = now;
    this.#bytes = 0;
    this.#rest = this.#clock.at(now + REST_MS, () => this.wake());
    this.#parts.onChange();
  }

  /** Ends a rest. */
  wake(): void {
    if (this.#rest === undefined) return;
    this.#rest.cancel();
    this.#rest = undefined;
    this.#parts.onChange();
  }
}
