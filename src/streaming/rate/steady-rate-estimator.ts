import type { RateEstimator } from "./rate-estimator.ts";

/**
 * The rates of another estimator, but no lower ones for a program that keeps up: a batch of few records costs what every batch costs,
 * so that its processing rate says little of what the program could do, and would slow down a source that has just more to send.
 * And one from the first batch on, where the other only begins.
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
    const rate = estimated ?? (begins ? (elements / processingDelay) * 1000 : undefined);
    if (rate === undefined) return undefined;
    this.#hasBegun = true;
    const keepsUp = processingDelay + schedulingDelay <= this.#batchMs;
    if (keepsUp && rate < this.#rate) return undefined;
    this.#rate = rate;
    return rate;
  }
}
