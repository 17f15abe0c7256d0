/** Cases of times, durations and other pure functions: a table of rows, each a call and its result. */

import * as millrace from "millrace";
import { Duration, Milliseconds, Minutes, Seconds, Time } from "millrace";
import { check } from "../compare.ts";
import { mustFail } from "../expected-errors.ts";
import { lookUp } from "../look-up.ts";
import { method, NotYet } from "../not-yet.ts";
import { checkFields } from "../parameters.ts";
import type { Case } from "../table.ts";

type Row = Readonly<Record<string, unknown>>;

export async function unit(item: Case): Promise<void> {
  checkFields(item, ["rows", "columns"]);
  const [owner, given] = item.operation.split(".");
  const columns = (item.columns ?? []) as readonly string[];
  for (const values of (item.rows ?? []) as readonly unknown[][]) {
    const row = Object.fromEntries(columns.map((column, i) => [column, values[i]]));
    const run = async (): Promise<void> => {
      for (const [operation, expected] of expectations(row, given ?? "", item)) {
        const result = call(owner!, operation, row, item);
        check(expected, asPlain(result), { mode: item.compare ?? "ordered" }, JSON.stringify(values));
      }
    };
    await (item.expectError === undefined ? run() : mustFail(item.expectError, run));
  }
}

/** What is called, with its result: the operation and `expect`, or the columns that are named after methods. */
function expectations(row: Row, operation: string, item: Case): [string, unknown][] {
  if (Object.hasOwn(row, "expect")) return [[operation, row.expect]];
  const called = Object.entries(row).filter(([column]) => column in Time.prototype || column in Duration.prototype);
  if (called.length === 0) throw new NotYet(`${item.kind}: ${item.operation}`);
  return called;
}

function call(owner: string, operation: string, row: Row, item: Case): unknown {
  if (owner === "Time") return row.op === undefined ? onTime(operation, row) : arithmetic(String(row.op), row);
  if (owner === "Duration") return onDuration(row.op === undefined ? operation : String(row.op), row);
  if (typeof lookUp<unknown>(millrace, owner) !== "function") throw new NotYet(`${item.kind}: ${item.operation}`);
  throw new NotYet(`calling ${item.operation}`);
}

/** The columns of a row but the operation and the result, in their order. */
function operands(row: Row): [string, number][] {
  return Object.entries(row).filter(
    (column): column is [string, number] =>
      !/^(op|expect)$/.test(column[0]) && !(column[0] in Time.prototype) && typeof column[1] === "number",
  );
}

/** The first column is a time; of the others, those that say so are durations. */
function onTime(operation: string, row: Row): unknown {
  const [[, first], ...rest] = operands(row) as [[string, number], ...[string, number][]];
  const args = rest.map(([column, value]) => (DURATIONS.test(column) ? new Duration(value) : new Time(value)));
  return method(new Time(first), operation, "Time")(...args);
}

const DURATIONS = /duration|step|slide|interval|batch|window/i;

/** `time+duration`, `time-time=duration`, `time < time`, or the name of a method. */
function arithmetic(op: string, row: Row): unknown {
  const [a, b] = operands(row).map(([, value]) => value) as [number, number];
  const match = /^(time|duration)\s*([-+*/<>=]+|\w+)\s*(time|duration)?(?:\s*=\s*\w+)?$/.exec(op);
  if (match === null) return method(new Time(a), name(op), "Time")(new Time(b));
  const [, left, symbol, right] = match;
  const make = (kind: string | undefined, value: number): Time | Duration =>
    kind === "duration" ? new Duration(value) : new Time(value);
  return method(make(left, a), name(symbol!), left === "time" ? "Time" : "Duration")(make(right ?? left, b));
}

/** A duration and another, or a number that multiplies it; or a duration in some unit. */
function onDuration(op: string, row: Row): unknown {
  const [a, b] = operands(row).map(([, value]) => value) as [number, number | undefined];
  const unit = lookUp(UNITS, op.toLowerCase());
  if (unit !== undefined) return unit(a);
  // `duration*int=duration`: only the operator counts.
  const operator = name(
    op
      .replace(/=\s*\w+\s*$/, "")
      .replace(/\b(duration|int|number|long)\b/g, "")
      .trim(),
  );
  const f = method(new Duration(a), operator, "Duration");
  if (b === undefined) return f();
  return f(operator === "times" ? b : new Duration(b));
}

const UNITS: Readonly<Record<string, (n: number) => Duration>> = {
  milliseconds: Milliseconds,
  seconds: Seconds,
  minutes: Minutes,
};

/** Operators by the names of the methods that stand for them. */
const NAMES: Readonly<Record<string, string>> = {
  "+": "plus",
  "-": "minus",
  "*": "times",
  "/": "div",
  "<": "less",
  "<=": "lessEq",
  ">": "greater",
  ">=": "greaterEq",
  "=": "equals",
  "==": "equals",
  times: "times",
  divide: "div",
};

function name(operator: string): string {
  return lookUp(NAMES, operator) ?? operator;
}

/** Times and durations in milliseconds. */
function asPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asPlain);
  return value instanceof Time || value instanceof Duration ? value.milliseconds : value;
}
