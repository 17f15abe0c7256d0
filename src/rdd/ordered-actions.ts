import type { CallSite } from "../core/call-site.ts";
import type { Comparator } from "../core/ordering.ts";
import { lazyModule } from "../platform/own-modules.ts";
import { type ActionOptions, act, checkRecords, emptyCollection, placed, recordsOf } from "./driver-side.ts";
import type { FirstInOrderRule } from "./operators/first-in-order.ts";
import { narrow } from "./plan.ts";
import { userFunction } from "./rdd-base.ts";
import { TreeActions } from "./tree-actions.ts";

const firstInOrder = lazyModule<typeof import("./operators/first-in-order.ts")>(
  import.meta.url,
  "./operators/first-in-order.ts",
);
const extreme = lazyModule<typeof import("./operators/extreme.ts")>(import.meta.url, "./operators/extreme.ts");

/** The actions that look for the first or last records in an order: the natural one of keys, or a comparator's. */
export abstract class OrderedActions<out T> extends TreeActions<T> {
  /**
   * The first `n` records in ascending order. No partition sends more than `n` to the driver.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize([30, 10, 40, 20]).takeOrdered(2)); // [ 10, 20 ]
   * await sc.stop();
   * ```
   */
  takeOrdered(n: number, comparator?: Comparator<T>, options?: ActionOptions): Promise<T[]> {
    return act(this.rddContext, "takeOrdered", options, async (site) => {
      return this.#firstInOrder(n, false, comparator, site);
    });
  }

  /**
   * The last `n` records in ascending order, the largest first.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const delays = sc.parallelize([{ flight: "AF7", minutes: 12 }, { flight: "DL42", minutes: 95 }]);
   * console.log(await delays.top(1, (a, b) => a.minutes - b.minutes)); // [ { flight: 'DL42', minutes: 95 } ]
   * await sc.stop();
   * ```
   */
  top(n: number, comparator?: Comparator<T>, options?: ActionOptions): Promise<T[]> {
    return act(this.rddContext, "top", options, async (site) => {
      return this.#firstInOrder(n, true, comparator, site);
    });
  }

  /** The least record, the first of several. Rejects with `EMPTY_COLLECTION` where there is none. */
  min(comparator?: Comparator<T>, options?: ActionOptions): Promise<T> {
    return act(this.rddContext, "min", options, async (site) => {
      return this.#extreme(false, comparator, site);
    });
  }

  /** The greatest record, the first of several. Rejects with `EMPTY_COLLECTION` where there is none. */
  max(comparator?: Comparator<T>, options?: ActionOptions): Promise<T> {
    return act(this.rddContext, "max", options, async (site) => {
      return this.#extreme(true, comparator, site);
    });
  }

  async #firstInOrder(
    n: number,
    descending: boolean,
    comparator: Comparator<T> | undefined,
    site: CallSite,
  ): Promise<T[]> {
    const functions = comparator === undefined ? [] : [userFunction(comparator, site)];
    if (checkRecords(n, site) <= 0) return [];
    const rule: FirstInOrderRule = { n, descending };
    const plan = narrow(this.plan, "firstInOrder", functions, site, { argument: rule });
    const parts = await recordsOf<T>(this.rddContext, plan, site);
    return placed(site, () => firstInOrder().firstOf(parts, rule, comparator as Comparator<unknown> | undefined));
  }

  async #extreme(last: boolean, comparator: Comparator<T> | undefined, site: CallSite): Promise<T> {
    const functions = comparator === undefined ? [] : [userFunction(comparator, site)];
    const plan = narrow(this.plan, "extreme", functions, site, { argument: last });
    const parts = await recordsOf<T>(this.rddContext, plan, site);
    if (parts.length === 0) throw emptyCollection(site);
    const compare = extreme().extremeComparator(last, comparator as Comparator<unknown> | undefined);
    return placed(site, () => parts.reduce((best, next) => (compare(next, best) < 0 ? next : best)));
  }
}
