import { CallSite } from "../core/call-site.ts";
import { lazyModule } from "../platform/own-modules.ts";
import type { Partitions } from "../rdd/partitioner.ts";
import type { JoinName } from "./dstream/join.ts";
import type { DStream } from "./dstream.ts";
import { sameContext } from "./dstream-base.ts";
import { DStreamPairFunctions } from "./dstream-pair-functions.ts";

const nodes = lazyModule<typeof import("./dstream/index.ts")>(import.meta.url, "./dstream/index.ts");

/**
 * The operators that bring two streams of pairs together by key, each batch with the other's batch of the same time. Both
 * must have the same slide duration.
 */
export abstract class DStreamJoins<out T> extends DStreamPairFunctions<T> {
  /**
   * In each batch, for each key of either stream, its values in this one and in `other`.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[["CDG", -2], ["CDG", -4]]],
   *   other: [[["CDG", "Paris"], ["NCE", "Nice"]]],
   *   operation: (temperatures, names) => temperatures.cogroup(names),
   *   expected: [[["CDG", [[-2, -4], ["Paris"]]], ["NCE", [[], ["Nice"]]]]],
   *   compare: "multiset",
   * });
   * ```
   */
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
    return this.#joined("join", other, partitions, new CallSite("join"));
  }

  /**
   * As {@link DStreamJoins.join}, and for each key that `other` lacks its values with `undefined`.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[["CDG", -2]], [["NCE", 14]]],
   *   other: [[["CDG", "Paris"]], []],
   *   operation: (temperatures, names) => temperatures.leftOuterJoin(names),
   *   expected: [[["CDG", [-2, "Paris"]]], [["NCE", [14, undefined]]]],
   * });
   * ```
   */
  leftOuterJoin<K, V, W>(
    this: DStream<readonly [K, V]>,
    other: DStream<readonly [K, W]>,
    partitions?: Partitions,
  ): DStream<[K, [V, W | undefined]]> {
    return this.#joined("leftOuterJoin", other, partitions, new CallSite("leftOuterJoin"));
  }

  /** As {@link DStreamJoins.join}, and for each key that this stream lacks the values of `other` with `undefined`. */
  rightOuterJoin<K, V, W>(
    this: DStream<readonly [K, V]>,
    other: DStream<readonly [K, W]>,
    partitions?: Partitions,
  ): DStream<[K, [V | undefined, W]]> {
    return this.#joined("rightOuterJoin", other, partitions, new CallSite("rightOuterJoin"));
  }

  /** As {@link DStreamJoins.join}, and for each key that one side lacks the values of the other with `undefined`. */
  fullOuterJoin<K, V, W>(
    this: DStream<readonly [K, V]>,
    other: DStream<readonly [K, W]>,
    partitions?: Partitions,
  ): DStream<[K, [V | undefined, W | undefined]]> {
    return this.#joined("fullOuterJoin", other, partitions, new CallSite("fullOuterJoin"));
  }

  #joined<U>(name: JoinName, other: DStream<unknown>, partitions: Partitions | undefined, site: CallSite): DStream<U> {
    sameContext([this, other], site);
    const partitioner = this.partitioner(partitions, site);
    return this.streamContext.dstream(nodes().joined(name, this.node, other.node, partitioner, site));
  }
}
