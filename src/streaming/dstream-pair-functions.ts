import { CallSite } from "../core/call-site.ts";
import { lazyModule } from "../platform/own-modules.ts";
import type { Aggregation, CombineOptions } from "../rdd/aggregation.ts";
import type { Partitions } from "../rdd/partitioner.ts";
import { userFunction } from "../rdd/rdd-base.ts";
import type { Shape } from "../rdd/shape.ts";
import type { DStream } from "./dstream.ts";
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
   * Each pair replaced by pairs of its key and each value that `f` makes of its value.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[["a", 2], ["b", 0]]],
   *   operation: (pairs) => pairs.flatMapValues((n) => [n, n + 1]),
   *   expected: [[["a", 2], ["a", 3], ["b", 0], ["b", 1]]],
   * });
   * ```
   */
  flatMapValues<K, V, U extends Shape>(this: DStream<readonly [K, V]>, f: (value: V) => Iterable<U>): DStream<[K, U]> {
    const site = new CallSite("flatMapValues");
    return this.streamContext.dstream(nodes().flatMappedValues(this.node, userFunction(f, site), site));
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
   * merged across partitions. Without `mapSideCombine` every value crosses the shuffle, and combiners are never merged.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[["a", 1], ["a", 3], ["b", 5]]],
   *   operation: (pairs) =>
   *     pairs
   *       .combineByKey(
   *         (n) => ({ sum: n, count: 1 }),
   *         (c, n) => ({ sum: c.sum + n, count: c.count + 1 }),
   *         (c, d) => ({ sum: c.sum + d.sum, count: c.count + d.count }),
   *       )
   *       .mapValues((c) => c.sum / c.count),
   *   expected: [[["a", 2], ["b", 5]]],
   *   compare: "multiset",
   * });
   * ```
   */
  combineByKey<K, V, C extends Shape>(
    this: DStream<readonly [K, V]>,
    createCombiner: (value: V) => C,
    mergeValue: (combiner: C, value: V) => C,
    mergeCombiners: (a: C, b: C) => C,
    partitions?: Partitions,
    { mapSideCombine = true }: CombineOptions = {},
  ): DStream<[K, C]> {
    const site = new CallSite("combineByKey");
    const functions = [
      userFunction(createCombiner, site),
      userFunction(mergeValue, site),
      userFunction(mergeCombiners, site),
    ] as const;
    const aggregation: Aggregation = { kind: "combine", functions, mapSide: mapSideCombine };
    return this.streamContext.dstream(
      nodes().aggregatedByKey(this.node, aggregation, this.partitioner(partitions, site), site),
    );
  }
}
