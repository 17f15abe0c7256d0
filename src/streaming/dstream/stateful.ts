import type { CallSite } from "../../core/call-site.ts";
import type { PlanPartitioner } from "../../rdd/partitioner.ts";
import type { PlanNode, UserFunction } from "../../rdd/plan.ts";
import { nextStateId, type StateOperator } from "../../rdd/state-rule.ts";
import { nextStreamId, type SnapshotStreamNode, type StateStreamNode, type StreamNode } from "./stream-node.ts";

/** What is to be known of a stateful operator, beside its parent. */
export interface StateDefinition {
  readonly operator: StateOperator;
  readonly f: UserFunction;
  readonly partitioner: PlanPartitioner;
  readonly keepsKeys: boolean;
  readonly initial: PlanNode | undefined;
  readonly timeoutMs?: number | undefined;
}

/** The pairs of each batch put through a function with the state of their keys: `mapWithState`, `updateStateByKey`. */
export function stateful(parent: StreamNode, definition: StateDefinition, site: CallSite): StateStreamNode {
  const { operator, f, partitioner, keepsKeys, initial, timeoutMs } = definition;
  return {
    type: "state",
    id: nextStreamId(),
    site,
    parents: [parent],
    slideMs: parent.slideMs,
    rule: { id: nextStateId(), operator, site, functions: [f], partitioner, keepsKeys, timeoutMs },
    initial,
    beginsAtOnce: operator === "mapWithState" || operator === "mapWithStateAt",
  };
}

/** All keys of the state, with their values, after each batch. */
export function stateSnapshots(state: StateStreamNode, site: CallSite): SnapshotStreamNode {
  return { type: "snapshot", id: nextStreamId(), site, parents: [state], slideMs: state.slideMs };
}
