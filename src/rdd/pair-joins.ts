import { CallSite } from "../core/call-site.ts";
import { partitionerRule } from "./given-partitioner.ts";
import type { OperatorName } from "./operators/index.ts";
import { PairFunctions } from "./pair-functions.ts";
import type { PartitionerRule, Partitions } from "./partitioner.ts";
import { type CoGroupNode, narrow, nextPlanId, type PlanNode } from "./plan.ts";
import type { RDD } from "./rdd.ts";
import { planOf } from "./rdd-base.ts";

/**
 * The operators that bring two RDDs of pairs together by key. What Spark gives as an Option is `V | undefined` here.
 */
export abstract class PairJoins<out T> extends PairFunctions<T> {
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
    const site = new CallSite("cogroup");
    const partitioner = partitionerRule(partitions, site);
    return this.rddContext.rdd(cogroupNode([this.plan, planOf(other, site)], partitioner, site));
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
    return joined(this, other, partitions, "join", new CallSite("join"));
  }

  /**
   * As {@link PairJoins.join}, and for each key that `other` lacks its values with `undefined`.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const temperatures = sc.parallelize([["CDG", -2], ["XXX", 14]]);
   * const names = sc.parallelize([["CDG", "Paris"]]);
   * console.log(await temperatures.leftOuterJoin(names).collect()); // [ [ 'XXX', [ 14, undefined ] ], ... ]
   * await sc.stop();
   * ```
   */
  leftOuterJoin<K, V, W>(
    this: RDD<readonly [K, V]>,
    other: RDD<readonly [K, W]>,
    partitions?: Partitions,
  ): RDD<[K, [V, W | undefined]]> {
    return joined(this, other, partitions, "leftOuterJoin", new CallSite("leftOuterJoin"));
  }

  /** As {@link PairJoins.join}, and for each key that this RDD lacks the values of `other` with `undefined`. */
  rightOuterJoin<K, V, W>(
    this: RDD<readonly [K, V]>,
    other: RDD<readonly [K, W]>,
    partitions?: Partitions,
  ): RDD<[K, [V | undefined, W]]> {
    return joined(this, other, partitions, "rightOuterJoin", new CallSite("rightOuterJoin"));
  }

  /** As {@link PairJoins.join}, and for each key that one side lacks the values of the other with `undefined`. */
  fullOuterJoin<K, V, W>(
    this: RDD<readonly [K, V]>,
    other: RDD<readonly [K, W]>,
    partitions?: Partitions,
  ): RDD<[K, [V | undefined, W | undefined]]> {
    return joined(this, other, partitions, "fullOuterJoin", new CallSite("fullOuterJoin"));
  }

  /**
   * The pairs whose key `other` does not have, duplicates included.
   *
   * @param partitions by default this RDD's partitioner, or as many as it has: `other` is usually the smaller one
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const flights = sc.parallelize([["AF7", "CDG"], ["DL42", "JFK"]]);
   * const cancelled = sc.parallelize([["DL42", true]]);
   * console.log(await flights.subtractByKey(cancelled).collect()); // [ [ 'AF7', 'CDG' ] ]
   * await sc.stop();
   * ```
   */
  subtractByKey<K, V, W>(
    this: RDD<readonly [K, V]>,
    other: RDD<readonly [K, W]>,
    partitions?: Partitions,
  ): RDD<[K, V]> {
    const site = new CallSite("subtractByKey");
    const unwanted = narrow(planOf(other, site), "keyAlone", [], site, { keepsKeys: true });
    const groups = cogroupNode([this.plan, unwanted], partitionerRule(partitions, site, "first"), site);
    return this.rddContext.rdd(narrow(groups, "subtractByKey", [], site, { keepsKeys: true }));
  }
}

function joined<U>(
  left: RDD<unknown>,
  right: RDD<unknown>,
  partitions: Partitions | undefined,
  operator: OperatorName,
  site: CallSite,
): RDD<U> {
  const groups = cogroupNode([left.plan, planOf(right, site)], partitionerRule(partitions, site), site);
  return left.rddContext.rdd(narrow(groups, operator, [], site, { keepsKeys: true }));
}

function cogroupNode(parents: readonly PlanNode[], partitioner: PartitionerRule, site: CallSite): CoGroupNode {
  return { type: "cogroup", id: nextPlanId(), site, parents, partitioner };
}
