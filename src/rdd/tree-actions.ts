import type { CallSite } from "../core/call-site.ts";
import { fresh } from "../core/fresh.ts";
import { MillraceError } from "../errors.ts";
import { Actions } from "./actions.ts";
import { type ActionOptions, act, emptyCollection, onDriver, placeOf, recordsOf } from "./driver-side.ts";
import { checkedZero } from "./pair-functions.ts";
import { narrow, nextPlanId, type PlanNode, type UserFunction } from "./plan.ts";
import { userFunction } from "./rdd-base.ts";
import type { Zero } from "./shape.ts";

/** Spark's own: one level of merging between the partitions and the driver. */
const USUAL_DEPTH = 2;

/**
 * The actions that merge what partitions gave in levels, on executors, before the driver merges the rest:
 *
 * ```text
 * 100 partitions -> 10 -> driver          depth 2
 * ```
 */
export abstract class TreeActions<out T> extends Actions<T> {
  /**
   * As `reduce`, merged in levels: for many partitions whose results are large.
   *
   * @param depth how many times results are merged, that of the driver included
   */
  treeReduce(f: (a: T, b: T) => T, depth: number = USUAL_DEPTH, options?: ActionOptions): Promise<T> {
    return act(this.rddContext, "treeReduce", options, async (site) => {
      const function_ = userFunction(f, site);
      const reduced = narrow(this.plan, "reduce", [function_], site);
      const parts = await this.#mergedInLevels<T>(reduced, function_, depth, site);
      if (parts.length === 0) throw emptyCollection(site);
      return parts.reduce(onDriver(f, site));
    });
  }

  /**
   * As `aggregate`, merged in levels: for many partitions whose results are large.
   *
   * @param depth how many times results are merged, that of the driver included
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const total = await sc.range(0, 1000, 1, 50).treeAggregate(0, (sum, n) => sum + n, (a, b) => a + b);
   * console.log(total); // 499500
   * await sc.stop();
   * ```
   */
  treeAggregate<U extends Zero<N>, N extends null | undefined = null | undefined>(
    zero: U,
    fold: (folded: U, value: T) => U,
    merge: (a: U, b: U) => U,
    depth: number = USUAL_DEPTH,
    options?: ActionOptions,
  ): Promise<U> {
    return act(this.rddContext, "treeAggregate", options, async (site) => {
      const functions = [userFunction(fold, site)];
      const folded = narrow(this.plan, "fold", functions, site, { argument: checkedZero(zero, site) });
      const parts = await this.#mergedInLevels<U>(folded, userFunction(merge, site), depth, site);
      return parts.reduce(onDriver(merge, site), fresh(zero));
    });
  }

  /** `plan` gives at most one record for each partition. A level that would not make it quicker is left out, as in Spark. */
  async #mergedInLevels<U>(plan: PlanNode, merge: UserFunction, depth: number, site: CallSite): Promise<U[]> {
    if (!Number.isInteger(depth) || depth < 1) {
      throw new MillraceError("INVALID_ARGUMENT", `a depth is an integer from 1 on, not ${depth}`, placeOf(site));
    }
    let partitions = await this.getNumPartitions();
    const scale = Math.max(2, Math.ceil(partitions ** (1 / depth)));
    let merged = plan;
    while (partitions > scale + Math.ceil(partitions / scale)) {
      partitions = Math.floor(partitions / scale);
      const dealt: PlanNode = {
        type: "repartition",
        id: nextPlanId(),
        site,
        parent: merged,
        numPartitions: partitions,
      };
      merged = narrow(dealt, "reduce", [merge], site);
    }
    return recordsOf<U>(this.rddContext, merged, site);
  }
}
