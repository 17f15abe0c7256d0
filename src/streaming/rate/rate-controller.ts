import type { RateEstimator } from "./rate-estimator.ts";

/** How a batch went, for rate control. Times are in milliseconds. */
export interface CompletedBatch {
  readonly processingEndTime: number;
  readonly processingDelay: number;
  readonly schedulingDelay: number;
  /** Of the controller's stream, since the batch before this one. */
  readonly numRecords: number;
}

/**
 * Tells a source, after each batch, how fast it may be: what an `InputDStream` has for its `rateController`.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { PIDRateEstimator, RateController } from "millrace";
 *
 * class Throttle extends RateController {
 *   rate = Number.POSITIVE_INFINITY;
 *
 *   protected publish(rate: number) {
 *     this.rate = rate;
 *   }
 * }
 *
 * const throttle = new Throttle(new PIDRateEstimator({ batchInterval: "1 second" }));
 * throttle.batchCompleted({ processingEndTime: 1000, processingDelay: 2000, schedulingDelay: 0, numRecords: 5000 });
 * throttle.batchCompleted({ processingEndTime: 3000, processingDelay: 2000, schedulingDelay: 0, numRecords: 4000 });
 * assert.equal(throttle.rate, 2000);
 * ```
 */
export abstract class RateController {
  readonly #estimator: RateEstimator;
  #latestRate: number | undefined;

  constructor(estimator: RateEstimator) {
    this.#estimator = estimator;
  }

  /** Records a second, as it was published last; undefined before that. */
  get latestRate(): number | undefined {
    return this.#latestRate;
  }

  /** Called by the context after each batch that had due outputs, in the order of their ends. */
  batchCompleted({ processingEndTime, numRecords, processingDelay, schedulingDelay }: CompletedBatch): void {
    const rate = this.#estimator.compute(processingEndTime, numRecords, processingDelay, schedulingDelay);
    if (rate === undefined) return;
    this.#latestRate = rate;
    this.publish(rate);
  }

  /** Brings a new rate, in records a second, to the source. */
  protected abstract publish(rate: number): void;
}
