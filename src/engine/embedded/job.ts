import type { CallSite } from "../../core/call-site.ts";
import { MillraceError } from "../../errors.ts";
import type { BatchScope } from "../../rdd/engine.ts";

interface JobParts {
  readonly id: number;
  /** The action. */
  readonly site: CallSite;
  readonly batch: BatchScope | undefined;
  readonly signal: AbortSignal;
}

/** One run of an action. */
export class Job {
  readonly id: number;
  readonly batch: BatchScope | undefined;
  /** Aborted, with a `JOB_CANCELLED` error, when the job is no longer wanted. */
  readonly signal: AbortSignal;
  readonly #site: CallSite;

  constructor({ id, site, batch, signal }: JobParts) {
    this.id = id;
    this.batch = batch;
    this.signal = signal;
    this.#site = site;
  }

  /** The action and the line that called it. Found when it is asked for: that takes longer than all else of a small job's start. */
  get description(): string {
    return String(this.#site.location === "" ? (this.batch?.site ?? this.#site) : this.#site);
  }
}

/** What a job that was cancelled rejects with. `reason` is the one the caller gave, if any. */
export function jobCancelled({ operator, location }: CallSite, reason?: unknown): MillraceError {
  const why = reason instanceof Error ? `: ${reason.message}` : reason === undefined ? "" : `: ${String(reason)}`;
  const place = { operator, site: location };
  return new MillraceError("JOB_CANCELLED", `the job was cancelled${why}`, { ...place, cause: reason });
}
