import { MillraceError } from "../errors.ts";

/**
 * A queue between one who puts and one who takes, with a bound. Putting never waits: whoever puts asks `isFull` first,
 * and does something else while it is.
 *
 * ```text
 * put ->  [ . . . . ]  -> await take()        after close(): what is left, then undefined
 * ```
 */
export class BoundedQueue<T> {
  readonly #capacity: number;
  #items: T[] = [];
  #taker: ((item: T | undefined) => void) | undefined;
  #closed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#items.length;
  }

  get isFull(): boolean {
    return this.#items.length >= this.#capacity;
  }

  /** Adds an item; one put after `close` is dropped. */
  put(item: T): void {
    if (this.#closed) return;
    if (this.#taker !== undefined) {
      const take = this.#taker;
      this.#taker = undefined;
      take(item);
      return;
    }
    if (this.isFull) throw new MillraceError("INTERNAL", `a queue was overfilled: its bound is ${this.#capacity}`);
    this.#items.push(item);
  }

  /** The next item, as soon as there is one; undefined once the queue is closed and empty. One caller at a time. */
  take(): Promise<T | undefined> {
    if (this.#items.length > 0 || this.#closed) return Promise.resolve(this.#items.shift());
    if (this.#taker !== undefined) throw new MillraceError("INTERNAL", "two took from one queue at once");
    return new Promise((resolve) => {
      this.#taker = resolve;
    });
  }

  /** Takes no more items. */
  close(): void {
    this.#closed = true;
    this.#taker?.(undefined);
    this.#taker = undefined;
  }

  /** Drops what is waiting. */
  clear(): void {
    this.#items = [];
  }
}
