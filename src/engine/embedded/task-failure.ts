import type { CallSite } from "../../core/call-site.ts";
import { userFrame } from "../../core/call-site.ts";
import {
  describeThrown,
  type ErrorDetails,
  fromWire,
  isMillraceError,
  MillraceError,
  withPlace,
} from "../../errors.ts";
import type { TaskFailure } from "./executor/protocol.ts";

/**
 * The error that a caller gets for a failed task: millrace's own, with its place; or what the program's function threw,
 * with its message, its file and line, the operator and the partition, and the original as the cause. What was no operator's
 * doing, as a thread's end, is placed at the `last` of the stage.
 */
export function taskError(
  { node, error }: TaskFailure,
  sites: ReadonlyMap<number, CallSite>,
  last: CallSite,
  partition: number,
): MillraceError {
  const thrown = fromWire(error);
  const site = (node === undefined ? undefined : sites.get(node)) ?? last;
  const place: ErrorDetails = { operator: site.operator, site: site.location, partition };
  if (isMillraceError(thrown)) return withPlace(thrown, place);
  const frame = userFrame(thrown.stack ?? "");
  const what = `${thrown.name === "Error" ? "" : `${thrown.name}: `}${thrown.message}${frame ? `\n    at ${frame}` : ""}`;
  return new MillraceError(node === undefined ? "INTERNAL" : "CLOSURE_FAILED", what, { ...place, cause: thrown });
}

/** Why the driver cannot read what a task has sent: a record is too deep for its stack, or a codec of the program's threw. */
export function resultError(thrown: unknown, { operator, location }: CallSite): MillraceError {
  const place = { operator, site: location };
  if (isMillraceError(thrown)) return withPlace(thrown, place);
  return new MillraceError("CLOSURE_FAILED", describeThrown(thrown), { ...place, cause: thrown });
}
