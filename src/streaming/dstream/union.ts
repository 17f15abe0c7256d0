import type { CallSite } from "../../core/call-site.ts";
import { unionPlan } from "./rdd-plans.ts";
import { acrossStreams, type BatchNode, type StreamNode } from "./stream-node.ts";

export function unioned(parents: readonly StreamNode[], site: CallSite): BatchNode {
  return acrossStreams(parents, site, (rdds) => unionPlan(rdds, site));
}
