import type { CallSite } from "../../core/call-site.ts";
import { Time } from "../../core/time.ts";
import { describeThrown, isMillraceError, MillraceError } from "../../errors.ts";
import { RDD } from "../../rdd/rdd.ts";
import {
  at,
  commonSlide,
  nextStreamId,
  type StreamNode,
  type TransformFunction,
  type TransformNode,
} from "./stream-node.ts";

export function transformed(parents: readonly StreamNode[], f: TransformFunction, site: CallSite): TransformNode {
  return { type: "transform", id: nextStreamId(), site, parents, slideMs: commonSlide(parents, site), f };
}

/** Calls the function of a transform, and checks that what it returns is an RDD. */
export async function callTransform(
  { f, site }: TransformNode,
  rdds: readonly RDD<unknown>[],
  time: number,
): Promise<RDD<unknown>> {
  let result: unknown;
  try {
    result = await f(rdds, new Time(time));
  } catch (cause) {
    if (isMillraceError(cause)) throw cause;
    const what = `the function of ${site.operator} failed in the batch of ${time} ms: ${describeThrown(cause)}`;
    throw new MillraceError("CALLBACK_FAILED", what, { ...at(site), cause });
  }
  if (result instanceof RDD) return result;
  const missing = result === null || result === undefined;
  const what = `the function of ${site.operator} must return an RDD, not ${missing ? result : typeof result}`;
  throw new MillraceError(missing ? "NO_RDD" : "INVALID_ARGUMENT", what, {
    ...at(site),
    remedy: "Return the RDD it was given, or one made from it; sparkContext.emptyRDD() stands for no records.",
  });
}
