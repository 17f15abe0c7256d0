import { setTimeout } from "node:timers/promises";
import { Mismatch } from "./compare.ts";
import type { Environment } from "./environment.ts";
import { DRIVERS } from "./kinds/index.ts";
import { lookUp } from "./look-up.ts";
import { notYetIn } from "./not-yet.ts";
import type { Case } from "./table.ts";

export type Outcome =
  | { readonly status: "passed" }
  | { readonly status: "failed"; readonly error: unknown }
  | { readonly status: "not yet"; readonly what: string };

/** Real time that a case may take; one that hangs must not hide the others. */
const DEADLINE_MS = 60_000;

export async function runCase(item: Case, environment: Environment): Promise<Outcome> {
  const driver = lookUp(DRIVERS, item.kind);
  if (driver === undefined) return { status: "not yet", what: `${item.kind}: ${item.operation}` };
  const deadline = new AbortController();
  const hangs = setTimeout(DEADLINE_MS, true, { signal: deadline.signal }).catch(() => false);
  try {
    const run = driver(item, environment);
    const hung = await Promise.race([run.then(() => false), hangs]);
    if (!hung) return { status: "passed" };
    run.catch(() => {});
    await environment.abandon();
    return { status: "failed", error: new Mismatch("an end", `none within ${DEADLINE_MS / 1000} s`, "the run") };
  } catch (error) {
    const notYet = notYetIn(error);
    return notYet === undefined ? { status: "failed", error } : { status: "not yet", what: notYet.what };
  } finally {
    deadline.abort();
  }
}
