import type { CallSite } from "../../core/call-site.ts";
import { userFrame } from "../../core/call-site.ts";
import { type ErrorDetails, fromWire, isMillraceError, MillraceError, withPlace } from "../../errors.ts";
import type { TaskFailure } from "./executor/protocol.ts";

/**
 * The error that a caller gets for a failed task: millrace's own, with its place; or what the program's function threw,
 * with its message, its file and line, the operator and the partition, and the original as the cause.
 */
export function taskError(
  { node, error }: TaskFailure,
  sites: ReadonlyMap<number, CallSite>,
  partition: number,
): MillraceError {
  const thrown = fromWire(error);
  const site = node === undefined ? undefined : sites.get(node);
  const place: ErrorDetails = { operator: site?.operator, site: site?.location, partition };
  if (isMillraceError(thrown)) return withPlace(thrown, place);
  const frame = userFrame(thrown.stack ?? "");
  const what = `${thrown.name === "Error" ? "" : `${thrown.name}: `}${thrown.message}${frame ? `\n    at ${frame}` : ""}`;
  return new MillraceError(node === undefined ? "INTERNAL" : "CLOSURE_FAILED", what, { ...place, cause: thrown });
}
