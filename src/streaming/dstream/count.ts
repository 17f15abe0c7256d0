import type { CallSite } from "../../core/call-site.ts";
import { narrow } from "../../rdd/plan.ts";
import { parallelizeSource } from "../../rdd/sources/parallelize.ts";
import { repartitionPlan, sourcePlan, unionPlan } from "./rdd-plans.ts";
import { type BatchNode, perBatch, type StreamNode } from "./stream-node.ts";

const add = (a: number, b: number) => a + b;

/**
 * Exactly one number a batch. Each partition is counted where it is, and the counts meet in one partition; a zero joins
 * them, because a batch may have no partition at all. As in Spark, a batch without an RDD has no count: `NO_RDD`.
 */
export function counted(parent: StreamNode, site: CallSite): BatchNode {
  const zero = sourcePlan(parallelizeSource([0], 1), site);
  return perBatch(
    parent,
    site,
    (rdd) => {
      const counts = unionPlan([narrow(rdd, "count", [], site), zero], site);
      return narrow(repartitionPlan(counts, 1, site), "reduce", [add], site);
    },
    { functions: [add], onMissing: "fail" },
  );
}
