import type { CallSite } from "../../core/call-site.ts";
import { narrow, type UserFunction } from "../../rdd/plan.ts";
import { type BatchNode, perBatch, type StreamNode } from "./stream-node.ts";

export function mappedPartitions(parent: StreamNode, f: UserFunction, keepsKeys: boolean, site: CallSite): BatchNode {
  return perBatch(parent, site, (rdd) => narrow(rdd, "mapPartitions", [f], site, { keepsKeys }), { functions: [f] });
}
