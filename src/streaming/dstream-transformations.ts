import { CallSite } from "../core/call-site.ts";
import type { Time } from "../core/time.ts";
import { lazyModule } from "../platform/own-modules.ts";
import { type MapAsyncOptions, mapAsyncRule } from "../rdd/operators/map-async.ts";
import { checkPartitions, type Partitions } from "../rdd/partitioner.ts";
import type { RDD } from "../rdd/rdd.ts";
import { userFunction } from "../rdd/rdd-base.ts";
import type { Shape } from "../rdd/shape.ts";
import type { PartitionRecords, Records } from "../rdd/transformations.ts";
import type { StreamNode, TransformFunction } from "./dstream/stream-node.ts";
import type { DStream } from "./dstream.ts";
import { DStreamBase, driverFunction, sameContext } from "./dstream-base.ts";

const nodes = lazyModule<typeof import("./dstream/index.ts")>(import.meta.url, "./dstream/index.ts");

/** What a function of `transform` returns. */
export type RddResult<U> = RDD<U> | Promise<RDD<U>>;

/** The records of a stream; of a union of streams, those of any. */
export type RecordOf<S> = S extends DStream<infer T> ? T : never;

/** The RDDs that a list of streams have at the same time, each with the records of its stream. */
export type RddsOf<S extends readonly DStream<unknown>[]> = { readonly [I in keyof S]: RDD<RecordOf<S[I]>> };

/** The operators that make a stream from a stream of any records. Each works on every batch by itself. */
export abstract class DStreamTransformations<out T> extends DStreamBase<T> {
  /**
   * Each record replaced by what `f` makes of it. `f` is synchronous: a promise is `ASYNC_RESULT`.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1, 2], [3]],
   *   operation: (numbers) => numbers.map((n) => n * 10),
   *   expected: [[10, 20], [30]],
   * });
   * ```
   */
  map<U extends Shape>(f: (value: T) => U): DStream<U> {
    const site = new CallSite("map");
    return this.#stream(nodes().mapped(this.node, userFunction(f, site), site));
  }

  /**
   * Each record replaced by all that `f` makes of it: any iterable, an array being the fastest.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [["to be", "or not"], ["to be"]],
   *   operation: (lines) => lines.flatMap((line) => line.split(" ")),
   *   expected: [["to", "be", "or", "not"], ["to", "be"]],
   * });
   * ```
   */
  flatMap<U extends Shape>(f: (value: T) => Iterable<U>): DStream<U> {
    const site = new CallSite("flatMap");
    return this.#stream(nodes().flatMapped(this.node, userFunction(f, site), site));
  }

  /**
   * The records for which `f` returns something truthy.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1, 2, 3, 4], [5]],
   *   operation: (numbers) => numbers.filter((n) => n % 2 === 0),
   *   expected: [[2, 4], []],
   * });
   * ```
   */
  filter<U extends T>(f: (value: T) => value is U): DStream<U>;
  filter(f: (value: T) => unknown): DStream<T>;
  filter(f: (value: T) => unknown): DStream<T> {
    const site = new CallSite("filter");
    return this.#stream(nodes().filtered(this.node, userFunction(f, site), site));
  }

  /**
   * Each partition of each batch replaced by what `f` makes of its records, which it iterates with `for...of` or
   * `for await`. `f` may return an iterable, an async iterable, or a promise of one.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1, 2, 3, 4]],
   *   inputPartitions: 2,
   *   operation: (numbers) => numbers.mapPartitions((records) => [Math.max(...records)]),
   *   expected: [[2, 4]],
   * });
   * ```
   */
  mapPartitions<U extends Shape>(
    f: (records: PartitionRecords<T>) => Records<U> | Promise<Records<U>>,
    { preservesPartitioning = false }: { readonly preservesPartitioning?: boolean } = {},
  ): DStream<U> {
    const site = new CallSite("mapPartitions");
    return this.#stream(nodes().mappedPartitions(this.node, userFunction(f, site), preservesPartitioning, site));
  }

  /**
   * Each record replaced by what the async function `f` makes of it: for what asks a service. Several calls of a partition
   * are under way at once. `f` gets a signal, too, which is aborted when its result is no longer wanted.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1, 2], [3]],
   *   operation: (numbers) => numbers.mapAsync(async (n) => n * 10, { concurrency: 4, timeout: "5 seconds" }),
   *   expected: [[10, 20], [30]],
   * });
   * ```
   */
  mapAsync<U extends Shape>(
    f: (value: T, signal: AbortSignal) => U | Promise<U>,
    options: MapAsyncOptions = {},
  ): DStream<U> {
    const site = new CallSite("mapAsync");
    return this.#stream(nodes().mappedAsync(this.node, userFunction(f, site), mapAsyncRule(options, site), site));
  }

