import { CallSite } from "../core/call-site.ts";
import type { Comparator } from "../core/ordering.ts";
import { planPartitioner } from "./given-partitioner.ts";
import { checkPartitions, type Partitions } from "./partitioner.ts";
import { narrow, nextPlanId, type PlanNode } from "./plan.ts";
import type { RangeRule } from "./range-partitioner.ts";
import type { RDD } from "./rdd.ts";
import { userFunction } from "./rdd-base.ts";
import type { Shape } from "./shape.ts";
import { Transformations } from "./transformations.ts";

/**
 * Sorting. Keys are numbers, strings (by UTF-16 code units), bigints, booleans, dates or tuples of these, all of one kind
 * (`UNORDERABLE_KEY` otherwise), unless a comparator says how they are ordered.
 *
 * A sort places keys by ranges, whose bounds are found by a job that looks at a sample of the keys, once, when the first
 * job needs the sorted RDD. Then each partition is sorted, in memory. Records with equal keys stay in the order in which
 * they were.
 */
export abstract class OrderedFunctions<out T> extends Transformations<T> {
  /**
   * The records in the order of the keys that `f` makes of them.
   *
   * @param numPartitions at most; as many as this RDD has by default
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const words = sc.parallelize(["Nice", "Rome", "Oslo", "Basel"]);
   * console.log(await words.sortBy((word) => [word.length, word], false).collect()); // [ 'Basel', 'Rome', 'Oslo', 'Nice' ]
   * await sc.stop();
   * ```
   */
  sortBy<K extends Shape>(
    f: (value: T) => K,
    ascending = true,
    numPartitions?: number,
    comparator?: Comparator<K>,
  ): RDD<T> {
    const site = new CallSite("sortBy");
    const keyed = narrow(this.plan, "keyBy", [userFunction(f, site)], site);
    const sorted = sortedPairs(keyed, { ascending, numPartitions, comparator }, site);
    return this.rddContext.rdd(narrow(sorted, "values", [], site));
  }

  /**
   * The pairs in the order of their keys.
   *
   * @param numPartitions at most; as many as this RDD has by default
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const temperatures = sc.parallelize([[640, "engine 1"], [655, "engine 2"]]);
   * console.log(await temperatures.sortByKey(false).first()); // [ 655, 'engine 2' ]
   * await sc.stop();
   * ```
   */
  sortByKey<K, V>(
    this: RDD<readonly [K, V]>,
    ascending = true,
    numPartitions?: number,
    comparator?: Comparator<K>,
  ): RDD<[K, V]> {
    const site = new CallSite("sortByKey");
    return this.rddContext.rdd(sortedPairs(this.plan, { ascending, numPartitions, comparator }, site));
  }

  /**
   * The pairs moved to the partitions that a partitioner gives their keys, and in order there: cheaper than sorting each
   * partition afterwards.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const byParity = { numPartitions: 2, getPartition: (n: unknown) => Number(n) % 2 };
   * const pairs = sc.parallelize([[3, "c"], [0, "a"], [2, "b"], [1, "d"]]);
   * console.log(await pairs.repartitionAndSortWithinPartitions(byParity).keys().glom().collect()); // [ [ 0, 2 ], [ 1, 3 ] ]
   * await sc.stop();
   * ```
   */
  repartitionAndSortWithinPartitions<K, V>(
    this: RDD<readonly [K, V]>,
    partitions: Partitions,
    comparator?: Comparator<K>,
  ): RDD<[K, V]> {
    const site = new CallSite("repartitionAndSortWithinPartitions");
    const functions = comparator === undefined ? [] : [userFunction(comparator, site)];
    const partitioner = planPartitioner(partitions, site);
    const placed: PlanNode = { type: "partitionBy", id: nextPlanId(), site, parent: this.plan, partitioner };
    return this.rddContext.rdd(narrow(placed, "sortByKey", functions, site, { argument: true, keepsKeys: true }));
  }

  /**
   * The pairs whose keys are from `lower` to `upper`, both included.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const pairs = sc.range(0, 10).map((n) => [n, n * n]);
   * console.log(await pairs.filterByRange(3, 5).values().collect()); // [ 9, 16, 25 ]
   * await sc.stop();
   * ```
   */
  filterByRange<K, V>(this: RDD<readonly [K, V]>, lower: K, upper: K, comparator?: Comparator<K>): RDD<[K, V]> {
    const site = new CallSite("filterByRange");
    const functions = comparator === undefined ? [] : [userFunction(comparator, site)];
    const argument = [lower, upper];
    return this.rddContext.rdd(narrow(this.plan, "keyRange", functions, site, { argument, keepsKeys: true }));
  }
}

interface Order {
  readonly ascending: boolean;
  readonly numPartitions: number | undefined;
  readonly comparator: Comparator<never> | undefined;
}

function sortedPairs(parent: PlanNode, { ascending, numPartitions, comparator }: Order, site: CallSite): PlanNode {
  const functions = comparator === undefined ? [] : [userFunction(comparator, site)];
  const partitioner: RangeRule = {
    kind: "range",
    ascending,
    numPartitions: numPartitions === undefined ? undefined : checkPartitions(numPartitions, site),
    comparator: comparator as Comparator<unknown> | undefined,
  };
  const ranges: PlanNode = { type: "partitionBy", id: nextPlanId(), site, parent, partitioner };
  return narrow(ranges, "sortByKey", functions, site, { argument: ascending, keepsKeys: true });
}
