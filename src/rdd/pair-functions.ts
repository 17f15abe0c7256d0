import { CallSite } from "../core/call-site.ts";
import { assertCopyable } from "../core/fresh.ts";
import type { Aggregation, CombineOptions } from "./aggregation.ts";
import { placed } from "./driver-side.ts";
import { partitionerRule, planPartitioner } from "./given-partitioner.ts";
import { OrderedFunctions } from "./ordered-functions.ts";
import type { Partitions } from "./partitioner.ts";
import { narrow, nextPlanId, type ShuffleNode } from "./plan.ts";
import type { RDD } from "./rdd.ts";
import { userFunction } from "./rdd-base.ts";
import type { Shape, Zero } from "./shape.ts";

/**
 * The operators on RDDs of `[key, value]` pairs. On other records they do not compile. Keys are the same key by
 * identity ({@link canonicalKey}): tuples and plain objects by content.
 */
export abstract class PairFunctions<out T> extends OrderedFunctions<T> {
  /**
   * The value of each pair replaced by what `f` makes of it. The key, and the partitioner, stay.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize([["a", 1], ["b", 2]]).mapValues((n) => n + 10).collect());
   * await sc.stop();
   * ```
   */
  mapValues<K, V, U extends Shape>(this: RDD<readonly [K, V]>, f: (value: V) => U): RDD<[K, U]> {
    const site = new CallSite("mapValues");
    return this.rddContext.rdd(narrow(this.plan, "mapValues", [userFunction(f, site)], site, { keepsKeys: true }));
  }

  /**
   * Each pair replaced by pairs of its key and each value that `f` makes of its value. The partitioner stays.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize([["a", 2], ["b", 0]]).flatMapValues((n) => Array(n).fill("x")).collect());
   * await sc.stop();
   * ```
   */
  flatMapValues<K, V, U extends Shape>(this: RDD<readonly [K, V]>, f: (value: V) => Iterable<U>): RDD<[K, U]> {
    const site = new CallSite("flatMapValues");
    return this.rddContext.rdd(narrow(this.plan, "flatMapValues", [userFunction(f, site)], site, { keepsKeys: true }));
  }

  /** The key of each pair. */
  keys<K, V>(this: RDD<readonly [K, V]>): RDD<K> {
    return this.rddContext.rdd(narrow(this.plan, "keys", [], new CallSite("keys")));
  }

  /** The value of each pair. */
  values<K, V>(this: RDD<readonly [K, V]>): RDD<V> {
    return this.rddContext.rdd(narrow(this.plan, "values", [], new CallSite("values")));
  }

  /**
   * One pair for each key, its values merged by `f`, which must be associative and commutative. Values are merged
   * before the shuffle as well as after it.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const words = sc.parallelize(["to", "be", "or", "not", "to", "be"]);
   * console.log(await words.map((word) => [word, 1]).reduceByKey((a, b) => a + b).collect());
   * await sc.stop();
   * ```
   */
  reduceByKey<K, V extends Shape>(
    this: RDD<readonly [K, V]>,
    f: (a: V, b: V) => V,
    partitions?: Partitions,
  ): RDD<[K, V]> {
    const site = new CallSite("reduceByKey");
    return shuffle(this, { kind: "reduce", functions: [userFunction(f, site)] }, partitions, site);
  }

  /**
   * One pair for each key, with all its values. The values of one key must fit in memory; to reduce them, `reduceByKey`
   * moves far less.
   */
  groupByKey<K, V>(this: RDD<readonly [K, V]>, partitions?: Partitions): RDD<[K, V[]]> {
    return shuffle(this, { kind: "group", functions: [] }, partitions, new CallSite("groupByKey"));
  }

