import type { CallSite } from "../../core/call-site.ts";
import {
  commonSlide,
  nextStreamId,
  type StreamNode,
  type TransformFunction,
  type TransformNode,
} from "./stream-node.ts";

export function transformed(parents: readonly StreamNode[], f: TransformFunction, site: CallSite): TransformNode {
  return { type: "transform", id: nextStreamId(), site, parents, slideMs: commonSlide(parents, site), f };
}
