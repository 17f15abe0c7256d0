import { CallSite } from "../../core/call-site.ts";
import { lazyModule } from "../../platform/own-modules.ts";
import type { StateStreamNode } from "../dstream/stream-node.ts";
import { DStream } from "../dstream.ts";
import type { DStreamContext } from "../dstream-base.ts";

const nodes = lazyModule<typeof import("../dstream/index.ts")>(import.meta.url, "../dstream/index.ts");

/** What `mapWithState` emits, and the way to its state. */
export class MapWithStateDStream<out K, out S, out U> extends DStream<U> {
  declare protected readonly stateType?: [K, S];
  readonly #state: StateStreamNode;

  /** @internal */
  constructor(context: DStreamContext, node: StateStreamNode) {
    super(context, node);
    this.#state = node;
  }

  /**
   * All keys with their states, after each batch. That is much more than what changes: it takes as long as there are keys.
   *
   * @example
   * ```ts
   * import { type State, StateSpec } from "millrace";
   * import { testOperation } from "millrace/testing";
   *
   * const latest = StateSpec.function((plane: string, minute: number | undefined, state: State<number>) => {
   *   if (minute !== undefined) state.update(minute);
   *   return plane;
   * });
   * await testOperation({
   *   input: [[["EC-MIG", 1], ["EC-NAF", 1]], [["EC-MIG", 2]]],
   *   operation: (minutes) => minutes.mapWithState(latest).stateSnapshots(),
   *   expected: [[["EC-MIG", 1], ["EC-NAF", 1]], [["EC-MIG", 2], ["EC-NAF", 1]]],
   *   compare: "multiset",
   * });
   * ```
   */
  stateSnapshots(): DStream<[K, S]> {
    return this.streamContext.dstream(nodes().stateSnapshots(this.#state, new CallSite("stateSnapshots")));
  }
}
