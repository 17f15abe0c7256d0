import { CallSite } from "../core/call-site.ts";
import { fresh } from "../core/fresh.ts";
import type { RandomStream } from "../core/random-stream.ts";
import { MillraceError } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";
import { systemRandom } from "../platform/random.ts";
import { type ActionOptions, act, checkRecords, emptyCollection, onDriver, placeOf, recordsOf } from "./driver-side.ts";
import type { SampleRule } from "./operators/sample.ts";
import { checkedZero } from "./pair-functions.ts";
import { narrow } from "./plan.ts";
import { userFunction } from "./rdd-base.ts";
import { SetFunctions } from "./set-functions.ts";
import type { Zero } from "./shape.ts";
import type { PartitionRecords } from "./transformations.ts";

const randomness = lazyModule<typeof import("../core/random-stream.ts")>(import.meta.url, "../core/random-stream.ts");

/** After a scan that found too little, `take` looks at this many times more partitions (Spark's limit.scaleUpFactor). */
const SCALE_UP = 4;

/** The operators that compute: each runs a job and returns a promise of its result. */
export abstract class Actions<out T> extends SetFunctions<T> implements AsyncIterable<T> {
  /** All records, in partition order. They must fit in the driver's memory. */
  collect(options?: ActionOptions): Promise<T[]> {
    return act(this.rddContext, "collect", options, async (site) => {
      return recordsOf(this.rddContext, this.plan, site);
    });
  }

  /** How many records there are. */
  count(options?: ActionOptions): Promise<number> {
    return act(this.rddContext, "count", options, async (site) => {
      const counts = await recordsOf<number>(this.rddContext, narrow(this.plan, "count", [], site), site);
      return counts.reduce((sum, n) => sum + n, 0);
    });
  }

  /**
   * The first `n` records in partition order. Looks at one partition first and at more only when that was not enough.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.range(0, 1_000_000).take(3)); // [ 0, 1, 2 ]
   * await sc.stop();
   * ```
   */
  take(n: number, options?: ActionOptions): Promise<T[]> {
    return act(this.rddContext, "take", options, async (site) => {
      return this.#take(n, site);
    });
  }

  /**
   * So many records, drawn at random, in random order: with replacement each time from all of them, otherwise each at most
   * once. The number of records is counted first.
   *
   * @param seed of the randomness: the same seed draws the same records; by default another one at each call
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log((await sc.range(0, 1000).takeSample(false, 3, 42)).length); // 3
   * await sc.stop();
   * ```
   */
  takeSample(
    withReplacement: boolean,
    num: number,
    seed: number = systemRandom.next(),
    options?: ActionOptions,
  ): Promise<T[]> {
    return act(this.rddContext, "takeSample", options, async (site) => {
      if (checkRecords(num, site) < 0) {
        throw new MillraceError("INVALID_ARGUMENT", `there is no sample of ${num} records`, placeOf(site));
      }
      const counts = await recordsOf<number>(this.rddContext, narrow(this.plan, "count", [], site), site);
      const total = counts.reduce((sum, n) => sum + n, 0);
      const random = randomness().randomStream(seed, -1);
      if (num === 0 || total === 0) return [];
      if (!withReplacement && num >= total)
        return shuffled(await recordsOf<T>(this.rddContext, this.plan, site), random);
      for (let attempt = 0; ; attempt++) {
        const rule: SampleRule = {
          withReplacement,
          fraction: sampleFraction(num, total, withReplacement),
          seed: seed + attempt,
        };
        const sampled = narrow(this.plan, "sample", [], site, { argument: rule });
        const records = await recordsOf<T>(this.rddContext, sampled, site);
        // Nearly always enough; Spark tries again, too.
        if (records.length >= num) return shuffled(records, random).slice(0, num);
      }
    });
  }

  /** The first record. Rejects with `EMPTY_COLLECTION` where there is none. */
  first(options?: ActionOptions): Promise<T> {
    return act(this.rddContext, "first", options, async (site) => {
      const taken = await this.#take(1, site);
      if (taken.length === 0) throw emptyCollection(site);
      return taken[0]!;
    });
  }

  /**
   * All records made into one by `f`, which must be associative and commutative. Rejects with `EMPTY_COLLECTION` where
   * there is none.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.range(1, 101).reduce((a, b) => a + b)); // 5050
   * await sc.stop();
   * ```
   */
  reduce(f: (a: T, b: T) => T, options?: ActionOptions): Promise<T> {
    return act(this.rddContext, "reduce", options, async (site) => {
      const parts = await recordsOf<T>(
        this.rddContext,
        narrow(this.plan, "reduce", [userFunction(f, site)], site),
        site,
      );
      if (parts.length === 0) throw emptyCollection(site);
      return parts.reduce(onDriver(f, site));
    });
  }

