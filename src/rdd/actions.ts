import { CallSite } from "../core/call-site.ts";
import { MillraceError } from "../errors.ts";
import { count } from "./operators/count.ts";
import { forEach } from "./operators/for-each.ts";
import { forEachPartition } from "./operators/for-each-partition.ts";
import { limit } from "./operators/limit.ts";
import { reduce } from "./operators/reduce.ts";
import { PairFunctions } from "./pair-functions.ts";
import { narrow, type PlanNode } from "./plan.ts";
import { userFunction } from "./rdd-base.ts";
import type { PartitionRecords } from "./transformations.ts";

/** After a scan that found too little, `take` looks at this many times more partitions (Spark's limit.scaleUpFactor). */
const SCALE_UP = 4;

/** The operators that compute: each runs a job and returns a promise of its result. */
export abstract class Actions<out T> extends PairFunctions<T> implements AsyncIterable<T> {
  /** All records, in partition order. They must fit in the driver's memory. */
  async collect(): Promise<T[]> {
    return this.#records(this.plan, new CallSite("collect"));
  }

  /** How many records there are. */
  async count(): Promise<number> {
    const site = new CallSite("count");
    const counts = await this.#records<number>(narrow(this.plan, count, [], site), site);
    return counts.reduce((sum, n) => sum + n, 0);
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
  async take(n: number): Promise<T[]> {
    return this.#take(n, new CallSite("take"));
  }

  /** The first record. Rejects with `EMPTY_COLLECTION` where there is none. */
  async first(): Promise<T> {
    const site = new CallSite("first");
    const taken = await this.#take(1, site);
    if (taken.length === 0) throw emptyCollection(site);
    return taken[0]!;
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
  async reduce(f: (a: T, b: T) => T): Promise<T> {
    const site = new CallSite("reduce");
    const parts = await this.#records<T>(narrow(this.plan, reduce, [userFunction(f, site)], site), site);
    if (parts.length === 0) throw emptyCollection(site);
    return parts.reduce(f);
  }

  /** Calls `f` for each record, on the executors, for its effect there. */
  async foreach(f: (value: T) => void): Promise<void> {
    const site = new CallSite("foreach");
    await this.#records(narrow(this.plan, forEach, [userFunction(f, site)], site), site);
  }

  /**
   * Calls `f` once for each partition, on the executors: the place to open a connection and write through it. `f` may be
   * async; the job ends when its promise does.
   */
  async foreachPartition(f: (records: PartitionRecords<T>) => void | Promise<void>): Promise<void> {
    const site = new CallSite("foreachPartition");
    await this.#records(narrow(this.plan, forEachPartition, [userFunction(f, site)], site), site);
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
  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    const site = new CallSite("for await");
    const partitions = await this.getNumPartitions();
    for (let partition = 0; partition < partitions; partition++) {
      for (const record of await this.#records<T>(this.plan, site, [partition])) yield record;
    }
  }

  async #records<U>(plan: PlanNode, site: CallSite, partitions?: readonly number[]): Promise<U[]> {
    let all: U[] = [];
    const job = partitions === undefined ? { site } : { site, partitions };
    for await (const { records } of this.rddContext.engine.run(plan, job)) {
      if (all.length === 0) all = records as U[];
      else for (const record of records) all.push(record as U);
    }
    return all;
  }

  async #take(n: number, site: CallSite): Promise<T[]> {
    if (!Number.isInteger(n)) {
      throw new MillraceError("INVALID_ARGUMENT", `the number of records must be an integer, not ${n}`, {
        operator: site.operator,
        site: site.location,
      });
    }
    const taken: T[] = [];
    if (n <= 0) return taken;
    const total = await this.getNumPartitions();
    for (let scanned = 0, width = 1; scanned < total && taken.length < n; scanned += width, width *= SCALE_UP) {
      const partitions = Array.from({ length: Math.min(width, total - scanned) }, (_, i) => scanned + i);
      const missing = n - taken.length;
      const plan = narrow(this.plan, limit, [], site, { argument: missing });
      for (const record of (await this.#records<T>(plan, site, partitions)).slice(0, missing)) taken.push(record);
    }
    return taken;
  }
}

function emptyCollection(site: CallSite): MillraceError {
  return new MillraceError("EMPTY_COLLECTION", `${site.operator} of an empty collection`, {
    operator: site.operator,
    site: site.location,
    remedy: "Use take(1) or count() where there may be no record.",
  });
}
