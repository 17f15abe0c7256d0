import { MillraceError } from "../errors.ts";
import { assertOrderable, type Comparator, compareNaturally } from "./ordering.ts";

/** Sorts items by their keys; items with equal keys stay in the order in which they came, in either direction. */
export function sortedBy<T>(
  items: readonly T[],
  keyOf: (item: T) => unknown,
  ascending: boolean,
  comparator: Comparator<unknown> | undefined,
): T[] {
  const keyed = items.map((item) => ({ key: keyOf(item), item }));
  const compare = comparator === undefined ? naturalOrderOf(keyed) : checkedComparator(comparator);
  keyed.sort(ascending ? (a, b) => compare(a.key, b.key) : (a, b) => compare(b.key, a.key));
  return keyed.map(({ item }) => item);
}

/** The natural order of these keys; where they are all strings, or all numbers without NaN, one that checks nothing. */
function naturalOrderOf(keyed: readonly { readonly key: unknown }[]): Comparator<unknown> {
  const first = keyed[0]?.key;
  if (keyed.length === 1) assertOrderable(first);
  const simple =
    (typeof first === "string" && keyed.every(({ key }) => typeof key === "string")) ||
    (typeof first === "number" && keyed.every(({ key }) => typeof key === "number" && !Number.isNaN(key)));
  return simple
    ? (a, b) => ((a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0)
    : compareNaturally;
}

/** A comparator of the program's whose results are checked to be numbers. */
export function checkedComparator(comparator: Comparator<unknown>): Comparator<unknown> {
  return (a, b) => {
    const order: unknown = comparator(a, b);
    if (typeof order === "number" && !Number.isNaN(order)) return order;
    throw new MillraceError("INVALID_ARGUMENT", `the comparator returned ${describe(order)}, not a number`, {
      remedy: "Return a negative number where a comes first, a positive one where b does, 0 where neither does.",
    });
  };
}

function describe(order: unknown): string {
  return typeof order === "number" || order === undefined || order === null ? String(order) : `a ${typeof order}`;
}
