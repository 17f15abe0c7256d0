/** What actions do on the driver: run a job, and put together what the partitions gave. */
import { CallSite } from "../core/call-site.ts";
import { isPromiseLike } from "../core/promise-like.ts";
import { describeThrown, isMillraceError, MillraceError, withPlace } from "../errors.ts";
import { asyncResult } from "../serializer/refusals.ts";
import type { PlanNode } from "./plan.ts";
import type { RddContext } from "./rdd-base.ts";

/** What every action takes, last. */
export interface ActionOptions {
  /** Aborting it cancels the action's jobs; the action rejects with `JOB_CANCELLED`. */
  readonly signal?: AbortSignal;
}

/** Runs an action. It is no async function of its own, so that its engine sees whether the promise it returns is awaited. */
export function act<R>(
  context: RddContext,
  name: string,
  options: ActionOptions | undefined,
  body: (site: CallSite) => Promise<R>,
): Promise<R> {
  const site = new CallSite(name);
  return context.engine.act({ site, signal: options?.signal }, () => body(site));
}

/** The records of these partitions of a plan, all of them by default, in partition order. */
export async function recordsOf<U>(
  context: RddContext,
  plan: PlanNode,
  site: CallSite,
  partitions?: readonly number[],
): Promise<U[]> {
  let all: U[] = [];
  const job = partitions === undefined ? { site } : { site, partitions };
  for await (const { records } of context.engine.run(plan, job)) {
    if (all.length === 0) all = records as U[];
    else for (const record of records) all.push(record as U);
  }
  return all;
}

/** A function of the program with which the driver merges what partitions gave: it fails as it would fail in a task. */
export function onDriver<A, B, R>(f: (a: A, b: B) => R, site: CallSite): (a: A, b: B) => R {
  return (a, b) =>
    placed(site, () => {
      const result = f(a, b);
      if (isPromiseLike<unknown>(result)) throw asyncResult();
      return result;
    });
}

/** Runs code of ours on the driver that calls functions of the program, or looks at its records. */
export function placed<R>(site: CallSite, work: () => R): R {
  try {
    return work();
  } catch (thrown) {
    throw onDriverFailure(thrown, site);
  }
}

function onDriverFailure(thrown: unknown, site: CallSite): MillraceError {
  if (isMillraceError(thrown)) return withPlace(thrown, placeOf(site));
  return new MillraceError("CLOSURE_FAILED", describeThrown(thrown), { ...placeOf(site), cause: thrown });
}

export function placeOf(site: CallSite): { readonly operator: string; readonly site: string } {
  return { operator: site.operator, site: site.location };
}

export function emptyCollection(site: CallSite): MillraceError {
  return new MillraceError("EMPTY_COLLECTION", `${site.operator} of an empty collection`, {
    ...placeOf(site),
    remedy: "Use take(1) or isEmpty() where there may be no record.",
  });
}

/** Checks a number of records that the program wants. */
export function checkRecords(n: number, site: CallSite): number {
  if (Number.isInteger(n)) return n;
  throw new MillraceError("INVALID_ARGUMENT", `the number of records must be an integer, not ${n}`, placeOf(site));
}
