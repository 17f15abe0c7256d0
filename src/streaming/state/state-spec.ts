import { CallSite } from "../../core/call-site.ts";
import type { DurationLike } from "../../core/duration.ts";
import { givenDuration } from "../../core/given-duration.ts";
import type { Time } from "../../core/time.ts";
import { MillraceError } from "../../errors.ts";
import { planPartitioner } from "../../rdd/given-partitioner.ts";
import type { Partitioner, PlanPartitioner } from "../../rdd/partitioner.ts";
import type { UserFunction } from "../../rdd/plan.ts";
import type { RDD } from "../../rdd/rdd.ts";
import { RDDBase, userFunction } from "../../rdd/rdd-base.ts";
import type { Shape } from "../../rdd/shape.ts";
import { at } from "../dstream/stream-node.ts";
import type { State } from "./state.ts";
import { takesTime } from "./takes-time.ts";

// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement returns nothing, too
type Nothing = undefined | void;

/** What a function of `mapWithState` may return. */
type Emitted = Shape | Nothing;

/**
 * What `mapWithState` is to do: its function, and where it differs from the usual, what the state begins with, how it is
 * partitioned, and when a key that has gone silent is removed. Each method changes the specification and returns it.
 *
 * @example
 * ```ts
 * import { type State, StateSpec } from "millrace";
 * import { testOperation } from "millrace/testing";
 *
 * await testOperation({
 *   input: [["a", "b"], ["a"], [], []],
 *   operation: (words) =>
 *     words
 *       .map((word) => [word, 1])
 *       .mapWithState(
 *         StateSpec.function((word: string, one: number | undefined, state: State<number>) => {
 *           if (state.isTimingOut()) return `no more ${word}`;
 *           state.update((state.getOption() ?? 0) + (one ?? 0));
 *           return `${word} ${state.get()}`;
 *         }).timeout("1 second"),
 *       ),
 *   expected: [["a 1", "b 1"], ["a 2"], ["no more b"], ["no more a"]],
 *   compare: "multiset",
 * });
 * ```
 */
export class StateSpec<in K, in V, in out S, out U> {
  declare protected readonly types?: (key: K, value: V, state: S) => U;
  /** @internal */
  readonly f: UserFunction;
  /** @internal Whether the function gets the time first. */
  readonly withTime: boolean;
  /** @internal */
  initial: RDD<readonly [unknown, unknown]> | undefined;
  /** @internal */
  given: PlanPartitioner | undefined;
  /** @internal */
  timeoutMs: number | undefined;

  private constructor(f: UserFunction, withTime: boolean) {
    this.f = f;
    this.withTime = withTime;
  }

  /**
   * A specification with this function, which is called once for each record with the state of its key, in the order of the
   * partition, and sees what earlier calls of the same batch have left. What it returns is emitted.
   *
   * One that declares four parameters, with defaults or without, gets the batch's time first, and emits nothing where it returns
   * undefined. When a key times out, `value` is undefined and `state.isTimingOut()` holds.
   *
   * Throws `INVALID_ARGUMENT` for a function with a rest parameter in place of any of the four: it does not say which form it is.
   */
  static function<K, V, S, U extends Emitted>(
    f: (key: K, value: V | undefined, state: State<S>) => U,
  ): StateSpec<K, V, S, U>;
  static function<K, V, S, U extends Emitted>(
    f: (time: Time, key: K, value: V | undefined, state: State<S>) => U,
  ): StateSpec<K, V, S, Exclude<U, Nothing>>;
  static function(f: (...args: never[]) => unknown): StateSpec<never, never, unknown, unknown> {
    const site = new CallSite("StateSpec.function");
    const checked = userFunction(f, site);
    return new StateSpec(checked, takesTime(checked, site));
  }

  /** Keys and the states that they begin with, in the first batch. Of several pairs with one key the last counts. */
  initialState(pairs: RDD<readonly [K, S]>): this {
    if (!(pairs instanceof RDDBase)) {
      throw new MillraceError("INVALID_ARGUMENT", "initialState needs an RDD of pairs of a key and its state", {
        operator: "initialState",
        remedy: "Make one of an array with sparkContext.parallelize().",
      });
    }
    this.initial = pairs as RDD<readonly [unknown, unknown]>;
    return this;
  }

  /** How many partitions the state has; `defaultParallelism` by default. */
  numPartitions(n: number): this {
    this.given = planPartitioner(n, new CallSite("numPartitions"));
    return this;
  }

  /** What places the keys of the state; by default they are hashed. */
  partitioner(partitioner: Partitioner): this {
    this.given = planPartitioner(partitioner, new CallSite("partitioner"));
    return this;
  }

  /**
   * Removes a key that no record has touched for longer than `idle`, in batch time. The function is called once more for it, in
   * the first batch after that, with no value.
   */
  timeout(idle: DurationLike): this {
    const site = new CallSite("timeout");
    const { milliseconds } = givenDuration(idle, site);
    if (milliseconds <= 0) {
      throw new MillraceError("INVALID_ARGUMENT", `a timeout of ${milliseconds} ms is too short`, at(site));
    }
    this.timeoutMs = milliseconds;
    return this;
  }
}
