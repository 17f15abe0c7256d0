import { CallSite } from "../core/call-site.ts";
import { filter } from "./operators/filter.ts";
import { flatMap } from "./operators/flat-map.ts";
import { map } from "./operators/map.ts";
import { mapPartitions } from "./operators/map-partitions.ts";
import { checkPartitions } from "./partitioner.ts";
import { narrow, nextPlanId } from "./plan.ts";
import type { RDD } from "./rdd.ts";
import { RDDBase, userFunction } from "./rdd-base.ts";
import type { Shape } from "./shape.ts";

/** The records of a partition, as `mapPartitions` and `foreachPartition` get them: iterate once, either way. */
export type PartitionRecords<T> = Iterable<T> & AsyncIterable<T>;

/** What a function that makes records may return. */
export type Records<U> = Iterable<U> | AsyncIterable<U>;

/** The operators that make an RDD from an RDD of any records. They are lazy: an action computes them. */
export abstract class Transformations<out T> extends RDDBase<T> {
  /**
   * Each record replaced by what `f` makes of it. `f` is synchronous: a promise is `ASYNC_RESULT`.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize([1, 2, 3]).map((n) => n * 10).collect()); // [ 10, 20, 30 ]
   * await sc.stop();
   * ```
   */
  map<U extends Shape>(f: (value: T) => U): RDD<U> {
    const site = new CallSite("map");
    return this.rddContext.rdd(narrow(this.plan, map, [userFunction(f, site)], site));
  }

  /**
   * Each record replaced by all that `f` makes of it: any iterable, an array being the fastest.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize(["to be", "or not"]).flatMap((line) => line.split(" ")).collect());
   * await sc.stop();
   * ```
   */
  flatMap<U extends Shape>(f: (value: T) => Iterable<U>): RDD<U> {
    const site = new CallSite("flatMap");
    return this.rddContext.rdd(narrow(this.plan, flatMap, [userFunction(f, site)], site));
  }

  /**
   * The records for which `f` returns something truthy. Keys stay where they are, and so does the partitioner.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.range(0, 10).filter((n) => n % 2 === 0).collect()); // [ 0, 2, 4, 6, 8 ]
   * await sc.stop();
   * ```
   */
  filter<U extends T>(f: (value: T) => value is U): RDD<U>;
  filter(f: (value: T) => unknown): RDD<T>;
  filter(f: (value: T) => unknown): RDD<T> {
    const site = new CallSite("filter");
    return this.rddContext.rdd(narrow(this.plan, filter, [userFunction(f, site)], site, { keepsKeys: true }));
  }

  /**
   * Each partition replaced by what `f` makes of its records, which it iterates with `for...of` or `for await`. `f` may
   * return an iterable, an async iterable, or a promise of one. Use it for what is opened once a partition.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const sums = sc.range(0, 10, 1, 2).mapPartitions((numbers) => {
   *   let sum = 0;
   *   for (const n of numbers) sum += n;
   *   return [sum];
   * });
   * console.log(await sums.collect()); // [ 10, 35 ]
   * await sc.stop();
   * ```
   */
  mapPartitions<U extends Shape>(
    f: (records: PartitionRecords<T>) => Records<U> | Promise<Records<U>>,
    { preservesPartitioning = false }: { readonly preservesPartitioning?: boolean } = {},
  ): RDD<U> {
    const site = new CallSite("mapPartitions");
    return this.rddContext.rdd(
      narrow(this.plan, mapPartitions, [userFunction(f, site)], site, { keepsKeys: preservesPartitioning }),
    );
  }

  /**
   * The records of this RDD, then those of `other`, duplicates included.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize([1, 2]).union(sc.parallelize([2, 3])).collect()); // [ 1, 2, 2, 3 ]
   * await sc.stop();
   * ```
   */
  union<U>(this: RDD<T>, other: RDD<U>): RDD<T | U> {
    const site = new CallSite("union");
    return this.rddContext.rdd({ type: "union", id: nextPlanId(), site, parents: [this.plan, other.plan] });
  }

  /**
   * The records dealt out evenly over `numPartitions` partitions, by a shuffle.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.range(0, 100, 1, 2).repartition(5).getNumPartitions()); // 5
   * await sc.stop();
   * ```
   */
  repartition(numPartitions: number): RDD<T> {
    const site = new CallSite("repartition");
    return this.rddContext.rdd({
      type: "repartition",
      id: nextPlanId(),
      site,
      parent: this.plan,
      numPartitions: checkPartitions(numPartitions, "repartition"),
    });
  }
}
