import type { CallSite } from "../../core/call-site.ts";
import { MillraceError } from "../../errors.ts";
import type { BatchScope } from "../../rdd/engine.ts";

/** One run of an action. */
export interface Job {
  readonly id: number;
  /** The action and the line that called it. Found when it is asked for: that takes longer than all else of a small job's start. */
  readonly description: string;
  readonly batch: BatchScope | undefined;
  /** Aborted, with a `JOB_CANCELLED` error, when the job is no longer wanted. */
  readonly signal: AbortSignal;
}

/** What a job that was cancelled rejects with. `reason` is the one the caller gave, if any. */
export function jobCancelled({ operator, location }: CallSite, reason?: unknown): MillraceError {
  const why = reason instanceof Error ? `: ${reason.message}` : reason === undefined ? "" : `: ${String(reason)}`;
  const place = { operator, site: location };
  return new MillraceError("JOB_CANCELLED", `the job was cancelled${why}`, { ...place, cause: reason });
}
