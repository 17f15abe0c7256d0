import type { Clock } from "../../platform/clock.ts";

export interface RateLimits {
  /** Records a second: `spark.streaming.receiver.maxRate`. No update exceeds it. */
  readonly maxRate: number;
  /** Before the first update. */
  readonly initialRate: number;
  /** What was not taken in this long can still be taken at once, and no more; at first that much can be. */
  readonly burstMs: number;
}

/** Less is not worth a pause. */
const LEAST_PAUSE_MS = 10;

/**
 * How many records a second a receiver may take, as Spark's RateLimiter. A pause comes after what was taken, not before it, so
 * a large piece is taken whole and paid for then.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #maxRate: number;
  #limit: number;
  readonly #burstMs: number;
  /** When all that was taken has been paid for. */
  #paidUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, { maxRate, initialRate, burstMs }: RateLimits) {
    this.#clock = clock;
    this.#burstMs = burstMs;
    this.#maxRate = maxRate;
    this.#limit = Math.min(initialRate, maxRate);
  }

  /** Records a second; infinite where there is no limit. */
  get currentLimit(): number {
    return this.#limit;
  }

  /** A new limit, from rate control. One of 0 or less is ignored, as in Spark. */
  updateRate(rate: number): void {
    if (!(rate > 0)) return;
    const before = this.#limit;
    this.#limit = Math.min(rate, this.#maxRate);
    // What was taken and is not paid for is paid for at the new rate.
    const owedMs = this.waitMs();
    if (owedMs > 0) this.#paidUntil = this.#clock.now() + (owedMs * before) / this.#limit;
  }

  /** The milliseconds until more may be taken, 0 for at once. */
  waitMs(): number {
    return Math.max(0, this.#paidUntil - this.#clock.now());
  }

  /** How many records may be taken now: none, or what comes in the time that a pause takes at least. */
  allowance(): number {
    if (this.#limit === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    if (this.#paidUntil > now) return 0;
    const ms = now + LEAST_PAUSE_MS - Math.max(this.#paidUntil, now - this.#burstMs);
    return Math.max(1, Math.floor((ms * this.#limit) / 1000));
  }

  /** Takes records; what they are too many, {@link waitMs} will tell. */
  take(records: number): void {
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    this.#paidUntil = Math.max(this.#paidUntil, this.#clock.now() - this.#burstMs) + (records / this.#limit) * 1000;
  }
}
