/**
 * The state of one key, as a function of `mapWithState` gets it. It is the function's to read and change until it returns.
 *
 * A state that is timing out can only be read: its key is removed after the call. After `remove()` neither `update` nor
 * `remove` may follow. What breaks these rules throws `STATE_MISUSED`.
 *
 * Its value is replaced by `update`, as a whole: an object that was got from it and changed, without an `update`, is a change
 * that may be lost.
 *
 * @example
 * ```ts
 * import { type State, StateSpec } from "millrace";
 * import { testOperation } from "millrace/testing";
 *
 * function total(plane: string, minutes: number | undefined, state: State<number>): [string, number] {
 *   const sum = (state.getOption() ?? 0) + (minutes ?? 0);
 *   if (!state.isTimingOut()) state.update(sum);
 *   return [plane, sum];
 * }
 * await testOperation({
 *   input: [[["EC-MIG", 50], ["EC-MIG", 10]], [["EC-MIG", 5]]],
 *   operation: (flights) => flights.mapWithState(StateSpec.function(total)),
 *   expected: [[["EC-MIG", 50], ["EC-MIG", 60]], [["EC-MIG", 65]]],
 * });
 * ```
 */
export interface State<S> {
  /** Whether it has a value. */
  exists(): boolean;
  /** Its value. Throws `STATE_MISUSED` where it has none. */
  get(): S;
  /** Its value, or undefined where it has none. */
  getOption(): S | undefined;
  /** Sets its value: anything that can cross threads, but not undefined. */
  update(value: S): void;
  /** Removes the key, once the function has returned. */
  remove(): void;
  /** Whether the call is the last one for its key, which no record has touched for longer than the timeout. */
  isTimingOut(): boolean;
}
