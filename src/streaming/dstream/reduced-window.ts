import type { CallSite } from "../../core/call-site.ts";
import type { PlanPartitioner } from "../../rdd/partitioner.ts";
import { HashPartitioner } from "../../rdd/partitioner.ts";
import { narrow, type UserFunction } from "../../rdd/plan.ts";
import { nextStateId } from "../../rdd/state-rule.ts";
import { shufflePlan } from "./rdd-plans.ts";
import {
  type BatchNode,
  nextStreamId,
  perBatch,
  type StateStreamNode,
  type StreamNode,
  type WindowNode,
} from "./stream-node.ts";

/** How windows are made of each other. */
export interface WindowFunctions {
  readonly reduce: UserFunction;
  readonly inverse: UserFunction;
  /** Whether a pair stays. */
  readonly filter?: UserFunction | undefined;
}

/**
 * Windows over batches that have been reduced by key, each made of the one before: what leaves is taken out, what enters is
 * added (S4). The window before is the state of an operator, and lies by the partitioner of the batches, so that nothing
 * moves.
 */
export function reducedIncrementally(
  window: WindowNode,
  { reduce, inverse, filter }: WindowFunctions,
  partitioner: PlanPartitioner,
  site: CallSite,
): StateStreamNode {
  return {
    type: "state",
    id: nextStreamId(),
    site,
    parents: window.parents,
    slideMs: window.slideMs,
    windowMs: window.windowMs,
    rule: {
      id: nextStateId(),
      operator: "reduceWindow",
      site,
      functions: filter === undefined ? [reduce, inverse] : [reduce, inverse, filter],
      partitioner,
      keepsKeys: true,
      emitsState: true,
      timeoutMs: undefined,
    },
    initial: undefined,
    beginsAtOnce: true,
  };
}

/** The pairs of what has no keys all have this one. */
const onlyKey = () => null;

/** Where the pairs of what has no keys lie. */
export const ONE_PARTITION = new HashPartitioner(1);

/** What is left of each batch by `reduce`, as the one pair of a stream of pairs; none from an empty batch. */
export function reducedToPair(parent: StreamNode, reduce: UserFunction, site: CallSite): BatchNode {
  return perBatch(
    parent,
    site,
    (rdd) => {
      const pairs = narrow(narrow(rdd, "reduce", [reduce], site), "keyBy", [onlyKey], site);
      return shufflePlan(pairs, { kind: "reduce", functions: [reduce] }, ONE_PARTITION, site);
    },
    { functions: [reduce, onlyKey] },
  );
}

const one = () => 1;

/** A one for each record. */
export function ones(parent: StreamNode, site: CallSite): BatchNode {
  return perBatch(parent, site, (rdd) => narrow(rdd, "map", [one], site), { functions: [one] });
}

/** The values of a stream of pairs. */
export function valuesOf(parent: StreamNode, site: CallSite): BatchNode {
  return perBatch(parent, site, (rdd) => narrow(rdd, "values", [], site));
}

/** How windows of numbers that are counts are made of each other; one that is over goes. */
export const COUNTS: Required<WindowFunctions> = {
  reduce: (a: number, b: number) => a + b,
  inverse: (a: number, b: number) => a - b,
  filter: ([, count]: readonly [unknown, number]) => count !== 0,
};
