import { CallSite } from "../core/call-site.ts";
import type { DurationLike } from "../core/duration.ts";
import { lazyModule } from "../platform/own-modules.ts";
import type { Aggregation } from "../rdd/aggregation.ts";
import type { Partitions, PlanPartitioner } from "../rdd/partitioner.ts";
import type { UserFunction } from "../rdd/plan.ts";
import { userFunction } from "../rdd/rdd-base.ts";
import type { Shape } from "../rdd/shape.ts";
import { StorageLevel } from "../rdd/storage-level.ts";
import type { WindowFunctions } from "./dstream/reduced-window.ts";
import type { StateStreamNode, StreamNode, WindowNode } from "./dstream/stream-node.ts";
import type { DStream } from "./dstream.ts";
import { DStreamJoins } from "./dstream-joins.ts";

const nodes = lazyModule<typeof import("./dstream/index.ts")>(import.meta.url, "./dstream/index.ts");

/**
 * The operators over several batches. At time t a window has those of the batches in (t - `length`, t]; there is one every
 * `slide`. Both must be multiples of this stream's slide duration; `slide` is that by default. The first windows are
 * partial, and a slide longer than the length leaves records out (S2).
 *
 * ```text
 * batches    1    2    3    4    5    6        length 3, slide 2
 *          -------]                            the window at 2, partial
 *               ------------]                  the window at 4
 *                         ------------]        the window at 6
 * ```
 *
 * A reduction with an inverse is incremental: each window is made of the one before, by taking out what leaves and adding
 * what enters, so that a slide costs as much as the batches that it moves over, however long the window is. The function
 * must be associative, commutative and invertible; sums of fractions drift. The window before is kept as state is: no
 * checkpoint directory is needed, unlike in Spark (S4).
 */
