import type { StoredBlock } from "../../core/block.ts";
import type { PlanPartitioner } from "../../rdd/partitioner.ts";
import { type PlanNode, parentsOf } from "../../rdd/plan.ts";
import { sectionOf } from "./executor/section-writer.ts";
import type { OwnedBlock } from "./owned-block.ts";
import type { PlannedNode } from "./planner.ts";

/** A place where records cross from every partition of `parent` to the partitions of `node`. */
export interface ShuffleDependency {
  /** The same for the same place in the same plan. */
  readonly key: string;
  readonly node: Extract<PlanNode, { type: "shuffle" | "cogroup" | "repartition" | "partitionBy" | "state" }>;
  readonly parent: PlanNode;
  readonly numPartitions: number;
  /** What places the pairs; none where records are dealt out in turn. */
  readonly partitioner: PlanPartitioner | undefined;
}

/** The shuffles right above a node: none where its parents already lie as it needs them. */
export function shufflesOf(node: PlanNode, planned: PlannedNode): ShuffleDependency[] {
  switch (node.type) {
    case "shuffle":
    case "repartition":
    case "partitionBy":
      return isAligned(planned, 0) ? [] : [dependency(node, node.parent, 0, planned)];
    case "cogroup":
    case "state":
      return parentsOf(node).flatMap((parent, i) =>
        isAligned(planned, i) ? [] : [dependency(node, parent, i, planned)],
      );
    default:
      return [];
  }
}

/** Whether parent `i` is partitioned as the node is, so that its pairs need not move. */
export function isAligned({ partitioner, placing = partitioner, parents }: PlannedNode, i: number): boolean {
  return placing?.equals(parents[i]!.partitioner) ?? false;
}

function dependency(
  node: ShuffleDependency["node"],
  parent: PlanNode,
  i: number,
  { numPartitions, partitioner, placing = partitioner }: PlannedNode,
): ShuffleDependency {
  return { key: shuffleKey(node, i), node, parent, numPartitions, partitioner: placing };
}

export function shuffleKey(node: PlanNode, parent: number): string {
  return `${node.id}/${parent}`;
}

/** What one map task has written. */
export interface MapOutput {
  readonly block: OwnedBlock<StoredBlock>;
  readonly offsets: readonly number[];
}

/** The sections for one partition in the order of the map partitions, so that results are deterministic. */
export function sectionsFor(outputs: readonly MapOutput[], partition: number): StoredBlock[] {
  return outputs.flatMap(({ block: { handle: block }, offsets }) => sectionOf({ block, offsets }, partition));
}

/** The partitions of a coalesced node's parent that partition `i` of `n` is made of: neighbours, as slices are cut. */
export function coalesced(i: number, n: number, ofParent: number): number[] {
  const from = Math.floor((i * ofParent) / n);
  return Array.from({ length: Math.floor(((i + 1) * ofParent) / n) - from }, (_, j) => from + j);
}

/** The partitions of the parents of a cartesian product that its partition `i` is made of. */
export function factors(i: number, { parents }: PlannedNode): [left: number, right: number] {
  const ofRight = parents[1]!.numPartitions;
  return [Math.floor(i / ofRight), i % ofRight];
}