  /**
   * All records folded into `zero` by `f`, which must be associative. `zero` must be neutral: it is used once for each
   * partition, and once where the partitions' results are merged, in partition order. `f` may change its first argument
   * and return it, for each use has a copy.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize([3, 1, 2]).fold(0, (a, b) => a + b)); // 6
   * await sc.stop();
   * ```
   */
  fold(zero: T, f: (folded: T, value: T) => T, options?: ActionOptions): Promise<T> {
    return act(this.rddContext, "fold", options, async (site) => {
      return this.#fold(zero, f, f, site);
    });
  }

  /**
   * All records folded into copies of `zero` by `fold`, one for each partition, and these merged by `merge` into one more
   * copy, in partition order. Both may change their first argument and return it.
   *
   * @param zero plain data
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const lengths = await sc.parallelize(["to", "be", "or"]).aggregate(0, (sum, word) => sum + word.length, (a, b) => a + b);
   * console.log(lengths); // 6
   * await sc.stop();
   * ```
   */
  aggregate<U extends Zero<N>, N extends null | undefined = null | undefined>(
    zero: U,
    fold: (folded: U, value: T) => U,
    merge: (a: U, b: U) => U,
    options?: ActionOptions,
  ): Promise<U> {
    return act(this.rddContext, "aggregate", options, async (site) => {
      return this.#fold(zero, fold, merge, site);
    });
  }

  /** Whether there is no record. Looks no further than the first. */
  isEmpty(options?: ActionOptions): Promise<boolean> {
    return act(this.rddContext, "isEmpty", options, async (site) => {
      return (await this.#take(1, site)).length === 0;
    });
  }

  /** Calls `f` for each record, on the executors, for its effect there. */
  foreach(f: (value: T) => void, options?: ActionOptions): Promise<void> {
    return act(this.rddContext, "foreach", options, async (site) => {
      await recordsOf(this.rddContext, narrow(this.plan, "forEach", [userFunction(f, site)], site), site);
    });
  }

  /**
   * Calls `f` once for each partition, on the executors: the place to open a connection and write through it. `f` may be
   * async; the job ends when its promise does.
   */
  foreachPartition(f: (records: PartitionRecords<T>) => void | Promise<void>, options?: ActionOptions): Promise<void> {
    return act(this.rddContext, "foreachPartition", options, async (site) => {
      await recordsOf(this.rddContext, narrow(this.plan, "forEachPartition", [userFunction(f, site)], site), site);
    });
  }

  /**
   * The records one by one, a partition computed at a time: for results larger than the driver's memory
   * (Spark's `toLocalIterator`). Leaving the loop computes no further partition.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * for await (const n of sc.range(0, 1_000_000)) {
   *   if (n > 2) break;
   *   console.log(n);
   * }
   * await sc.stop();
   * ```
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.#inTurn(new CallSite("for await"));
  }

  /** The records one by one, a partition computed at a time: as `for await` over this RDD. */
  toLocalIterator(): AsyncIterableIterator<T> {
    return this.#inTurn(new CallSite("toLocalIterator"));
  }

  async *#inTurn(site: CallSite): AsyncGenerator<T, void> {
    const partitions = await this.getNumPartitions();
    for (let partition = 0; partition < partitions; partition++) {
      for (const record of await recordsOf<T>(this.rddContext, this.plan, site, [partition])) yield record;
    }
  }

  async #fold<U>(zero: U, f: (folded: U, value: T) => U, merge: (a: U, b: U) => U, site: CallSite): Promise<U> {
    checkedZero(zero, site);
    userFunction(merge, site);
    const plan = narrow(this.plan, "fold", [userFunction(f, site)], site, { argument: zero });
    const parts = await recordsOf<U>(this.rddContext, plan, site);
    return parts.reduce(onDriver(merge, site), fresh(zero));
  }

  async #take(n: number, site: CallSite): Promise<T[]> {
    checkRecords(n, site);
    const taken: T[] = [];
    if (n <= 0) return taken;
    const total = await this.getNumPartitions();
    for (let scanned = 0, width = 1; scanned < total && taken.length < n; scanned += width, width *= SCALE_UP) {
      const partitions = Array.from({ length: Math.min(width, total - scanned) }, (_, i) => scanned + i);
      const missing = n - taken.length;
      const plan = narrow(this.plan, "limit", [], site, { argument: missing });
      for (const record of (await recordsOf<T>(this.rddContext, plan, site, partitions)).slice(0, missing))
        taken.push(record);
    }
    return taken;
  }
}

/** So large that a sample of `total` records has less than `num` once in ten thousand times (Spark's SamplingUtils). */
function sampleFraction(num: number, total: number, withReplacement: boolean): number {
  const fraction = num / total;
  if (withReplacement) return fraction + (num < 12 ? 9 : 5) * Math.sqrt(fraction / total);
  const gamma = -Math.log(1e-4) / total;
  return Math.min(1, Math.max(1e-10, fraction + gamma + Math.sqrt(gamma * gamma + 2 * gamma * fraction)));
}

/** The same array, in random order (Fisher and Yates). */
function shuffled<T>(records: T[], random: RandomStream): T[] {
  for (let i = records.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [records[i], records[j]] = [records[j]!, records[i]!];
  }
  return records;
}
