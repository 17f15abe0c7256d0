import type { CallSite } from "../../core/call-site.ts";
import { repartitionPlan } from "./rdd-plans.ts";
import { type BatchNode, perBatch, type StreamNode } from "./stream-node.ts";

/** As in Spark, where it is a transform, a batch without an RDD fails: `NO_RDD` (S5). */
export function repartitioned(parent: StreamNode, numPartitions: number, site: CallSite): BatchNode {
  return perBatch(parent, site, (rdd) => repartitionPlan(rdd, numPartitions, site), { onMissing: "fail" });
}