  /**
   * One pair for each key: its first value made a combiner, further ones merged into it, and combiners merged across
   * partitions (Spark's `combineByKey`). Without `mapSideCombine` every value crosses the shuffle, and combiners are never
   * merged.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const means = sc.parallelize([["a", 1], ["a", 3], ["b", 5]])
   *   .combineByKey(
   *     (n) => ({ sum: n, count: 1 }),
   *     (c, n) => ({ sum: c.sum + n, count: c.count + 1 }),
   *     (c, d) => ({ sum: c.sum + d.sum, count: c.count + d.count }),
   *   )
   *   .mapValues((c) => c.sum / c.count);
   * console.log(await means.collect());
   * await sc.stop();
   * ```
   */
  combineByKey<K, V, C extends Shape>(
    this: RDD<readonly [K, V]>,
    createCombiner: (value: V) => C,
    mergeValue: (combiner: C, value: V) => C,
    mergeCombiners: (a: C, b: C) => C,
    partitions?: Partitions,
    { mapSideCombine = true }: CombineOptions = {},
  ): RDD<[K, C]> {
    const site = new CallSite("combineByKey");
    const functions = [
      userFunction(createCombiner, site),
      userFunction(mergeValue, site),
      userFunction(mergeCombiners, site),
    ] as const;
    return shuffle(this, { kind: "combine", functions, mapSide: mapSideCombine }, partitions, site);
  }

  /**
   * One pair for each key, its values folded into a copy of `zero` by `fold`, and what partitions came to merged by
   * `merge`. Both may change their first argument and return it: each key begins with a copy of its own.
   *
   * @param zero plain data
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const ranges = sc.parallelize([["a", 3], ["a", 1], ["b", 5]]).aggregateByKey(
   *   { low: Infinity, high: -Infinity },
   *   (range, n) => ({ low: Math.min(range.low, n), high: Math.max(range.high, n) }),
   *   (a, b) => ({ low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) }),
   * );
   * console.log(await ranges.collectAsMap());
   * await sc.stop();
   * ```
   */
  aggregateByKey<K, V, U extends Zero<N>, N extends null | undefined = null | undefined>(
    this: RDD<readonly [K, V]>,
    zero: U,
    fold: (folded: U, value: V) => U,
    merge: (a: U, b: U) => U,
    partitions?: Partitions,
  ): RDD<[K, U]> {
    const site = new CallSite("aggregateByKey");
    const functions = [userFunction(fold, site), userFunction(merge, site)] as const;
    return shuffle(this, { kind: "fold", functions, zero: checkedZero(zero, site) }, partitions, site);
  }

  /**
   * One pair for each key, its values folded by `f` into a copy of `zero`, which must be neutral: it is used once for each
   * key in each partition. `f` may change its first argument and return it.
   */
  foldByKey<K, V extends Shape>(
    this: RDD<readonly [K, V]>,
    zero: V,
    f: (folded: V, value: V) => V,
    partitions?: Partitions,
  ): RDD<[K, V]> {
    const site = new CallSite("foldByKey");
    const function_ = userFunction(f, site);
    const functions = [function_, function_] as const;
    return shuffle(this, { kind: "fold", functions, zero: checkedZero(zero, site) }, partitions, site);
  }

  /**
   * The pairs moved to the partitions of their keys, and otherwise left as they are. What is then done by key with the
   * same partitioner moves nothing. A partitioner of the program's own is an object with `numPartitions` and
   * `getPartition(key)`; see {@link Partitioner}.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const byParity = { numPartitions: 2, getPartition: (n: number) => Math.abs(n) % 2 };
   * const placed = sc.parallelize([[0, "a"], [3, "b"], [2, "c"]]).partitionBy(byParity);
   * console.log(await placed.keys().glom().collect()); // [ [ 0, 2 ], [ 3 ] ]
   * await sc.stop();
   * ```
   */
  partitionBy<K, V>(this: RDD<readonly [K, V]>, partitions: Partitions): RDD<[K, V]> {
    const site = new CallSite("partitionBy");
    const partitioner = planPartitioner(partitions, site);
    return this.rddContext.rdd({ type: "partitionBy", id: nextPlanId(), site, parent: this.plan, partitioner });
  }
}

function shuffle<U>(
  rdd: RDD<unknown>,
  aggregation: Aggregation,
  partitions: Partitions | undefined,
  site: CallSite,
): RDD<U> {
  const node: ShuffleNode = {
    type: "shuffle",
    id: nextPlanId(),
    site,
    parent: rdd.plan,
    partitioner: partitionerRule(partitions, site),
    aggregation,
  };
  return rdd.rddContext.rdd(node);
}

/** A zero as plans keep it: plain data, so that it can be copied. */
export function checkedZero<U>(zero: U, site: CallSite): U {
  placed(site, () => assertCopyable(zero));
  return zero;
}
