import type { CallSite } from "../../core/call-site.ts";
import { repartitionPlan } from "./rdd-plans.ts";
import { type BatchNode, perBatch, type StreamNode } from "./stream-node.ts";

export function repartitioned(parent: StreamNode, numPartitions: number, site: CallSite): BatchNode {
  return perBatch(parent, site, (rdd) => repartitionPlan(rdd, numPartitions, site));
}
