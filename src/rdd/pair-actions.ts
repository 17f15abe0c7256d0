import type { CallSite } from "../core/call-site.ts";
import { hashKey } from "../core/hash.ts";
import { KeyedMap } from "../core/keyed-map.ts";
import { type ActionOptions, act, placed, recordsOf } from "./driver-side.ts";
import { NumericActions } from "./numeric-actions.ts";
import { narrow, nextPlanId, type PlanNode } from "./plan.ts";
import type { RDD } from "./rdd.ts";
import { userFunction } from "./rdd-base.ts";
import type { Shape } from "./shape.ts";

/** The actions whose results are by key, or by record; what they give compares keys by content ({@link KeyedMap}). */
export abstract class PairActions<out T> extends NumericActions<T> {
  /** The pairs as a map; of several with the same key, the last one counts. They must fit in the driver's memory. */
  collectAsMap<K, V>(this: RDD<readonly [K, V]>, options?: ActionOptions): Promise<KeyedMap<K, V>> {
    return act(this.rddContext, "collectAsMap", options, async (site) => {
      const pairs = await recordsOf<readonly [K, V]>(this.rddContext, this.plan, site);
      return placed(site, () => new KeyedMap(pairs));
    });
  }

  /** The values of each key reduced by `f` as in `reduceByKey`, as a map. It must fit in the driver's memory. */
  reduceByKeyLocally<K, V extends Shape>(
    this: RDD<readonly [K, V]>,
    f: (a: V, b: V) => V,
    options?: ActionOptions,
  ): Promise<KeyedMap<K, V>> {
    return act(this.rddContext, "reduceByKeyLocally", options, async (site) => {
      const reduced: PlanNode = {
        type: "shuffle",
        id: nextPlanId(),
        site,
        parent: this.plan,
        partitioner: "default",
        aggregation: { kind: "reduce", functions: [userFunction(f, site)] },
      };
      return new KeyedMap(await recordsOf<[K, V]>(this.rddContext, reduced, site));
    });
  }

  /** How many pairs each key has. */
  countByKey<K, V>(this: RDD<readonly [K, V]>, options?: ActionOptions): Promise<KeyedMap<K, number>> {
    return act(this.rddContext, "countByKey", options, async (site) => {
      return counted(this, this.plan, site);
    });
  }

  /**
   * How often each record comes.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const counts = await sc.parallelize(["to", "be", "or", "not", "to", "be"]).countByValue();
   * console.log(counts.get("to")); // 2
   * await sc.stop();
   * ```
   */
  countByValue(this: RDD<T>, options?: ActionOptions): Promise<KeyedMap<T, number>> {
    return act(this.rddContext, "countByValue", options, async (site) => {
      return counted(this, narrow(this.plan, "recordAsKey", [], site), site);
    });
  }

  /**
   * The values of one key. Where a partitioner has placed the keys, only the partition is computed where the key must be.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const engines = sc.parallelize([["EC-MIG", 640], ["EC-MIG", 655], ["F-GKXA", 610]]).partitionBy(8).persist();
   * console.log(await engines.lookup("EC-MIG")); // [ 640, 655 ]
   * await sc.stop();
   * ```
   */
  lookup<K, V>(this: RDD<readonly [K, V]>, key: K, options?: ActionOptions): Promise<V[]> {
    return act(this.rddContext, "lookup", options, async (site) => {
      placed(site, () => hashKey(key));
      const partitioner = await this.partitioner();
      const partitions = partitioner && [placed(site, () => partitioner.getPartition(key))];
      return recordsOf<V>(
        this.rddContext,
        narrow(this.plan, "lookup", [], site, { argument: [key] }),
        site,
        partitions,
      );
    });
  }
}

async function counted<K>(rdd: RDD<unknown>, pairs: PlanNode, site: CallSite): Promise<KeyedMap<K, number>> {
  const counts: PlanNode = {
    type: "shuffle",
    id: nextPlanId(),
    site,
    parent: pairs,
    partitioner: "default",
    aggregation: { kind: "count", functions: [] },
  };
  return new KeyedMap(await recordsOf<[K, number]>(rdd.rddContext, counts, site));
}