export abstract class DStreamWindows<out T> extends DStreamJoins<T> {
  /**
   * The records of each window, batch by batch.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1], [2], [3], [4]],
   *   batchDuration: "1 second",
   *   operation: (numbers) => numbers.window("3 seconds", "2 seconds"),
   *   expected: [[1, 2], [2, 3, 4]],
   * });
   * ```
   */
  window(length: DurationLike, slide?: DurationLike): DStream<T> {
    return this.streamContext.dstream(this.#window(this.node, length, slide, new CallSite("window")));
  }

  /**
   * The records of each window made into one by `f`, which must be associative and commutative; nothing from an empty
   * window. Each batch is reduced once, when it comes; a window then reduces what is left of its batches.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1, 2], [3], [], []],
   *   batchDuration: "1 second",
   *   operation: (numbers) => numbers.reduceByWindow((a, b) => a + b, "2 seconds"),
   *   expected: [[3], [6], [3], []],
   * });
   * ```
   */
  reduceByWindow(f: (a: T, b: T) => T, length: DurationLike, slide?: DurationLike): DStream<T>;
  /**
   * The same, incrementally: `inverse` takes out of a window what leaves it. From the first record on there is a record in
   * every window, also in one that has become empty.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1, 2], [3], [], []],
   *   batchDuration: "1 second",
   *   operation: (numbers) => numbers.reduceByWindow((a, b) => a + b, (a, b) => a - b, "2 seconds"),
   *   expected: [[3], [6], [3], [0]],
   * });
   * ```
   */
  reduceByWindow(
    f: (a: T, b: T) => T,
    inverse: (a: T, b: T) => T,
    length: DurationLike,
    slide?: DurationLike,
  ): DStream<T>;
  reduceByWindow(
    f: (a: T, b: T) => T,
    ...[second, third, fourth]: readonly [unknown, (DurationLike | undefined)?, DurationLike?]
  ): DStream<T> {
    const site = new CallSite("reduceByWindow");
    const reduce = userFunction(f, site);
    if (typeof second === "function") {
      const functions = { reduce, inverse: userFunction(second, site) };
      return this.streamContext.dstream(this.#reducedToOne(this.node, functions, third!, fourth, site));
    }
    const perBatch = nodes().reduced(this.node, reduce, site);
    const window = this.#window(perBatch, second as DurationLike, third, site);
    return this.streamContext.dstream(nodes().reduced(window, reduce, site));
  }

  /**
   * How many records each window has, incrementally: nothing until the first record has come, and then a number, 0 for an
   * empty window (S5).
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[], ["a", "b"], ["c"], [], []],
   *   batchDuration: "1 second",
   *   operation: (words) => words.countByWindow("2 seconds"),
   *   expected: [[], [2], [3], [1], [0]],
   * });
   * ```
   */
  countByWindow(length: DurationLike, slide?: DurationLike): DStream<number> {
    const site = new CallSite("countByWindow");
    const { reduce, inverse } = nodes().COUNTS;
    const ones = nodes().ones(this.node, site);
    return this.streamContext.dstream(this.#reducedToOne(ones, { reduce, inverse }, length, slide, site));
  }

  /**
   * How often each record is in each window, as `[record, count]`, incrementally. Records are the same by key identity.
   *
   * @param partitions `defaultParallelism` by default
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [["a", "b"], ["a"], []],
   *   batchDuration: "1 second",
   *   operation: (words) => words.countByValueAndWindow("2 seconds"),
   *   expected: [[["a", 1], ["b", 1]], [["a", 2], ["b", 1]], [["a", 1]]],
   *   compare: "multiset",
   * });
   * ```
   */
  countByValueAndWindow(length: DurationLike, slide?: DurationLike, partitions?: Partitions): DStream<[T, number]> {
    const site = new CallSite("countByValueAndWindow");
    const partitioner = this.partitioner(partitions, site);
    const perBatch = nodes().countedByValue(this.node, partitioner, site);
    const window = this.#window(perBatch, length, slide, site);
    return this.streamContext.dstream(this.#incremental(window, nodes().COUNTS, partitioner, site));
  }

  /**
   * One pair for each key of a window, with all its values, batch by batch. To reduce them, `reduceByKeyAndWindow` keeps
   * far less.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[["a", 1]], [["a", 2], ["b", 3]], []],
   *   batchDuration: "1 second",
   *   operation: (pairs) => pairs.groupByKeyAndWindow("2 seconds"),
   *   expected: [[["a", [1]]], [["a", [1, 2]], ["b", [3]]], [["a", [2]], ["b", [3]]]],
   *   compare: "multiset",
   * });
   * ```
   */
  groupByKeyAndWindow<K, V>(
    this: DStream<readonly [K, V]>,
    length: DurationLike,
    slide?: DurationLike,
    partitions?: Partitions,
  ): DStream<[K, V[]]> {
    const site = new CallSite("groupByKeyAndWindow");
    return this.#aggregatedByKey(
      { kind: "group", functions: [] },
      { kind: "concat", functions: [] },
      { length, slide, partitions },
      site,
    );
  }

  /**
   * One pair for each key of a window, its values merged by `f`, which must be associative and commutative. Each batch is
   * reduced once, when it comes; a window then reduces what is left of its batches.
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
  ): DStream<[K, V]>;
  /**
   * The same, incrementally: `inverse` takes out of the value of a key what leaves the window. A key stays for ever, also
   * when it has no values in the window any more, unless `filter` says of its pair that it may go. A filter must let a key
   * pass while the window has values of it: one that does not makes a later window fail with `LIVE_KEY_FILTERED`. So count
   * them, as in the example: -1 and 1 have the sum 0, too.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[["a", -1], ["a", 1]], [["b", 5]], []],
   *   batchDuration: "1 second",
   *   operation: (pairs) =>
   *     pairs
   *       .mapValues((n) => [1, n])
   *       .reduceByKeyAndWindow(
   *         (a, b) => [a[0] + b[0], a[1] + b[1]],
   *         (a, b) => [a[0] - b[0], a[1] - b[1]],
   *         "2 seconds",
   *         "1 second",
   *         2,
   *         ([, [count]]) => count > 0,
   *       )
   *       .mapValues(([, sum]) => sum),
   *   expected: [[["a", 0]], [["a", 0], ["b", 5]], [["b", 5]]],
   *   compare: "multiset",
   * });
   * ```
   */
  reduceByKeyAndWindow<K, V extends Shape>(
    this: DStream<readonly [K, V]>,
    f: (a: V, b: V) => V,
    inverse: (a: V, b: V) => V,
    length: DurationLike,
    slide?: DurationLike,
    partitions?: Partitions,
    filter?: (pair: [K, V]) => unknown,
  ): DStream<[K, V]>;
  reduceByKeyAndWindow<K, V>(
    this: DStream<readonly [K, V]>,
    f: (a: V, b: V) => V,
    ...rest: readonly unknown[]
  ): DStream<[K, V]> {
    const site = new CallSite("reduceByKeyAndWindow");
    const reduce = userFunction(f, site);
    const aggregation: Aggregation = { kind: "reduce", functions: [reduce] };
    if (typeof rest[0] !== "function") {
      const [length, slide, partitions] = rest as [DurationLike, DurationLike?, Partitions?];
      return this.#aggregatedByKey(aggregation, aggregation, { length, slide, partitions }, site);
    }
    const [inverse, length, slide, partitions, filter] = rest as [
      ...[UserFunction, DurationLike, DurationLike?, Partitions?, UserFunction?],
    ];
    const functions: WindowFunctions = {
      reduce,
      inverse: userFunction(inverse, site),
      filter: filter && userFunction(filter, site),
    };
    const partitioner = this.partitioner(partitions, site);
    const perBatch = nodes().aggregatedByKey(this.node, aggregation, partitioner, site);
    const window = this.#window(perBatch, length, slide, site);
    return this.streamContext.dstream(this.#incremental(window, functions, partitioner, site));
  }

  /** What is left of each window, as the only record. */
  #reducedToOne(
    parent: StreamNode,
    functions: WindowFunctions,
    length: DurationLike,
    slide: DurationLike | undefined,
    site: CallSite,
  ): StreamNode {
    const { reducedToPair, valuesOf, ONE_PARTITION } = nodes();
    const window = this.#window(reducedToPair(parent, functions.reduce, site), length, slide, site);
    return valuesOf(this.#incremental(window, functions, ONE_PARTITION, site), site);
  }

  #incremental(
    window: WindowNode,
    functions: WindowFunctions,
    partitioner: PlanPartitioner,
    site: CallSite,
  ): StateStreamNode {
    const state = nodes().reducedIncrementally(window, functions, partitioner, site);
    this.streamContext.graph.persist(state, StorageLevel.MEMORY_ONLY_SER, site);
    return state;
  }

  /** Pairs brought together in each batch, and what that gives in each window. All lie by one partitioner, so they move once. */
  #aggregatedByKey<U>(
    perBatch: Aggregation,
    perWindow: Aggregation,
    { length, slide, partitions }: KeyedWindow,
    site: CallSite,
  ): DStream<U> {
    const partitioner = this.partitioner(partitions, site);
    const batch = nodes().aggregatedByKey(this.node, perBatch, partitioner, site);
    const window = this.#window(batch, length, slide, site);
    return this.streamContext.dstream(nodes().aggregatedByKey(window, perWindow, partitioner, site));
  }

  #window(parent: StreamNode, length: DurationLike, slide: DurationLike | undefined, site: CallSite): WindowNode {
    const window = nodes().windowed(parent, length, slide, site);
    // Neighbouring windows share batches, so each is kept from its first use (S3).
    this.streamContext.graph.persist(parent, StorageLevel.MEMORY_ONLY_SER, site);
    return window;
  }
}

interface KeyedWindow {
  readonly length: DurationLike;
  readonly slide: DurationLike | undefined;
  readonly partitions: Partitions | undefined;
}
