import type { Clock } from "../../platform/clock.ts";

export interface RateLimits {
  /** Records a second: `spark.streaming.receiver.maxRate`. No update exceeds it. */
  readonly maxRate: number;
  /** Before the first update. */
  readonly initialRate: number;
}

/** What was not taken in this long before can still be taken at once, and no more. */
const BURST_MS = 100;

/**
 * How many records a second a receiver may take, as Spark's RateLimiter. A pause comes after what was taken, not before it, so
 * a large piece is taken whole and paid for then.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #maxRate: number;
  #limit: number;
  /** When all that was taken has been paid for. */
  #paidUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, { maxRate, initialRate }: RateLimits) {
    this.#clock = clock;
    this.#maxRate = maxRate;
    this.#limit = Math.min(initialRate, maxRate);
  }

  /** Records a second; infinite where there is no limit. */
  get currentLimit(): number {
    return this.#limit;
  }

  /** A new limit, from rate control. One of 0 or less is ignored, as in Spark. */
  updateRate(rate: number): void {
    if (rate > 0) this.#limit = Math.min(rate, this.#maxRate);
  }

  /** The milliseconds until more may be taken, 0 for at once. */
  waitMs(): number {
    return Math.max(0, this.#paidUntil - this.#clock.now());
  }

  /** Takes records; what they are too many, {@link waitMs} will tell. */
  take(records: number): void {
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    this.#paidUntil = Math.max(this.#paidUntil, this.#clock.now() - BURST_MS) + (records / this.#limit) * 1000;
  }
}
