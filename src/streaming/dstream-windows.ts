import { CallSite } from "../core/call-site.ts";
import type { DurationLike } from "../core/duration.ts";
import { lazyModule } from "../platform/own-modules.ts";
import type { Aggregation } from "../rdd/aggregation.ts";
import type { Partitions } from "../rdd/partitioner.ts";
import { userFunction } from "../rdd/rdd-base.ts";
import type { Shape } from "../rdd/shape.ts";
import { StorageLevel } from "../rdd/storage-level.ts";
import type { StreamNode, WindowNode } from "./dstream/stream-node.ts";
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
  reduceByWindow(f: (a: T, b: T) => T, length: DurationLike, slide?: DurationLike): DStream<T> {
    const site = new CallSite("reduceByWindow");
    const reduce = userFunction(f, site);
    const perBatch = nodes().reduced(this.node, reduce, site);
    return this.streamContext.dstream(nodes().reduced(this.#window(perBatch, length, slide, site), reduce, site));
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
  ): DStream<[K, V]> {
    const site = new CallSite("reduceByKeyAndWindow");
    const aggregation: Aggregation = { kind: "reduce", functions: [userFunction(f, site)] };
    return this.#aggregatedByKey(aggregation, aggregation, { length, slide, partitions }, site);
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
