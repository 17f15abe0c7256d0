import type { CallSite } from "../../core/call-site.ts";
import type { DurationLike } from "../../core/duration.ts";
import { givenDuration } from "../../core/given-duration.ts";
import { MillraceError } from "../../errors.ts";
import type { BorderOperator } from "../operator.ts";

/** How `mapAsync` calls its function. */
export interface MapAsyncOptions {
  /** How many calls of a partition are under way at most; 16 by default. */
  readonly concurrency?: number;
  /** Whether results keep the order of the records, as they do by default, or come as they are ready. */
  readonly ordered?: boolean;
  /** A call that takes longer fails its task with `ASYNC_TIMEOUT`; by default calls may take as long as they like. */
  readonly timeout?: DurationLike;
}

/** The argument of {@link mapAsync}. */
export interface MapAsyncRule {
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly timeoutMs: number | undefined;
}

export const mapAsync: BorderOperator = { type: "border", name: "mapAsync" };

export function mapAsyncRule(
  { concurrency = 16, ordered = true, timeout }: MapAsyncOptions,
  site: CallSite,
): MapAsyncRule {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new MillraceError("INVALID_ARGUMENT", `the concurrency must be an integer from 1 on, not ${concurrency}`, {
      operator: site.operator,
      site: site.location,
    });
  }
  return {
    concurrency,
    ordered,
    timeoutMs: timeout === undefined ? undefined : givenDuration(timeout, site).milliseconds,
  };
}
