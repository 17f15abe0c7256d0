import { CallSite } from "../core/call-site.ts";
import { MillraceError } from "../errors.ts";
import { systemRandom } from "../platform/random.ts";
import { partitionerRule } from "./given-partitioner.ts";
import { type MapAsyncOptions, mapAsyncRule } from "./operators/map-async.ts";
import type { SampleRule } from "./operators/sample.ts";
import { checkPartitions, type Partitions } from "./partitioner.ts";
import { narrow, nextPlanId, type PlanNode } from "./plan.ts";
import type { RDD } from "./rdd.ts";
import { planOf, RDDBase, userFunction } from "./rdd-base.ts";
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
    return this.rddContext.rdd(narrow(this.plan, "map", [userFunction(f, site)], site));
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
    return this.rddContext.rdd(narrow(this.plan, "flatMap", [userFunction(f, site)], site));
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
    return this.rddContext.rdd(narrow(this.plan, "filter", [userFunction(f, site)], site, { keepsKeys: true }));
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
      narrow(this.plan, "mapPartitions", [userFunction(f, site)], site, { keepsKeys: preservesPartitioning }),
    );
  }

  /**
   * Each record replaced by what the async function `f` makes of it: for what asks a service. Several calls of a partition
   * are under way at once. `f` gets a signal, too, which is aborted when its result is no longer wanted.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const lookUp = async (code: string) => (code === "CDG" ? "Paris" : "elsewhere"); // as fetch() would
   * const cities = sc.parallelize(["CDG", "JFK"]).mapAsync(lookUp, { concurrency: 4, timeout: "5 seconds" });
   * console.log(await cities.collect()); // [ 'Paris', 'elsewhere' ]
   * await sc.stop();
   * ```
   */
  mapAsync<U extends Shape>(
    f: (value: T, signal: AbortSignal) => U | Promise<U>,
    options: MapAsyncOptions = {},
  ): RDD<U> {
    const site = new CallSite("mapAsync");
    const argument = mapAsyncRule(options, site);
    return this.rddContext.rdd(narrow(this.plan, "mapAsync", [userFunction(f, site)], site, { argument }));
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
    return this.rddContext.rdd({ type: "union", id: nextPlanId(), site, parents: [this.plan, planOf(other, site)] });
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
      numPartitions: checkPartitions(numPartitions, site),
    });
  }

  /**
   * As {@link Transformations.mapPartitions}; `f` gets the index of its partition first.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * const tagged = sc.range(0, 4, 1, 2).mapPartitionsWithIndex((i, numbers) => [...numbers].map((n) => `${i}:${n}`));
   * console.log(await tagged.collect()); // [ '0:0', '0:1', '1:2', '1:3' ]
   * await sc.stop();
   * ```
   */
  mapPartitionsWithIndex<U extends Shape>(
    f: (index: number, records: PartitionRecords<T>) => Records<U> | Promise<Records<U>>,
    { preservesPartitioning = false }: { readonly preservesPartitioning?: boolean } = {},
  ): RDD<U> {
    const site = new CallSite("mapPartitionsWithIndex");
    const functions = [userFunction(f, site)];
    return this.rddContext.rdd(
      narrow(this.plan, "mapPartitionsWithIndex", functions, site, { keepsKeys: preservesPartitioning }),
    );
  }

  /**
   * Each record as the value of a pair, under the key that `f` makes of it.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize(["to", "be"]).keyBy((word) => word.length).collect()); // [ [ 2, 'to' ], [ 2, 'be' ] ]
   * await sc.stop();
   * ```
   */
  keyBy<K extends Shape>(f: (value: T) => K): RDD<[K, T]> {
    const site = new CallSite("keyBy");
    return this.rddContext.rdd(narrow(this.plan, "keyBy", [userFunction(f, site)], site));
  }

  /** The records of each partition as one array. */
  glom(): RDD<T[]> {
    return this.rddContext.rdd(narrow(this.plan, "glom", [], new CallSite("glom")));
  }

  /**
   * The records without duplicates, which are found by key identity: tuples and plain objects by content. Of equal
   * records the first stays; each partition has them in the order in which they first come.
   *
   * @param partitions as many as this RDD has by default
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize([["a", 1], ["b", 2], ["a", 1]]).distinct().count()); // 2
   * await sc.stop();
   * ```
   */
  distinct(partitions?: Partitions): RDD<T> {
    const site = new CallSite("distinct");
    const unique: PlanNode = {
      type: "shuffle",
      id: nextPlanId(),
      site,
      parent: narrow(this.plan, "recordAsKey", [], site),
      partitioner: partitionerRule(partitions, site, "first"),
      aggregation: { kind: "first", functions: [] },
    };
    return this.rddContext.rdd(narrow(unique, "keys", [], site));
  }

  /**
   * The records in fewer partitions: each is made of several neighbours, one after the other, without a shuffle. Asked
   * for more partitions than there are, it keeps those there are, unless with `shuffle`, which deals the records out
   * evenly as {@link Transformations.repartition} does.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.range(0, 6, 1, 6).coalesce(2).glom().collect()); // [ [ 0, 1, 2 ], [ 3, 4, 5 ] ]
   * await sc.stop();
   * ```
   */
  coalesce(numPartitions: number, shuffle = false): RDD<T> {
    const site = new CallSite("coalesce");
    return this.rddContext.rdd({
      type: shuffle ? "repartition" : "coalesce",
      id: nextPlanId(),
      site,
      parent: this.plan,
      numPartitions: checkPartitions(numPartitions, site),
    });
  }

  /**
   * A random part of the records, always the same for this RDD: each is taken with the chance `fraction`; with
   * replacement, each is taken `fraction` times on average.
   *
   * @param seed of the randomness: the same seed takes the same records; by default another one at each call
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.range(0, 1000).sample(false, 0.1, 42).count()); // about 100
   * await sc.stop();
   * ```
   */
  sample(withReplacement: boolean, fraction: number, seed?: number): RDD<T> {
    const site = new CallSite("sample");
    if (!(fraction >= 0) || fraction === Number.POSITIVE_INFINITY || (!withReplacement && fraction > 1)) {
      throw new MillraceError(
        "INVALID_ARGUMENT",
        `the fraction must be ${withReplacement ? "a number from 0 on" : "from 0 to 1"}, not ${fraction}`,
        { operator: site.operator, site: site.location },
      );
    }
    const rule: SampleRule = { withReplacement, fraction, seed: seed ?? systemRandom.next() };
    return this.rddContext.rdd(narrow(this.plan, "sample", [], site, { argument: rule, keepsKeys: true }));
  }

  /**
   * Each record with its index, in partition order. Where there are several partitions, a job counts the records of all
   * but the last, when the first job needs the indices.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(await sc.parallelize(["a", "b", "c"], 2).zipWithIndex().collect()); // [ [ 'a', 0 ], [ 'b', 1 ], [ 'c', 2 ] ]
   * await sc.stop();
   * ```
   */
  zipWithIndex(): RDD<[T, number]> {
    return this.rddContext.rdd(narrow(this.plan, "zipWithIndex", [], new CallSite("zipWithIndex")));
  }
}
