/** Whether what came out is what a case expects. */
import type { Compare } from "./table.ts";

/** Where the values of one key stand in an element without an order among them: all of them, or in the parts of a cogroup. */
export type Grouped = "values" | "parts";

export interface CompareOptions {
  readonly mode: Compare;
  readonly grouped?: Grouped | undefined;
}

/** What a wrong result is told by. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
  readonly expected: unknown;
  readonly actual: unknown;

  constructor(expected: unknown, actual: unknown, where = "the result") {
    super(`${where} is not as expected`);
    this.expected = expected;
    this.actual = actual;
  }
}

export function matches(expected: unknown, actual: unknown, { mode, grouped }: CompareOptions): boolean {
  const left = plain(expected);
  const right = plain(actual);
  if (mode === "approx") return close(left, right);
  if (mode === "ordered" || !Array.isArray(left) || !Array.isArray(right)) return key(left) === key(right);
  const [wanted, got] = [left, right].map((elements) =>
    elements.map((element) => key(ungroup(element, grouped))).sort(),
  );
  return mode === "set" ? key([...new Set(wanted)]) === key([...new Set(got)]) : key(wanted) === key(got);
}

export function check(expected: unknown, actual: unknown, options: CompareOptions, where?: string): void {
  if (!matches(expected, actual, options)) throw new Mismatch(expected, plain(actual), where);
}

/** A value as a table writes it: maps and sets as lists, no undefined, NaN and the infinities by name. */
export function plain(value: unknown): unknown {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? value + 0 : String(value);
    case "bigint":
      return Number(value);
    case "undefined":
      return null;
    case "object":
      return value === null ? null : plainObject(value);
    default:
      return value;
  }
}

function plainObject(value: object): unknown {
  if (Symbol.iterator in value) return Array.from(value as Iterable<unknown>, plain);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

/** A text that is equal for equal plain values; the fields of an object have no order. */
function key(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

function ungroup(element: unknown, grouped: Grouped | undefined): unknown {
  if (grouped === undefined || !Array.isArray(element) || !Array.isArray(element[1])) return element;
  const [k, values] = element as [unknown, unknown[]];
  return [k, grouped === "values" ? sorted(values) : values.map((part) => (Array.isArray(part) ? sorted(part) : part))];
}

function sorted(values: readonly unknown[]): unknown[] {
  return [...values].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Sums of doubles depend on their order. */
const TOLERANCE = 1e-6;

/** Numbers may be a little off; of an object, null is what the case does not say. */
function close(expected: unknown, actual: unknown): boolean {
  if (typeof expected === "number" && typeof actual === "number") {
    return Math.abs(expected - actual) <= TOLERANCE * Math.max(1, Math.abs(expected));
  }
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      expected.length === actual.length &&
      expected.every((item, index) => close(item, actual[index]))
    );
  }
  if (typeof expected === "object" && expected !== null) {
    const fields = (actual ?? {}) as Readonly<Record<string, unknown>>;
    return Object.entries(expected).every(([name, value]) => value === null || close(value, fields[name]));
  }
  return expected === actual;
}
