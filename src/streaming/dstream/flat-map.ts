import type { CallSite } from "../../core/call-site.ts";
import { narrow, type UserFunction } from "../../rdd/plan.ts";
import { type BatchNode, perBatch, type StreamNode } from "./stream-node.ts";

export function flatMapped(parent: StreamNode, f: UserFunction, site: CallSite): BatchNode {
  return perBatch(parent, site, (rdd) => narrow(rdd, "flatMap", [f], site), { functions: [f] });
}
