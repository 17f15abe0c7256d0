import { inspect, isDeepStrictEqual } from "node:util";

/** The records of each batch; null stands for a batch without an RDD. */
export type Batches<T> = readonly (readonly T[] | null)[];

/** How the records of a batch are compared: in order, in any order, or as a set, where an element may repeat. */
export type Comparison = "ordered" | "multiset" | "set";

const IN_WORDS: Record<Comparison, string> = {
  ordered: "in order",
  multiset: "in any order",
  set: "as sets",
};

/** What a test tells of the batches at `times`, or undefined if they are as expected. */
export function difference(
  expected: Batches<unknown>,
  actual: Batches<unknown>,
  times: readonly number[],
  comparison: Comparison,
): string | undefined {
  const same = times.map((_, i) => sameBatch(expected[i] ?? null, actual[i] ?? null, comparison));
  const different = same.filter((equal) => !equal).length;
  if (different === 0) return undefined;
  const width = Math.max(...times.map((time) => `${time} ms`.length));
  const lines = times.flatMap((time, i) => {
    const label = `${time} ms`.padStart(width);
    if (same[i]) return [`  ${label}  as expected  ${show(actual[i])}`];
    return [`  ${label}  expected     ${show(expected[i])}`, `  ${" ".repeat(width)}  actual       ${show(actual[i])}`];
  });
  return [`${different} of ${times.length} batches differ (compared ${IN_WORDS[comparison]}):`, ...lines].join("\n");
}

function show(batch: readonly unknown[] | null | undefined): string {
  return batch === null || batch === undefined
    ? "no RDD"
    : inspect(batch, { depth: 6, breakLength: Number.POSITIVE_INFINITY });
}

function sameBatch(
  expected: readonly unknown[] | null,
  actual: readonly unknown[] | null,
  comparison: Comparison,
): boolean {
  if (expected === null || actual === null) return expected === actual;
  switch (comparison) {
    case "ordered":
      return isDeepStrictEqual(expected, actual);
    case "multiset":
      return sameMultiset(expected, actual);
    case "set":
      return isDeepStrictEqual(new Set(expected), new Set(actual));
  }
}

function sameMultiset(expected: readonly unknown[], actual: readonly unknown[]): boolean {
  const left = [...actual];
  for (const record of expected) {
    const index = left.findIndex((other) => isDeepStrictEqual(record, other));
    if (index === -1) return false;
    left.splice(index, 1);
  }
  return left.length === 0;
}
