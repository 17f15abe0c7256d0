import type { CallSite } from "../../core/call-site.ts";
import type { MapAsyncRule } from "../../rdd/operators/map-async.ts";
import { narrow, type UserFunction } from "../../rdd/plan.ts";
import { type BatchNode, perBatch, type StreamNode } from "./stream-node.ts";

export function mappedAsync(parent: StreamNode, f: UserFunction, argument: MapAsyncRule, site: CallSite): BatchNode {
  return perBatch(parent, site, (rdd) => narrow(rdd, "mapAsync", [f], site, { argument }), { functions: [f] });
}
