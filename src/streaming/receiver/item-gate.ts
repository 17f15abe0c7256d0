import type { Alarm, Clock } from "../../platform/clock.ts";
import { Logger } from "../../platform/log.ts";
import type { RateLimiter } from "./rate-limiter.ts";

/** As many records may wait; those of a receiver that goes on all the same pass. */
export const MOST_WAITING = 10_000;
/** A pause is at least this long: what it was too long by, the next ones are shorter. */
const LEAST_PAUSE_MS = 10;

const logger = new Logger("RateLimiter");
const READY = Promise.resolve();

export interface ItemGateParts {
  readonly clock: Clock;
  readonly limiter: RateLimiter;
  /** There is no room for more, whatever the rate. */
  isFull(): boolean;
  /** Takes a record that has got through. */
  pass(item: unknown): void;
}

/**
 * Lets single records through at the permitted rate and while there is room, in their order. A receiver that awaits each has one
 * waiting; of one that does not await, {@link MOST_WAITING}.
 */
export class ItemGate {
  readonly #parts: ItemGateParts;
  #waiting: { readonly item: unknown; readonly passed: () => void }[] = [];
  /** What is before it in `#waiting` has passed. */
  #next = 0;
  #roomWaiters: (() => void)[] = [];
  #alarm: Alarm | undefined;
  #overrun = false;

  constructor(parts: ItemGateParts) {
    this.#parts = parts;
  }

  /** Resolves when the record has passed; rejects never. */
  enter(item: unknown): Promise<void> {
    if (this.#next === this.#waiting.length && this.#isOpen) {
      this.#pass(item);
      return READY;
    }
    return new Promise((resolve) => {
      this.#waiting.push({ item, passed: resolve });
      if (this.#waiting.length - this.#next > MOST_WAITING) this.#passOverrun();
      this.#setAlarm();
    });
  }

  /** Resolves when there is room, whatever the rate. */
  async room(): Promise<void> {
    while (this.#parts.isFull()) await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
  }

  /** There may be room now. */
  roomAgain(): void {
    if (this.#parts.isFull()) return;
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
    this.#passWaiting();
  }

  /** Lets all through that have come, for no room will come any more. */
  flush(): void {
    while (this.#next < this.#waiting.length) this.#passNext();
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }

  get #isOpen(): boolean {
    return this.#parts.limiter.waitMs() === 0 && !this.#parts.isFull();
  }

  #passWaiting(): void {
    while (this.#next < this.#waiting.length && this.#isOpen) this.#passNext();
    this.#setAlarm();
  }

  #passOverrun(): void {
    if (!this.#overrun) {
      this.#overrun = true;
      logger.warn(
        `a receiver stores records faster than they may come and does not await store(): more than ${MOST_WAITING} wait, so that further ones are let through`,
        "RECEIVER_OVERRUN",
      );
    }
    this.#passNext();
  }

  #passNext(): void {
    const { item, passed } = this.#waiting[this.#next++]!;
    if (this.#next === this.#waiting.length || this.#next > MOST_WAITING) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    this.#pass(item);
    passed();
  }

  #pass(item: unknown): void {
    this.#parts.limiter.take(1);
    this.#parts.pass(item);
  }

  /** While there is no room, its coming is what is waited for. */
  #setAlarm(): void {
    const { clock, limiter, isFull } = this.#parts;
    if (this.#alarm !== undefined || this.#next === this.#waiting.length || isFull()) return;
    this.#alarm = clock.at(clock.now() + Math.max(LEAST_PAUSE_MS, limiter.waitMs()), () => {
      this.#alarm = undefined;
      this.#passWaiting();
    });
  }
}
