import type { CallSite } from "../../core/call-site.ts";
import { narrow, type UserFunction } from "../../rdd/plan.ts";
import { repartitionPlan } from "./rdd-plans.ts";
import { type BatchNode, perBatch, type StreamNode } from "./stream-node.ts";

/**
 * One record a batch, none from an empty one: partitions are reduced where they are, and what is left of them meets in
 * one partition.
 */
export function reduced(parent: StreamNode, f: UserFunction, site: CallSite): BatchNode {
  return perBatch(
    parent,
    site,
    (rdd) => {
      const parts = narrow(rdd, "reduce", [f], site);
      return narrow(repartitionPlan(parts, 1, site), "reduce", [f], site);
    },
    { functions: [f] },
  );
}
