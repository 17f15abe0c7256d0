import { Duration, type DurationLike } from "../../core/duration.ts";
import { MillraceError } from "../../errors.ts";
import type { RateEstimator } from "./rate-estimator.ts";

export interface PIDRateEstimatorOptions {
  readonly batchInterval: DurationLike;
  /** How much of the error to correct at once; 1 by default. */
  readonly proportional?: number;
  /** How much of what has piled up to correct in a batch; 0.2 by default. */
  readonly integral?: number;
  /** How much to heed how fast the error changes; 0 by default. */
  readonly derivative?: number;
  /** No rate is lower; 100 records a second by default. */
  readonly minRate?: number;
}

/**
 * Spark's PID controller: the rate at which batches are processed is the rate to aim at.
 *
 * ```text
 * rate = last rate - proportional · error - integral · piled up - derivative · change of the error
 *
 * error       last rate - processing rate, in records a second
 * piled up    scheduling delay · processing rate / batch interval
 * ```
 *
 * A batch without records, or that took no time, or that ended no later than the one before, says nothing; the first that says something is only
 * where to begin.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { PIDRateEstimator } from "millrace";
 *
 * const estimator = new PIDRateEstimator({ batchInterval: "1 second" });
 * assert.equal(estimator.compute(1000, 5000, 1000, 0), undefined);
 * assert.equal(estimator.compute(2000, 4000, 1000, 0), 4000);
 * assert.equal(estimator.compute(3000, 4000, 1000, 500), 3600);
 * ```
 */
export class PIDRateEstimator implements RateEstimator {
  readonly #batchMs: number;
  readonly #proportional: number;
  readonly #integral: number;
  readonly #derivative: number;
  readonly #minRate: number;
  #latest: { readonly time: number; readonly rate: number; readonly error: number } | undefined;

  /** Throws `INVALID_ARGUMENT` for what is negative, and for a `minRate` or a `batchInterval` of 0. */
  constructor({
    batchInterval,
    proportional = 1,
    integral = 0.2,
    derivative = 0,
    minRate = 100,
  }: PIDRateEstimatorOptions) {
    for (const [name, value] of Object.entries({ proportional, integral, derivative })) {
      if (!(value >= 0)) throw new MillraceError("INVALID_ARGUMENT", `${name} cannot be ${value}: it is 0 or more`);
    }
    if (!(minRate > 0)) throw new MillraceError("INVALID_ARGUMENT", `minRate cannot be ${minRate}: it is more than 0`);
    this.#batchMs = Duration.of(batchInterval).milliseconds;
    if (!(this.#batchMs > 0)) throw new MillraceError("INVALID_ARGUMENT", "batchInterval cannot be 0 ms or less");
    this.#proportional = proportional;
    this.#integral = integral;
    this.#derivative = derivative;
    this.#minRate = minRate;
  }

  compute(time: number, elements: number, processingDelay: number, schedulingDelay: number): number | undefined {
    const latest = this.#latest;
    if (elements <= 0 || processingDelay <= 0 || (latest !== undefined && time <= latest.time)) return undefined;
    const processingRate = (elements / processingDelay) * 1000;
    if (latest === undefined) {
      this.#latest = { time, rate: processingRate, error: 0 };
      return undefined;
    }
    const error = latest.rate - processingRate;
    const piledUp = (schedulingDelay * processingRate) / this.#batchMs;
    const change = (error - latest.error) / ((time - latest.time) / 1000);
    const rate = Math.max(
      this.#minRate,
      latest.rate - this.#proportional * error - this.#integral * piledUp - this.#derivative * change,
    );
    this.#latest = { time, rate, error };
    return rate;
  }
}
