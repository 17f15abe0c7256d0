import { CallSite } from "../core/call-site.ts";
import type { Time } from "../core/time.ts";
import { MillraceError } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";
import type { Partitions } from "../rdd/partitioner.ts";
import type { UserFunction } from "../rdd/plan.ts";
import type { RDD } from "../rdd/rdd.ts";
import { RDDBase, userFunction } from "../rdd/rdd-base.ts";
import type { Shape } from "../rdd/shape.ts";
import type { StateOperator } from "../rdd/state-rule.ts";
import { StorageLevel } from "../rdd/storage-level.ts";
import { at } from "./dstream/stream-node.ts";
import type { DStream } from "./dstream.ts";
import { DStreamWindows } from "./dstream-windows.ts";
import type { MapWithStateDStream } from "./state/map-with-state-dstream.ts";
import { StateSpec } from "./state/state-spec.ts";
import { takesTime } from "./state/takes-time.ts";

const nodes = lazyModule<typeof import("./dstream/index.ts")>(import.meta.url, "./dstream/index.ts");

/** What a function of a whole partition gets of each key: its values in the batch, and its state, undefined where it has none. */
export type KeyUpdate<K, V, S> = [key: K, values: V[], state: S | undefined];

/**
 * The operators that keep state from batch to batch, a value for each key. The state of a key is in one partition, and that in
 * the thread that owns it; what a batch changes is written to files, from which it is made again where a thread dies.
 */
export abstract class DStreamState<out T> extends DStreamWindows<T> {
  /**
   * The state of every key after each batch: what `update` makes of the values that the batch has for the key, and of its
   * state before. `update` is called for every known key in every batch, also where there are no values; undefined removes
   * the key. So a batch takes as long as there are keys: `mapWithState` calls its function only for what a batch brings.
   *
   * Declaring four parameters, with defaults or without, `update` gets the batch's time and the key first. With `rememberPartitioner`, a boolean, in third
   * place a function of fewer gets an iterator over all keys of a partition instead, and returns their new states as pairs: a key
   * that is not among them is removed. Where the partitioner is not remembered it may return other keys, too, which the next batch finds
   * where they belong; of several pairs with one key the first is its state.
   *
   * @param partitions how many partitions, or the partitioner; by default keys are hashed into `defaultParallelism`
   * @param initialRDD what keys begin with, in the first batch that has an RDD; of several pairs with one key the first counts
   * @param rememberPartitioner whether what is emitted lies by the partitioner, so that a later operator by key need not move it
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [["a"], ["a", "b"], []],
   *   operation: (words) =>
   *     words.map((word) => [word, 1]).updateStateByKey((ones, count: number = 0) => count + ones.length),
   *   expected: [[["a", 1]], [["a", 2], ["b", 1]], [["a", 2], ["b", 1]]],
   *   compare: "multiset",
   * });
   * ```
   */
  updateStateByKey<K, V, S extends Shape>(
    this: DStream<readonly [K, V]>,
    update: (values: V[], state: S | undefined) => S | undefined,
    partitions?: Partitions,
    initialRDD?: RDD<readonly [K, S]>,
  ): DStream<[K, Exclude<S, undefined>]>;
  updateStateByKey<K, V, S extends Shape>(
    this: DStream<readonly [K, V]>,
    update: (keys: IterableIterator<KeyUpdate<K, V, S>>) => Iterable<readonly [K, S]>,
    partitions: Partitions | undefined,
    rememberPartitioner: boolean,
    initialRDD?: RDD<readonly [K, S]>,
  ): DStream<[K, S]>;
  updateStateByKey<K, V, S extends Shape>(
    this: DStream<readonly [K, V]>,
    update: (time: Time, key: K, values: V[], state: S | undefined) => S | undefined,
    partitions?: Partitions,
    rememberPartitioner?: boolean,
    initialRDD?: RDD<readonly [K, S]>,
  ): DStream<[K, Exclude<S, undefined>]>;
  updateStateByKey(
    this: DStream<readonly [unknown, unknown]>,
    update: (...args: never[]) => unknown,
    partitions?: Partitions,
    ...rest: readonly unknown[]
  ): DStream<[unknown, unknown]> {
    const site = new CallSite("updateStateByKey");
    const { graph } = this.streamContext;
    const remembers = typeof rest[0] === "boolean" ? rest[0] : undefined;
    const initial = typeof rest[0] === "boolean" || rest[0] === undefined ? (rest[1] ?? undefined) : rest[0];
    if (initial !== undefined && initial !== null && !(initial instanceof RDDBase)) {
      throw new MillraceError("INVALID_ARGUMENT", "updateStateByKey can begin only with an RDD of pairs", at(site));
    }
    const f = userFunction(update, site);
    const form = formOf(f, remembers !== undefined, site);
    const node = nodes().stateful(
      this.node,
      {
        operator: form,
        f,
        partitioner: this.partitioner(partitions, site),
        keepsKeys: remembers ?? true,
        initial: initial?.plan,
      },
      site,
    );
    graph.persist(node, StorageLevel.MEMORY_ONLY_SER, site);
    return this.streamContext.dstream(node);
  }

  /**
   * What the function of `spec` returns for each record, which it gets with the state of its key: see {@link StateSpec}. Only
   * keys that a batch has records for, or that time out, cost anything.
   *
   * @example
   * ```ts
   * import { type State, StateSpec } from "millrace";
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [["a"], ["a", "b"], []],
   *   operation: (words) =>
   *     words.map((word) => [word, 1]).mapWithState(
   *       StateSpec.function((word, one, state: State<number>) => {
   *         state.update((state.getOption() ?? 0) + (one ?? 0));
   *         return [word, state.get()];
   *       }),
   *     ),
   *   expected: [[["a", 1]], [["a", 2], ["b", 1]], []],
   *   compare: "multiset",
   * });
   * ```
   */
  mapWithState<K, V, S, U>(this: DStream<readonly [K, V]>, spec: StateSpec<K, V, S, U>): MapWithStateDStream<K, S, U> {
    const site = new CallSite("mapWithState");
    if (!(spec instanceof StateSpec)) {
      throw new MillraceError("INVALID_ARGUMENT", "mapWithState needs a StateSpec", {
        ...at(site),
        remedy: "Make one of the function: StateSpec.function(f).",
      });
    }
    const { f, withTime, initial, given, timeoutMs } = spec;
    const node = nodes().stateful(
      this.node,
      {
        operator: withTime ? "mapWithStateAt" : "mapWithState",
        f,
        partitioner: given ?? this.partitioner(undefined, site),
        keepsKeys: false,
        initial: initial?.plan,
        timeoutMs,
      },
      site,
    );
    return this.streamContext.mapWithStateDStream(node);
  }
}

/** Which operator a function of `updateStateByKey` asks for. */
function formOf(f: UserFunction, saysRemember: boolean, site: CallSite): StateOperator {
  if (takesTime(f, site)) return "updateStateByKeyAt";
  return saysRemember ? "updateStatePartition" : "updateStateByKey";
}
