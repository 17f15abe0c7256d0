/** What a run has found, in words. */
import { inspect } from "node:util";
import { Mismatch } from "./compare.ts";
import type { Outcome } from "./run-case.ts";
import type { Case } from "./table.ts";

export interface Result {
  readonly item: Case;
  readonly outcome: Outcome;
}

export interface Counts {
  passed: number;
  failed: number;
  "not yet": number;
}

export function counts(results: readonly Result[]): Counts {
  const found: Counts = { passed: 0, failed: 0, "not yet": 0 };
  for (const { outcome } of results) found[outcome.status]++;
  return found;
}

/** The counts of each suite and in all; then what failed, and what does not apply yet, by name. */
export function report(results: readonly Result[]): string {
  return [suites(results), failures(results), notYet(results), inAll(results)]
    .filter((part) => part !== "")
    .join("\n\n");
}

export function inAll(results: readonly Result[]): string {
  const { passed, failed, "not yet": later } = counts(results);
  return `${results.length} cases: ${passed} passed, ${failed} failed, ${later} do not apply yet`;
}

function suites(results: readonly Result[]): string {
  const bySuite = Map.groupBy(results, ({ item }) => item.suite);
  const width = Math.max(0, ...[...bySuite.keys()].map((suite) => suite.length));
  return [...bySuite]
    .map(([suite, ofSuite]) => {
      const { passed, failed, "not yet": later } = counts(ofSuite);
      return `${suite.padEnd(width)}  ${pad(passed)} passed  ${pad(failed)} failed  ${pad(later)} not yet`;
    })
    .join("\n");
}

function pad(count: number): string {
  return String(count).padStart(4);
}

function failures(results: readonly Result[]): string {
  const lines = results.flatMap(({ item, outcome }) =>
    outcome.status === "failed" ? [`  ${title(item)}`, ...why(outcome.error).map((line) => `      ${line}`)] : [],
  );
  return lines.length === 0 ? "" : ["Failed:", ...lines].join("\n");
}

/** Operations with how many cases wait for each, most first. */
export function notYetByOperation(results: readonly Result[]): [string, string[]][] {
  const waiting = new Map<string, string[]>();
  for (const { item, outcome } of results) {
    if (outcome.status !== "not yet") continue;
    waiting.set(outcome.what, [...(waiting.get(outcome.what) ?? []), item.id]);
  }
  return [...waiting].sort(([, a], [, b]) => b.length - a.length);
}

function notYet(results: readonly Result[]): string {
  const lines = notYetByOperation(results).map(([what, ids]) => `${pad(ids.length)}  ${what}  (${ids.join(" ")})`);
  return lines.length === 0 ? "" : ["Do not apply yet, by operation:", ...lines].join("\n");
}

export function title({ id, suite, case: name, operation }: Case): string {
  return `${id} ${suite}: ${name} (${operation})`;
}

/** A failure in lines: what was expected and what came, or the error. */
export function why(error: unknown): string[] {
  if (!(error instanceof Mismatch)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : show(error);
    return text.split("\n").slice(0, LONGEST_ERROR);
  }
  const actual = error.actual instanceof Error ? error.actual.message : show(error.actual);
  return [error.message, `expected: ${show(error.expected)}`, `actual:   ${actual}`];
}

/** Lines of an error that tell what it is and where. */
const LONGEST_ERROR = 8;

function show(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 40 });
}
