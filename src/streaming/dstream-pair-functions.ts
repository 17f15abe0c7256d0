import { CallSite } from "../core/call-site.ts";
import type { DurationLike } from "../core/duration.ts";
import { lazyModule } from "../platform/own-modules.ts";
import type { Aggregation } from "../rdd/aggregation.ts";
import type { Partitions } from "../rdd/partitioner.ts";
import { userFunction } from "../rdd/rdd-base.ts";
import type { Shape } from "../rdd/shape.ts";
import { StorageLevel } from "../rdd/storage-level.ts";
import type { DStream } from "./dstream.ts";
import { sameContext } from "./dstream-base.ts";
import { DStreamTransformations } from "./dstream-transformations.ts";

const nodes = lazyModule<typeof import("./dstream/index.ts")>(import.meta.url, "./dstream/index.ts");

/**
 * The operators on streams of `[key, value]` pairs; on other records they do not compile. Where `partitions` is not
 * given, keys are hashed into `defaultParallelism` partitions.
 */
export abstract class DStreamPairFunctions<out T> extends DStreamTransformations<T> {
  /**
   * The value of each pair replaced by what `f` makes of it.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[["a", 1], ["b", 2]]],
   *   operation: (pairs) => pairs.mapValues((n) => n + 10),
   *   expected: [[["a", 11], ["b", 12]]],
   * });
   * ```
   */
  mapValues<K, V, U extends Shape>(this: DStream<readonly [K, V]>, f: (value: V) => U): DStream<[K, U]> {
    const site = new CallSite("mapValues");
    return this.streamContext.dstream(nodes().mappedValues(this.node, userFunction(f, site), site));
  }

  /**
   * In each batch one pair for each key, its values merged by `f`, which must be associative and commutative.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [["to", "be", "or", "not", "to", "be"], ["to"]],
   *   operation: (words) => words.map((word) => [word, 1]).reduceByKey((a, b) => a + b),
   *   expected: [[["to", 2], ["be", 2], ["or", 1], ["not", 1]], [["to", 1]]],
   *   compare: "multiset",
   * });
   * ```
   */
  reduceByKey<K, V extends Shape>(
    this: DStream<readonly [K, V]>,
    f: (a: V, b: V) => V,
    partitions?: Partitions,
  ): DStream<[K, V]> {
    const site = new CallSite("reduceByKey");
    const aggregation: Aggregation = { kind: "reduce", functions: [userFunction(f, site)] };
    return this.streamContext.dstream(
      nodes().aggregatedByKey(this.node, aggregation, this.partitioner(partitions, site), site),
    );
  }

  /**
   * In each batch one pair for each key, with all its values. To reduce them, `reduceByKey` moves far less.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[["a", 1], ["b", 2], ["a", 3]]],
   *   operation: (pairs) => pairs.groupByKey(),
   *   expected: [[["a", [1, 3]], ["b", [2]]]],
   *   compare: "multiset",
   * });
   * ```
   */
  groupByKey<K, V>(this: DStream<readonly [K, V]>, partitions?: Partitions): DStream<[K, V[]]> {
    const site = new CallSite("groupByKey");
    const aggregation: Aggregation = { kind: "group", functions: [] };
    return this.streamContext.dstream(
      nodes().aggregatedByKey(this.node, aggregation, this.partitioner(partitions, site), site),
    );
  }

  /**
   * In each batch one pair for each key: its first value made a combiner, further ones merged into it, and combiners
   * merged across partitions.
   */
  combineByKey<K, V, C extends Shape>(
    this: DStream<readonly [K, V]>,
    createCombiner: (value: V) => C,
    mergeValue: (combiner: C, value: V) => C,
    mergeCombiners: (a: C, b: C) => C,
    partitions?: Partitions,
  ): DStream<[K, C]> {
    const site = new CallSite("combineByKey");
    const functions = [
      userFunction(createCombiner, site),
      userFunction(mergeValue, site),
      userFunction(mergeCombiners, site),
    ] as const;
    const aggregation: Aggregation = { kind: "combine", functions };
    return this.streamContext.dstream(
      nodes().aggregatedByKey(this.node, aggregation, this.partitioner(partitions, site), site),
    );
  }

  /** In each batch, for each key of either stream, its values in this one and in `other`. */
  cogroup<K, V, W>(
    this: DStream<readonly [K, V]>,
    other: DStream<readonly [K, W]>,
    partitions?: Partitions,
  ): DStream<[K, [V[], W[]]]> {
    const site = new CallSite("cogroup");
    sameContext([this, other], site);
    return this.streamContext.dstream(
      nodes().cogrouped([this.node, other.node], this.partitioner(partitions, site), site),
    );
  }

  /**
   * In each batch, for each key of both streams, each of its values here with each of its values in `other`.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[["CDG", -2]], [["NCE", 14]]],
   *   other: [[["CDG", "Paris"]], []],
   *   operation: (temperatures, names) => temperatures.join(names),
   *   expected: [[["CDG", [-2, "Paris"]]], []],
   * });
   * ```
   */
  join<K, V, W>(
    this: DStream<readonly [K, V]>,
    other: DStream<readonly [K, W]>,
    partitions?: Partitions,
  ): DStream<[K, [V, W]]> {
    const site = new CallSite("join");
    sameContext([this, other], site);
    return this.streamContext.dstream(nodes().joined(this.node, other.node, this.partitioner(partitions, site), site));
  }

  /**
   * One pair for each key of the last `length` of time, every `slide`, its values merged by `f`. Each batch is reduced
   * once, when it comes; a window then reduces what is left of its batches.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [["a", "b"], ["a"], ["a"], []],
   *   batchDuration: "10 seconds",
   *   operation: (words) =>
   *     words.map((word) => [word, 1]).reduceByKeyAndWindow((a, b) => a + b, "20 seconds"),
   *   expected: [[["a", 1], ["b", 1]], [["a", 2], ["b", 1]], [["a", 2]], [["a", 1]]],
   *   compare: "multiset",
   * });
   * ```
   */
  reduceByKeyAndWindow<K, V extends Shape>(
    this: DStream<readonly [K, V]>,
    f: (a: V, b: V) => V,
    length: DurationLike,
    slide?: DurationLike,
    partitions?: Partitions,
  ): DStream<[K, V]> {
    const site = new CallSite("reduceByKeyAndWindow");
    const aggregation: Aggregation = { kind: "reduce", functions: [userFunction(f, site)] };
    const partitioner = this.partitioner(partitions, site);
    const perBatch = nodes().aggregatedByKey(this.node, aggregation, partitioner, site);
    const window = nodes().windowed(perBatch, length, slide, site);
    this.streamContext.graph.persist(perBatch, StorageLevel.MEMORY_ONLY_SER, site);
    return this.streamContext.dstream(nodes().aggregatedByKey(window, aggregation, partitioner, site));
  }
}
