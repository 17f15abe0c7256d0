/** Estimates how fast a source may be, from how a batch went. */
export interface RateEstimator {
  /**
   * The rate, in records a second, or undefined where this batch says nothing.
   *
   * @param time when the batch's processing ended, in milliseconds
   * @param elements how many records it had
   * @param processingDelay how long it was processed, in milliseconds
   * @param schedulingDelay how long it waited before, in milliseconds
   */
  compute(time: number, elements: number, processingDelay: number, schedulingDelay: number): number | undefined;
}
