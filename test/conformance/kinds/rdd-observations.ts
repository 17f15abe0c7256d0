/** What a case may expect of an RDD, or read off it, beside its records. */

import type { RDD } from "millrace";
import { type CompareOptions, check, Mismatch, matches } from "../compare.ts";
import { type Input, readInput } from "../inputs.ts";
import { lookUp } from "../look-up.ts";
import { NotYet } from "../not-yet.ts";

/** The records of each partition. */
export function contents(rdd: RDD<unknown>): Promise<unknown[][]> {
  return rdd.mapPartitions((records) => [[...records]]).collect();
}

export async function sizes(rdd: RDD<unknown>): Promise<number[]> {
  return rdd
    .mapPartitions((records) => {
      let size = 0;
      for (const _ of records) size++;
      return [size];
    })
    .collect();
}

type Expectation = (expected: unknown, rdd: RDD<unknown>, input: Input) => Promise<void>;

function fact(name: string, read: (rdd: RDD<unknown>) => Promise<unknown>): Expectation {
  return async (expected, rdd) => check(expected, await read(rdd), { mode: "ordered" }, name);
}

const nonEmpty = (size: number): boolean => size > 0;

/** The fields of an object that is expected of an RDD. */
const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  numPartitions: fact("numPartitions", (rdd) => rdd.getNumPartitions()),
  count: fact("count", (rdd) => rdd.count()),
  partitionSizes: fact("partitionSizes", sizes),
  partitions: fact("partitions", contents),
  everyPartitionNonEmpty: fact("everyPartitionNonEmpty", async (rdd) => (await sizes(rdd)).every(nonEmpty)),
  firstAndLastNonEmpty: fact("firstAndLastNonEmpty", async (rdd) => {
    const found = await sizes(rdd);
    return nonEmpty(found[0] ?? 0) && nonEmpty(found.at(-1) ?? 0);
  }),
  nonEmptyPartitions: fact("nonEmptyPartitions", async (rdd) => (await sizes(rdd)).filter(nonEmpty).length),
  partitionsOrdered: fact("partitionsOrdered", async (rdd) => {
    const found = (await rdd.collect()).map((record) => (Array.isArray(record) ? record[0] : record) as number);
    return found.every((key, i) => i === 0 || found[i - 1]! <= key);
  }),
  sum: fact("sum", async (rdd) => ((await rdd.collect()) as number[]).reduce((a, b) => a + b, 0)),
  asSet: records("set"),
  asMultiset: records("multiset"),
  sorted: async (expected, rdd) => check(written(expected), inOrder(await rdd.collect()), { mode: "ordered" }),
  collect: records("ordered"),
  ordered: records("ordered"),
  sameElementsAsInput: async (expected, rdd, { records }) =>
    check(expected, matches(records, await rdd.collect(), { mode: "multiset" }), { mode: "ordered" }),
  concatenation: records("ordered"),
  sizesDifferByAtMost: async (expected, rdd) => {
    const found = await sizes(rdd);
    const spread = Math.max(...found) - Math.min(...found);
    if (spread > (expected as number)) throw new Mismatch(expected, found, "the sizes of the partitions");
  },
  everySize: sizesThat((size, [wanted]) => size === wanted),
  everySizeAtMost: sizesThat((size, [most]) => size <= most),
  everySizeAtLeast: sizesThat((size, [least]) => size >= least),
  everySizeBetweenExclusive: sizesThat((size, [low, high]) => low < size && size < high!),
  everySizeBetween: sizesThat((size, [low, high]) => low <= size && size <= high!),
};

function records(mode: CompareOptions["mode"]): Expectation {
  return async (expected, rdd, input) => {
    const wanted = expected === "input" || expected === "the input" ? input.records : written(expected);
    check(wanted, await rdd.collect(), { mode });
  };
}

/** That the size of every partition is right by one bound, or by two. */
function sizesThat(holds: (size: number, bounds: readonly [number, number?]) => boolean): Expectation {
  return async (expected, rdd) => {
    const found = await sizes(rdd);
    const bounds = (Array.isArray(expected) ? expected : [expected]) as [number, number?];
    if (!found.every((size) => holds(size, bounds))) throw new Mismatch(expected, found, "the sizes of the partitions");
  };
}

/** Other words for the same. */
const SYNONYMS: Readonly<Record<string, string>> = {
  slices: "numPartitions",
  numSlices: "numPartitions",
  sizes: "partitionSizes",
  sliceSizes: "partitionSizes",
  total: "count",
  size: "count",
  multiset: "asMultiset",
  set: "asSet",
  maxPartitionSize: "everySizeAtMost",
  minPartitionSize: "everySizeAtLeast",
};

export async function expectOfRdd(
  expected: Readonly<Record<string, unknown>>,
  rdd: RDD<unknown>,
  input: Input,
): Promise<void> {
  for (const [name, value] of Object.entries(expected)) {
    const expectation = lookUp(EXPECTATIONS, lookUp(SYNONYMS, name) ?? name);
    if (expectation === undefined) throw new NotYet(`expecting "${name}" of an RDD`);
    if (value !== null) await expectation(value, rdd, input);
  }
}

/** An expected list, written out where the table has words for it, as `range 1..999`. */
export function written(expected: unknown): unknown {
  return typeof expected === "string" ? (readInput(expected)?.records ?? expected) : expected;
}

export function inOrder(values: readonly unknown[]): unknown[] {
  return [...values].sort((a, b) => (below(a, b) ? -1 : below(b, a) ? 1 : 0));
}

/** Tuples by their parts, all else as it is. */
function below(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return (a as number) < (b as number);
  const at = a.findIndex((part, i) => !matches(part, b[i], { mode: "ordered" }));
  return at === -1 ? a.length < b.length : below(a[at], b[at]);
}

/** The fields of a result that a case expects, whatever else it has; a pair of arrays is a histogram with its bounds. */
export function fieldsOf(result: unknown, names: readonly string[]): Record<string, unknown> {
  const fields = Array.isArray(result) ? { buckets: result[0], counts: result[1] } : (result as object);
  return Object.fromEntries(names.map((name) => [name, lookUp(fields as Record<string, unknown>, name)]));
}

/** What a case expects of the parts that an RDD has been split into. */
export async function expectOfParts(
  { splits, unionSorted, sizesWithin50Of, ...more }: Readonly<Record<string, unknown>>,
  parts: readonly RDD<unknown>[],
): Promise<void> {
  const [unknown] = Object.keys(more);
  if (unknown !== undefined) throw new NotYet(`expecting "${unknown}" of parts`);
  const found = await Promise.all(parts.map((part) => part.collect()));
  if (splits !== undefined) check(splits, parts.length, { mode: "ordered" }, "the number of parts");
  if (unionSorted !== undefined) check(written(unionSorted), inOrder(found.flat()), { mode: "ordered" });
  const sizes = found.map(({ length }) => length);
  const near = (sizesWithin50Of as number[] | undefined)?.every((size, i) => Math.abs(size - sizes[i]!) <= 50);
  if (near === false) throw new Mismatch(sizesWithin50Of, sizes, "the sizes of the parts, within 50");
}
