import type { CallSite } from "../../core/call-site.ts";
import type { PlanPartitioner } from "../../rdd/partitioner.ts";
import { narrow } from "../../rdd/plan.ts";
import { shufflePlan } from "./rdd-plans.ts";
import { type BatchNode, perBatch, type StreamNode } from "./stream-node.ts";

export function countedByValue(parent: StreamNode, partitioner: PlanPartitioner, site: CallSite): BatchNode {
  return perBatch(parent, site, (rdd) =>
    shufflePlan(narrow(rdd, "recordAsKey", [], site), { kind: "count", functions: [] }, partitioner, site),
  );
}
