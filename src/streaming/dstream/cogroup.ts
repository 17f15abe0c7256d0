import type { CallSite } from "../../core/call-site.ts";
import type { PlanPartitioner } from "../../rdd/partitioner.ts";
import { cogroupPlan } from "./rdd-plans.ts";
import { acrossStreams, type BatchNode, type StreamNode } from "./stream-node.ts";

export function cogrouped(parents: readonly StreamNode[], partitioner: PlanPartitioner, site: CallSite): BatchNode {
  return acrossStreams(parents, site, (rdds) => cogroupPlan(rdds, partitioner, site));
}
