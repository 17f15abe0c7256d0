import { CallSite } from "../core/call-site.ts";
import type { Aggregation } from "./aggregation.ts";
import { join } from "./operators/join.ts";
import { keys } from "./operators/keys.ts";
import { mapValues } from "./operators/map-values.ts";
import { values } from "./operators/values.ts";
import { type HashPartitioner, partitionerRule } from "./partitioner.ts";
import { type CoGroupNode, narrow, nextPlanId, type PlanNode, type ShuffleNode } from "./plan.ts";
import type { RDD } from "./rdd.ts";
import { userFunction } from "./rdd-base.ts";
import type { Shape } from "./shape.ts";
import { Transformations } from "./transformations.ts";

/** How many partitions, or which partitioner, a shuffle gets; by default {@link defaultPartitioner} decides (S18). */
export type Partitions = number | HashPartitioner;

/**
 * The operators on RDDs of `[key, value]` pairs. On other records they do not compile. Keys are the same key by
 * identity ({@link canonicalKey}): tuples and plain objects by content.
 */
export abstract class PairFunctions<out T> extends Transformations<T> {
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
    return this.rddContext.rdd(narrow(this.plan, mapValues, [userFunction(f, site)], site, { keepsKeys: true }));
  }

  /** The key of each pair. */
  keys<K, V>(this: RDD<readonly [K, V]>): RDD<K> {
    return this.rddContext.rdd(narrow(this.plan, keys, [], new CallSite("keys")));
  }

  /** The value of each pair. */
  values<K, V>(this: RDD<readonly [K, V]>): RDD<V> {
    return this.rddContext.rdd(narrow(this.plan, values, [], new CallSite("values")));
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
   * partitions (Spark's `combineByKey`).
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
  ): RDD<[K, C]> {
    const site = new CallSite("combineByKey");
    const functions = [
      userFunction(createCombiner, site),
      userFunction(mergeValue, site),
      userFunction(mergeCombiners, site),
    ] as const;
    return shuffle(this, { kind: "combine", functions }, partitions, site);
  }

  /**
   * For each key of either RDD, its values in this one and in `other`.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const left = sc.parallelize([["a", 1], ["b", 2]]);
   * const right = sc.parallelize([["a", "x"]]);
   * console.log(await left.cogroup(right).collect()); // [ [ 'a', [ [1], ['x'] ] ], [ 'b', [ [2], [] ] ] ]
   * await sc.stop();
   * ```
   */
  cogroup<K, V, W>(
    this: RDD<readonly [K, V]>,
    other: RDD<readonly [K, W]>,
    partitions?: Partitions,
  ): RDD<[K, [V[], W[]]]> {
    return this.rddContext.rdd(cogroupNode([this.plan, other.plan], partitions, new CallSite("cogroup")));
  }

  /**
   * For each key of both RDDs, each of its values here with each of its values in `other`.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const temperatures = sc.parallelize([["CDG", -2], ["NCE", 14]]);
   * const names = sc.parallelize([["CDG", "Paris"], ["NCE", "Nice"]]);
   * console.log(await temperatures.join(names).collect()); // [ [ 'CDG', [ -2, 'Paris' ] ], ... ]
   * await sc.stop();
   * ```
   */
  join<K, V, W>(this: RDD<readonly [K, V]>, other: RDD<readonly [K, W]>, partitions?: Partitions): RDD<[K, [V, W]]> {
    const site = new CallSite("join");
    const groups = cogroupNode([this.plan, other.plan], partitions, site);
    return this.rddContext.rdd(narrow(groups, join, [], site, { keepsKeys: true }));
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
    partitioner: partitionerRule(partitions, site.operator),
    aggregation,
  };
  return rdd.rddContext.rdd(node);
}

function cogroupNode(parents: readonly PlanNode[], partitions: Partitions | undefined, site: CallSite): CoGroupNode {
  return { type: "cogroup", id: nextPlanId(), site, parents, partitioner: partitionerRule(partitions, site.operator) };
}
