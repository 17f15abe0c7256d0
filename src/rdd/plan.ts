/**
 * The plan of an RDD: an immutable tree of a few kinds of nodes, which hold data, rules and the program's functions, and
 * neither a context nor an engine. Engines are readers of this tree; the facade ({@link RDD}) is what users see of it.
 */
import type { CallSite } from "../core/call-site.ts";
import type { Aggregation } from "./aggregation.ts";
import type { OperatorName } from "./operators/index.ts";
import type { PartitionerRule } from "./partitioner.ts";
import type { AnySource } from "./source.ts";
import type { StateRule } from "./state-rule.ts";

/** A function of the program, as it is kept in plans. */
export type UserFunction = (...args: never[]) => unknown;

interface PlanBase {
  /** Unique in the process; a node made later has a higher one. */
  readonly id: number;
  readonly site: CallSite;
}

/** Where records come from. */
export interface SourceNode extends PlanBase {
  readonly type: "source";
  readonly source: AnySource;
}

/** One operator over each record, or each partition, of one parent. */
export interface NarrowNode extends PlanBase {
  readonly type: "narrow";
  readonly parent: PlanNode;
  /** @internal By its name, so that a plan is data, and that making one loads no operator. */
  readonly operator: OperatorName;
  readonly functions: readonly UserFunction[];
  /** A plain value for the operator, as the n of a limit. */
  readonly argument?: unknown;
  /** Keys stay what they are, so the parent's partitioner still holds. */
  readonly keepsKeys: boolean;
}

/** The parents' partitions, one parent after the other. */
export interface UnionNode extends PlanBase {
  readonly type: "union";
  readonly parents: readonly PlanNode[];
}

/** Pairs brought together by key and aggregated. */
export interface ShuffleNode extends PlanBase {
  readonly type: "shuffle";
  readonly parent: PlanNode;
  readonly partitioner: PartitionerRule;
  readonly aggregation: Aggregation;
}

/** Records dealt out evenly over a number of partitions, whatever they are. */
export interface RepartitionNode extends PlanBase {
  readonly type: "repartition";
  readonly parent: PlanNode;
  readonly numPartitions: number;
}

/** Pairs moved to the partitions of their keys, and otherwise left as they are. */
export interface PartitionByNode extends PlanBase {
  readonly type: "partitionBy";
  readonly parent: PlanNode;
  readonly partitioner: PartitionerRule;
}

/** The parent's partitions, several of them one after the other in each: fewer partitions without a shuffle. */
export interface CoalesceNode extends PlanBase {
  readonly type: "coalesce";
  readonly parent: PlanNode;
  /** Not more than the parent has, even where it is more. */
  readonly numPartitions: number;
}

/** The values of each key, grouped by parent: `[key, [values of the first, values of the second, ...]]`. */
export interface CoGroupNode extends PlanBase {
  readonly type: "cogroup";
  readonly parents: readonly PlanNode[];
  readonly partitioner: PartitionerRule;
}

/** Records of two parents side by side (`zip`), or each of the one with each of the other (`cartesian`). */
export interface PairingNode extends PlanBase {
  readonly type: "zip" | "cartesian";
  readonly parents: readonly [left: PlanNode, right: PlanNode];
}

/**
 * What a stateful operator makes of the pairs of one batch, and of its state after the batch before. The batches of an
 * operator are computed in order, and each once: what it has emitted is kept until the batch is forgotten.
 */
export interface StateNode extends PlanBase {
  readonly type: "state";
  readonly parent: PlanNode;
  /** Pairs that the state begins with: in the first batch, if at all. */
  readonly initial: PlanNode | undefined;
  /** Pairs that go out of a window in this batch, while those of the parent come in. */
  readonly leaving: PlanNode | undefined;
  readonly rule: StateRule;
  /** Milliseconds since the epoch. */
  readonly batchTime: number;
  /** The batch before. Held weakly: one that has been computed is in the state, and may be forgotten. */
  readonly previous: WeakRef<StateNode> | undefined;
  /** Keys last touched before this time are timed out in this batch; undefined where none are looked for. */
  readonly timeOutBefore: number | undefined;
  /** Whether somebody wants all keys of the batch: a {@link SnapshotNode}. */
  readonly snapshot: boolean;
  /** Whether all keys are written after the batch, and not only those that it has changed. */
  readonly writesAll: boolean;
}

/** All keys of a state after a batch, with their values. */
export interface SnapshotNode extends PlanBase {
  readonly type: "snapshot";
  readonly parent: StateNode;
}

export type PlanNode =
  | SourceNode
  | NarrowNode
  | UnionNode
  | CoalesceNode
  | ShuffleNode
  | RepartitionNode
  | PartitionByNode
  | CoGroupNode
  | PairingNode
  | StateNode
  | SnapshotNode;

let lastId = 0;

/** The id for a new node. */
export function nextPlanId(): number {
  return ++lastId;
}

/** The id of the newest node there is. */
export function newestPlanId(): number {
  return lastId;
}

export function narrow(
  parent: PlanNode,
  operator: OperatorName,
  functions: readonly UserFunction[],
  site: CallSite,
  { argument, keepsKeys = false }: { argument?: unknown; keepsKeys?: boolean } = {},
): NarrowNode {
  return { type: "narrow", id: nextPlanId(), site, parent, operator, functions, argument, keepsKeys };
}

export function parentsOf(node: PlanNode): readonly PlanNode[] {
  switch (node.type) {
    case "source":
      return [];
    case "union":
    case "cogroup":
    case "zip":
    case "cartesian":
      return node.parents;
    case "state":
      return [node.parent, node.initial ?? node.leaving].filter((parent) => parent !== undefined);
    default:
      return [node.parent];
  }
}
