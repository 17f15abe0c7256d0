/** The plan nodes of RDDs that stream templates are made of, beside `narrow`. */
import type { CallSite } from "../../core/call-site.ts";
import type { Aggregation } from "../../rdd/aggregation.ts";
import type { PlanPartitioner } from "../../rdd/partitioner.ts";
import { nextPlanId, type PlanNode } from "../../rdd/plan.ts";
import type { AnySource } from "../../rdd/source.ts";

export function sourcePlan(source: AnySource, site: CallSite): PlanNode {
  return { type: "source", id: nextPlanId(), site, source };
}

export function unionPlan(parents: readonly PlanNode[], site: CallSite): PlanNode {
  return { type: "union", id: nextPlanId(), site, parents };
}

export function repartitionPlan(parent: PlanNode, numPartitions: number, site: CallSite): PlanNode {
  return { type: "repartition", id: nextPlanId(), site, parent, numPartitions };
}

export function shufflePlan(
  parent: PlanNode,
  aggregation: Aggregation,
  partitioner: PlanPartitioner,
  site: CallSite,
): PlanNode {
  return { type: "shuffle", id: nextPlanId(), site, parent, partitioner, aggregation };
}

export function cogroupPlan(parents: readonly PlanNode[], partitioner: PlanPartitioner, site: CallSite): PlanNode {
  return { type: "cogroup", id: nextPlanId(), site, parents, partitioner };
}
