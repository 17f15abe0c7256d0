import type { CallSite } from "../core/call-site.ts";
import { type Moments, StatCounter } from "../core/stat-counter.ts";
import { MillraceError } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";
import { type ActionOptions, act, placeOf, recordsOf } from "./driver-side.ts";
import type { HistogramRule } from "./operators/histogram.ts";
import { OrderedActions } from "./ordered-actions.ts";
import { narrow } from "./plan.ts";
import type { RDD } from "./rdd.ts";

const moments = lazyModule<typeof import("./operators/moments.ts")>(import.meta.url, "./operators/moments.ts");

const buckets = lazyModule<typeof import("../core/histogram.ts")>(import.meta.url, "../core/histogram.ts");

/** The actions on numbers. A record that is none is `INVALID_ARGUMENT`. */
export abstract class NumericActions<out T> extends OrderedActions<T> {
  /** The sum of all numbers; 0 where there are none. */
  sum(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return act(this.rddContext, "sum", options, async (site) => {
      const sums = await recordsOf<number>(this.rddContext, narrow(this.plan, "sum", [], site), site);
      return sums.reduce((a, b) => a + b, 0);
    });
  }

  /**
   * Count, mean, variance, extremes and what follows from them, in one job.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(String(await sc.parallelize([2, 4]).stats())); // (count: 2, mean: 3, stdev: 1, max: 4, min: 2)
   * await sc.stop();
   * ```
   */
  stats(this: RDD<number>, options?: ActionOptions): Promise<StatCounter> {
    return act(this.rddContext, "stats", options, async (site) => statsOf(this, site));
  }

  /** The mean of all numbers; 0 where there are none, as in Spark. */
  mean(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return act(this.rddContext, "mean", options, async (site) => (await statsOf(this, site)).mean);
  }

  /** The variance of the numbers as a whole population; NaN where there are none. */
  variance(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return act(this.rddContext, "variance", options, async (site) => (await statsOf(this, site)).variance);
  }

  /** As {@link NumericActions.variance}. */
  popVariance(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return act(this.rddContext, "popVariance", options, async (site) => (await statsOf(this, site)).popVariance);
  }

  /** The variance of the numbers as a sample of a population; NaN where there are fewer than two. */
  sampleVariance(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return act(this.rddContext, "sampleVariance", options, async (site) => (await statsOf(this, site)).sampleVariance);
  }

  /** The root of {@link NumericActions.variance}. */
  stdev(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return act(this.rddContext, "stdev", options, async (site) => (await statsOf(this, site)).stdev);
  }

  /** As {@link NumericActions.stdev}. */
  popStdev(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return act(this.rddContext, "popStdev", options, async (site) => (await statsOf(this, site)).popStdev);
  }

  /** The root of {@link NumericActions.sampleVariance}. */
  sampleStdev(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return act(this.rddContext, "sampleStdev", options, async (site) => (await statsOf(this, site)).sampleStdev);
  }

  /**
   * How many numbers there are in each of `bucketCount` buckets of one size between the least and the greatest, after the
   * bounds of these. Rejects with `EMPTY_COLLECTION` where there are no numbers, and with `INVALID_ARGUMENT` where one is
   * infinite or NaN.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const delays = sc.parallelize([0, 3, 12, 18, 20]);
   * console.log(await delays.histogram(2)); // [ [ 0, 10, 20 ], [ 2, 3 ] ]
   * console.log(await delays.histogram([0, 5, 20])); // [ 2, 3 ]
   * await sc.stop();
   * ```
   */
  histogram(
    this: RDD<number>,
    bucketCount: number,
    options?: ActionOptions,
  ): Promise<[bounds: number[], counts: number[]]>;
  /**
   * How many numbers there are in each bucket. Buckets are given by their bounds, in ascending order; each holds its lower
   * bound and not its upper one, but the last holds both. Numbers outside are not counted.
   *
   * @param even whether the buckets are all of one size: then a number's is found by a division
   */
  histogram(
    this: RDD<number>,
    bounds: readonly number[],
    options?: ActionOptions & { readonly even?: boolean },
  ): Promise<number[]>;
  histogram(
    this: RDD<number>,
    given: number | readonly number[],
    options?: ActionOptions & { readonly even?: boolean },
  ): Promise<number[] | [number[], number[]]> {
    return act(this.rddContext, "histogram", options, async (site) => {
      if (typeof given !== "number") {
        return counted(this, { bounds: checkedBounds(given, site), even: options?.even ?? false }, site);
      }
      const bounds = await boundsFor(this, given, site);
      return [bounds, await counted(this, { bounds, even: true }, site)];
    });
  }
}

async function statsOf(rdd: RDD<number>, site: CallSite): Promise<StatCounter> {
  const parts = await recordsOf<Moments>(rdd.rddContext, narrow(rdd.plan, "moments", [], site), site);
  return new StatCounter(moments().allMoments(parts));
}

async function counted(rdd: RDD<number>, rule: HistogramRule, site: CallSite): Promise<number[]> {
  const plan = narrow(rdd.plan, "histogram", [], site, { argument: rule });
  const counts = new Array<number>(rule.bounds.length - 1).fill(0);
  for (const part of await recordsOf<number[]>(rdd.rddContext, plan, site)) {
    for (const [bucket, n] of part.entries()) counts[bucket]! += n;
  }
  return counts;
}

async function boundsFor(rdd: RDD<number>, count: number, site: CallSite): Promise<number[]> {
  if (!Number.isInteger(count) || count < 1) throw invalid(`a histogram has buckets, not ${count}`, site);
  const { count: numbers, min, max } = await statsOf(rdd, site);
  if (numbers === 0) throw new MillraceError("EMPTY_COLLECTION", "histogram of an empty collection", placeOf(site));
  if (!Number.isFinite(min) || !Number.isFinite(max)) {
    throw invalid("a histogram of infinite numbers or NaN needs bounds of its own", site);
  }
  return buckets().evenBuckets(min, max, count);
}

function checkedBounds(bounds: readonly number[], site: CallSite): readonly number[] {
  if (bounds.length < 2) throw invalid("a histogram needs at least two bounds", site);
  const wrong = bounds.findIndex((bound, i) => i > 0 && buckets().isAfter(bounds[i - 1]!, bound));
  if (wrong > 0) throw invalid(`the bounds of a histogram must ascend, not [${bounds.join(", ")}]`, site);
  return bounds;
}

function invalid(what: string, site: CallSite): MillraceError {
  return new MillraceError("INVALID_ARGUMENT", what, placeOf(site));
}
