import type { CallSite } from "../../core/call-site.ts";
import { MillraceError } from "../../errors.ts";
import type { BatchScope } from "../../rdd/engine.ts";

interface JobParts {
  readonly id: number;
  /** The action. */
  readonly site: CallSite;
  readonly batch: BatchScope | undefined;
}

/** One run of an action. */
export class Job {
  readonly id: number;
  readonly batch: BatchScope | undefined;
  /** Aborted, with a `JOB_CANCELLED` error, when the job is no longer wanted. */
  readonly signal = new JobSignal();
  readonly #site: CallSite;

  constructor({ id, site, batch }: JobParts) {
    this.id = id;
    this.batch = batch;
    this.#site = site;
  }

  /** It rejects with `JOB_CANCELLED`, unless it has ended. `reason` is the one the caller gave, if any. */
  cancel(reason?: unknown): void {
    const why = reason instanceof Error ? `: ${reason.message}` : reason === undefined ? "" : `: ${String(reason)}`;
    const { operator, location } = this.#site;
    const place = { operator, site: location };
    this.signal.abort(new MillraceError("JOB_CANCELLED", `the job was cancelled${why}`, { ...place, cause: reason }));
  }

  /** The action and the line that called it. Found when it is asked for: that takes longer than all else of a small job's start. */
  get description(): string {
    return String(this.#site.location === "" ? (this.batch?.site ?? this.#site) : this.#site);
  }
}

/** What an AbortSignal is, for one job. One of the platform's takes longer to make and to listen to than all else of a small job's start. */
export class JobSignal {
  #reason: MillraceError | undefined;
  readonly #listeners = new Set<() => void>();

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): MillraceError | undefined {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** Calls `listener` when it is aborted; never where it has been. */
  addListener(listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeListener(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Only the first reason counts. */
  abort(reason: MillraceError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}
