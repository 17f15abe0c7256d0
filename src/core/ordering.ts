/**
 * The natural order of keys, for sorting and for ranges: numbers (NaN last, -0 as 0), strings by UTF-16 code units,
 * bigints, booleans (false first), dates, and tuples of these, element by element, a shorter one first. Keys that are
 * compared must be of one kind: an order among kinds would be an accident.
 */
import { MillraceError } from "../errors.ts";

/** Negative where `a` comes first, positive where `b` does, 0 where neither does. */
export type Comparator<K> = (a: K, b: K) => number;

/** The natural order. Throws `UNORDERABLE_KEY` for keys that have none. */
export function compareNaturally(a: unknown, b: unknown): number {
  switch (typeof a) {
    case "number":
      if (typeof b === "number") return compareNumbers(a, b);
      break;
    case "string":
    case "bigint":
    case "boolean":
      if (typeof b === typeof a) return below(a, b as typeof a);
      break;
    case "object":
      if (Array.isArray(a) && Array.isArray(b)) return compareTuples(a, b);
      if (a instanceof Date && b instanceof Date) return compareNumbers(a.getTime(), b.getTime());
      break;
  }
  throw unorderable(a, b);
}

/** The opposite order. */
export function reversed<K>(compare: Comparator<K>): Comparator<K> {
  return (a, b) => compare(b, a);
}

/** Whether a key has a natural order at all: what a sort of a single record checks. */
export function assertOrderable(key: unknown): void {
  compareNaturally(key, key);
}

function below<K extends string | bigint | boolean>(a: K, b: K): number {
  return a < b ? -1 : b < a ? 1 : 0;
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (b < a) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function compareTuples(a: readonly unknown[], b: readonly unknown[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareNaturally(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function unorderable(a: unknown, b: unknown): MillraceError {
  const [one, other] = [kindOf(a), kindOf(b)];
  const what = one === other ? `${one} has no natural order` : `${one} and ${other} have no order between them`;
  return new MillraceError("UNORDERABLE_KEY", what, {
    remedy:
      "Sort by numbers, strings, bigints, booleans, dates or tuples of these, all of one kind, or give a comparator (a, b) => number.",
  });
}

function kindOf(key: unknown): string {
  if (key === null || key === undefined) return String(key);
  if (typeof key !== "object") return `a ${typeof key}`;
  if (Array.isArray(key)) return "a tuple";
  return `an instance of ${Object.getPrototypeOf(key)?.constructor?.name ?? "no class"}`;
}
