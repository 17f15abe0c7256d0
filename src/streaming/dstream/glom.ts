import type { CallSite } from "../../core/call-site.ts";
import { narrow } from "../../rdd/plan.ts";
import { type BatchNode, perBatch, type StreamNode } from "./stream-node.ts";

export function glommed(parent: StreamNode, site: CallSite): BatchNode {
  return perBatch(parent, site, (rdd) => narrow(rdd, "glom", [], site));
}
