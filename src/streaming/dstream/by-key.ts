import type { CallSite } from "../../core/call-site.ts";
import type { Aggregation } from "../../rdd/aggregation.ts";
import type { PlanPartitioner } from "../../rdd/partitioner.ts";
import { shufflePlan } from "./rdd-plans.ts";
import { type BatchNode, perBatch, type StreamNode } from "./stream-node.ts";

/** The pairs of each batch brought together by key: `reduceByKey`, `groupByKey` and `combineByKey` differ in the aggregation. */
export function aggregatedByKey(
  parent: StreamNode,
  aggregation: Aggregation,
  partitioner: PlanPartitioner,
  site: CallSite,
): BatchNode {
  return perBatch(parent, site, (rdd) => shufflePlan(rdd, aggregation, partitioner, site), {
    functions: aggregation.functions,
  });
}
