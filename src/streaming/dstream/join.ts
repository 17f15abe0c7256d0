import type { CallSite } from "../../core/call-site.ts";
import type { PlanPartitioner } from "../../rdd/partitioner.ts";
import { narrow } from "../../rdd/plan.ts";
import { cogroupPlan } from "./rdd-plans.ts";
import { acrossStreams, type BatchNode, type StreamNode } from "./stream-node.ts";

/** The RDD operators that make pairs of both sides out of what a cogroup gives. */
export type JoinName = "join" | "leftOuterJoin" | "rightOuterJoin" | "fullOuterJoin";

export function joined(
  name: JoinName,
  left: StreamNode,
  right: StreamNode,
  partitioner: PlanPartitioner,
  site: CallSite,
): BatchNode {
  return acrossStreams([left, right], site, (rdds) =>
    narrow(cogroupPlan(rdds, partitioner, site), name, [], site, { keepsKeys: true }),
  );
}