  /**
   * The records of each partition of each batch as one array.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1, 2, 3, 4]],
   *   inputPartitions: 2,
   *   operation: (numbers) => numbers.glom(),
   *   expected: [[[1, 2], [3, 4]]],
   * });
   * ```
   */
  glom(): DStream<T[]> {
    return this.#stream(nodes().glommed(this.node, new CallSite("glom")));
  }

  /** The records of each batch dealt out evenly over `numPartitions` partitions, by a shuffle. */
  repartition(numPartitions: number): DStream<T> {
    const site = new CallSite("repartition");
    return this.#stream(nodes().repartitioned(this.node, checkPartitions(numPartitions, site), site));
  }

  /**
   * In each batch the records of this stream, then those of `other`, which must have the same slide duration.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1, 2], [3]],
   *   operation: (numbers) => numbers.union(numbers.map((n) => -n)),
   *   expected: [[1, 2, -1, -2], [3, -3]],
   * });
   * ```
   */
  union<U>(this: DStream<T>, other: DStream<U>): DStream<T | U> {
    const site = new CallSite("union");
    sameContext([this, other], site);
    return this.streamContext.dstream(nodes().unioned([this.node, other.node], site));
  }

  /**
   * How many records each batch has: exactly one number, 0 for an empty batch.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [["a", "b"], []],
   *   operation: (words) => words.count(),
   *   expected: [[2], [0]],
   * });
   * ```
   */
  count(): DStream<number> {
    return this.#stream(nodes().counted(this.node, new CallSite("count")));
  }

  /**
   * How often each record is there in each batch, as `[record, count]`. Records are the same by key identity: tuples and
   * plain objects by content.
   *
   * @param partitions `defaultParallelism` by default
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [["a", "b", "a"], []],
   *   operation: (words) => words.countByValue(),
   *   expected: [[["a", 2], ["b", 1]], []],
   *   compare: "multiset",
   * });
   * ```
   */
  countByValue(partitions?: Partitions): DStream<[T, number]> {
    const site = new CallSite("countByValue");
    return this.#stream(nodes().countedByValue(this.node, this.partitioner(partitions, site), site));
  }

  /**
   * The records of each batch made into one by `f`, which must be associative and commutative; nothing from an empty
   * batch.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1, 2, 3], []],
   *   operation: (numbers) => numbers.reduce((a, b) => a + b),
   *   expected: [[6], []],
   * });
   * ```
   */
  reduce(f: (a: T, b: T) => T): DStream<T> {
    const site = new CallSite("reduce");
    return this.#stream(nodes().reduced(this.node, userFunction(f, site), site));
  }

  /**
   * Whatever `f` makes of each batch's RDD. `f` runs on the driver at each batch and may be async: it may run actions,
   * look something up, or join the batch with an RDD that changes. It must return an RDD; `NO_RDD` otherwise.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1, 2, 3], [10, 20]],
   *   operation: (numbers) =>
   *     numbers.transform(async (rdd, time) => {
   *       const mean = (await rdd.reduce((a, b) => a + b)) / (await rdd.count());
   *       return rdd.map((n) => `${time}: ${n - mean}`);
   *     }),
   *   expected: [["1000 ms: -1", "1000 ms: 0", "1000 ms: 1"], ["2000 ms: -5", "2000 ms: 5"]],
   * });
   * ```
   */
  transform<U>(f: (rdd: RDD<T>, time: Time) => RddResult<U>): DStream<U> {
    const site = new CallSite("transform");
    driverFunction(f, site);
    const ofFirst: TransformFunction = ([rdd], time) => f(rdd as RDD<T>, time);
    return this.#stream(nodes().transformed([this.node], ofFirst, site));
  }

  /** As {@link transform}, with the RDDs of two streams at the same time. */
  transformWith<V, U>(
    this: DStream<T>,
    other: DStream<V>,
    f: (rdd: RDD<T>, other: RDD<V>, time: Time) => RddResult<U>,
  ): DStream<U> {
    const site = new CallSite("transformWith");
    driverFunction(f, site);
    sameContext([this, other], site);
    const ofBoth: TransformFunction = ([left, right], time) => f(left as RDD<T>, right as RDD<V>, time);
    return this.streamContext.dstream(nodes().transformed([this.node, other.node], ofBoth, site));
  }

  #stream<U>(node: StreamNode): DStream<U> {
    return this.streamContext.dstream(node);
  }
}
