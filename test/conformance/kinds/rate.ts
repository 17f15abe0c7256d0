/** Cases of rate control: a table of what an estimator or a limiter is told, and what it says. */
import { PIDRateEstimator } from "millrace";
import { ManualClock } from "millrace/testing";
import { RateLimiter } from "../../../src/streaming/receiver/rate-limiter.ts";
import { check } from "../compare.ts";
import { mustFail } from "../expected-errors.ts";
import { NotYet } from "../not-yet.ts";
import { checkFields, Parameters } from "../parameters.ts";
import type { Case } from "../table.ts";

type Row = Readonly<Record<string, number | null>>;

export async function rate(item: Case): Promise<void> {
  checkFields(item, ["rows", "columns"]);
  const columns = (item.columns ?? []) as readonly string[];
  const rows = ((item.rows ?? []) as readonly (number | null)[][]).map(
    (values) => Object.fromEntries(columns.map((column, i) => [column, values[i]])) as Row,
  );
  const parameters = new Parameters(item.parameters);
  const run = async (): Promise<void> => {
    if (item.operation === "pid") pid(item, parameters, rows);
    else if (item.operation === "limiter") limiter(item, parameters, rows);
    else throw new NotYet(`${item.kind}: ${item.operation}`);
  };
  await (item.expectError === undefined ? run() : mustFail(item.expectError, run));
}

/** One estimator is told of all rows, in their order. */
function pid(item: Case, parameters: Parameters, rows: readonly Row[]): void {
  const estimator = new PIDRateEstimator({
    batchInterval: parameters.number("batchMs")!,
    proportional: parameters.number("p", "proportional") ?? 1,
    integral: parameters.number("i", "integral") ?? 0.2,
    derivative: parameters.number("d", "derivative", "derived") ?? 0,
    minRate: parameters.number("minRate") ?? 100,
  });
  parameters.checkAllTaken(item.operation);
  const { compare: mode = "ordered" } = item;
  for (const { timeMs, elements, processingMs, schedulingMs, expect } of rows) {
    const found = estimator.compute(timeMs!, elements!, processingMs!, schedulingMs!) ?? null;
    check(expect, found, { mode }, `the rate at ${timeMs} ms`);
  }
}

/** Each row is a limiter of its own: its maximum, the rate that it is told, and the one that it then has. */
function limiter(item: Case, parameters: Parameters, rows: readonly Row[]): void {
  parameters.checkAllTaken(item.operation);
  for (const { maxRate, updateTo, currentLimit, ...others } of rows) {
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw new NotYet(`limiter with "${unknown}"`);
    const most = maxRate ?? Number.POSITIVE_INFINITY;
    const made = new RateLimiter(new ManualClock(), { maxRate: most, initialRate: most, burstMs: 1000 });
    if (typeof updateTo === "number") made.updateRate(updateTo);
    check(currentLimit, made.currentLimit, { mode: "ordered" }, `the limit after ${updateTo}, of ${maxRate} at most`);
  }
}
