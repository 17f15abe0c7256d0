import { CallSite } from "../core/call-site.ts";
import type { Comparator } from "../core/ordering.ts";
import { checkPartitions } from "./partitioner.ts";
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
