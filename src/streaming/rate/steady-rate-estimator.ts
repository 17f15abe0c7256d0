import type { RateEstimator } from "./rate-estimator.ts";

/**
 * How many times as many records as a batch had the next may have. A batch of a few records, as comes after a pause, may take next to no
 * time, and then its processing rate is any number.
 */
const MOST_GROWTH = 20;

/**
 * The rates of another estimator, but no lower ones for a program that keeps up: a batch of few records costs what every batch costs,
 * so that its processing rate says little of what the program could do, and would slow down a source that has just more to send.
 * For the same reason none that is far beyond what a batch had (and the program had before). And one from the first batch on, where the
 * other only begins.
 */
export class SteadyRateEstimator implements RateEstimator {
  readonly #estimator: RateEstimator;
  readonly #batchMs: number;
  #rate: number;
  #hasBegun = false;

  /** `initialRate` is in effect until there is another. */
  constructor(estimator: RateEstimator, batchMs: number, initialRate: number) {
    this.#estimator = estimator;
    this.#batchMs = batchMs;
    this.#rate = initialRate;
  }

  compute(time: number, elements: number, processingDelay: number, schedulingDelay: number): number | undefined {
    const estimated = this.#estimator.compute(time, elements, processingDelay, schedulingDelay);
    const begins = !this.#hasBegun && elements > 0 && processingDelay > 0;
    const measured = estimated ?? (begins ? (elements / processingDelay) * 1000 : undefined);
    if (measured === undefined) return undefined;
    const rate = Math.min(measured, Math.max(this.#rate, (MOST_GROWTH * elements * 1000) / this.#batchMs));
    this.#hasBegun = true;
    const keepsUp = processingDelay + schedulingDelay <= this.#batchMs;
    if (keepsUp && rate < this.#rate) return undefined;
    this.#rate = rate;
    return rate;
  }
}
