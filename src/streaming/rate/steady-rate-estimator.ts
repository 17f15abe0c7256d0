import type { RateEstimator } from "./rate-estimator.ts";

/**
 * The rates of another estimator, but no lower ones for a program that keeps up. A batch of few records costs what every batch costs,
 * so that its processing rate says little of what the program could do; it would slow down a source that has just more to send.
 */
export class SteadyRateEstimator implements RateEstimator {
  readonly #estimator: RateEstimator;
  readonly #batchMs: number;
  #rate: number;

  /** `initialRate` is in effect until there is another. */
  constructor(estimator: RateEstimator, batchMs: number, initialRate: number) {
    this.#estimator = estimator;
    this.#batchMs = batchMs;
    this.#rate = initialRate;
  }

  compute(time: number, elements: number, processingDelay: number, schedulingDelay: number): number | undefined {
    const rate = this.#estimator.compute(time, elements, processingDelay, schedulingDelay);
    const keepsUp = processingDelay + schedulingDelay <= this.#batchMs;
    if (rate === undefined || (keepsUp && rate < this.#rate)) return undefined;
    this.#rate = rate;
    return rate;
  }
}
