/** The moments of some numbers, in one pass, as Spark's StatCounter keeps them. */

/** How numbers are counted so far, as plain data. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** The sum of the squares of the distances from the mean. */
  readonly m2: number;
  readonly max: number;
  readonly min: number;
}

export const NO_MOMENTS: Moments = { count: 0, mean: 0, m2: 0, max: -Infinity, min: Infinity };

/** The moments of both (Chan's way of merging Welford's sums). */
export function mergedMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const delta = b.mean - a.mean;
  return {
    count,
    mean: mergedMean(a, b, delta),
    m2: a.m2 + b.m2 + (delta * delta * a.count * b.count) / count,
    max: Math.max(a.max, b.max),
    min: Math.min(a.min, b.min),
  };
}

/** Of two sums of much different size, the small one corrects the large one. */
function mergedMean(a: Moments, b: Moments, delta: number): number {
  const count = a.count + b.count;
  if (b.count * 10 < a.count) return a.mean + (delta * b.count) / count;
  if (a.count * 10 < b.count) return b.mean - (delta * a.count) / count;
  return (a.mean * a.count + b.mean * b.count) / count;
}

/**
 * What `stats()` finds of an RDD of numbers. Of no numbers, `mean` is 0, `max` and `min` are infinite, and variances are NaN,
 * as in Spark.
 *
 * @example
 * ```ts
 * import { SparkContext } from "millrace";
 *
 * const sc = new SparkContext({ master: "local" });
 * const { mean, stdev, max } = await sc.parallelize([1, 2, 3, 4]).stats();
 * console.log(mean, stdev, max); // 2.5 1.118033988749895 4
 * await sc.stop();
 * ```
 */
export class StatCounter {
  readonly count: number;
  readonly sum: number;
  readonly mean: number;
  /** Of the numbers as the whole population. */
  readonly variance: number;
  readonly stdev: number;
  /** Of the numbers as a sample of a population: divided by one less. */
  readonly sampleVariance: number;
  readonly sampleStdev: number;
  readonly max: number;
  readonly min: number;

  constructor({ count, mean, m2, max, min }: Moments = NO_MOMENTS) {
    this.count = count;
    this.sum = count * mean;
    this.mean = mean;
    this.variance = count === 0 ? Number.NaN : m2 / count;
    this.stdev = Math.sqrt(this.variance);
    this.sampleVariance = count <= 1 ? Number.NaN : m2 / (count - 1);
    this.sampleStdev = Math.sqrt(this.sampleVariance);
    this.max = max;
    this.min = min;
  }

  /** As {@link StatCounter.variance}. */
  get popVariance(): number {
    return this.variance;
  }

  /** As {@link StatCounter.stdev}. */
  get popStdev(): number {
    return this.stdev;
  }

  toString(): string {
    return `(count: ${this.count}, mean: ${this.mean}, stdev: ${this.stdev}, max: ${this.max}, min: ${this.min})`;
  }
}
