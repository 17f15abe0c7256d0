import type { CallSite } from "../../core/call-site.ts";
import { narrow, type UserFunction } from "../../rdd/plan.ts";
import { type BatchNode, perBatch, type StreamNode } from "./stream-node.ts";

export function flatMappedValues(parent: StreamNode, f: UserFunction, site: CallSite): BatchNode {
  return perBatch(parent, site, (rdd) => narrow(rdd, "flatMapValues", [f], site, { keepsKeys: true }), {
    functions: [f],
  });
}
