import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { type RDD, SparkContext } from "millrace";

const key: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  key: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom("a", "b", "", "toString", "é", "\u{1f6eb}"),
    fc.constantFrom(0, -0, 1, Number.NaN, 1.5),
    fc.constantFrom(true, null, undefined, 7n),
    fc.constantFrom(new Date(0), new Date(1)),
    fc.constantFrom(new Uint8Array([1, 2]), new Uint8Array([])),
    fc.tuple(tie("key"), tie("key")),
    fc.record({ x: tie("key"), y: fc.constantFrom(1, 2) }),
  ),
})).key;

/** Key identity, written the slow way. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null)
    return a === b || (Number.isNaN(a) && Number.isNaN(b));
  if (a instanceof Date || b instanceof Date)
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
  if (a instanceof Uint8Array !== b instanceof Uint8Array || Array.isArray(a) !== Array.isArray(b)) return false;
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return (
    names.length === others.length &&
    names.every(
      (name) =>
        Object.hasOwn(b, name) && same((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
    )
  );
}

function grouped<V>(pairs: readonly (readonly [unknown, V])[]): [unknown, V[]][] {
  const groups: [unknown, V[]][] = [];
  for (const [k, v] of pairs) {
    const group = groups.find(([other]) => same(k, other));
    if (group) group[1].push(v);
    else groups.push([k, [v]]);
  }
  return groups;
}

function assertSameGroups(
  actual: readonly (readonly [unknown, readonly number[]])[],
  expected: readonly (readonly [unknown, readonly number[]])[],
) {
  assert.equal(actual.length, expected.length);
  for (const [k, values] of expected) {
    const found = actual.filter(([other]) => same(k, other));
    assert.equal(found.length, 1, `key ${inspect(k)}`);
    assert.deepEqual([...found[0]![1]].sort(), [...values].sort());
  }
}

for (const master of ["local", "local[2]"]) {
  describe(`keys of every kind (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());
    const pairs = fc.array(fc.tuple(key, fc.integer({ min: 0, max: 9 })), { maxLength: 25 });

    it("group, reduce and join by content, as a slow search does", async () => {
      await fc.assert(
        fc.asyncProperty(pairs, pairs, fc.integer({ min: 1, max: 3 }), async (left, right, slices) => {
          const lefts = sc.parallelize(left as [unknown, number][], slices);
          const rights = sc.parallelize(right as [unknown, number][], slices);
          const expected = grouped(left);
          assertSameGroups(await lefts.groupByKey(2).collect(), expected);
          assertSameGroups(
            (await lefts.reduceByKey((a, b) => a + b).collect()).map(([k, sum]) => [k, [sum]]),
            expected.map(([k, values]) => [k, [values.reduce((a, b) => a + b)]]),
          );
          const joined = (await lefts.join(rights, 3).collect()).map(([k, [a, b]]) => [k, a * 100 + b] as const);
          const product = left.flatMap(([k, a]) =>
            right.filter(([other]) => same(k, other)).map(([, b]) => [k, a * 100 + b] as const),
          );
          assertSameGroups(grouped(joined), grouped(product));
        }),
        { numRuns: 50, seed: 20260102 },
      );
    });

    it("are told apart, counted, subtracted, folded, placed and looked up in the same way", async () => {
      await fc.assert(
        fc.asyncProperty(pairs, pairs, fc.integer({ min: 1, max: 3 }), async (left, right, slices) => {
          const lefts = sc.parallelize(left as [unknown, number][], slices);
          const rights = sc.parallelize(right as [unknown, number][], slices);
          const groups = grouped(left);
          const sums = groups.map(([k, values]): [unknown, number[]] => [k, [values.reduce((a, b) => a + b)]]);
          const counts = groups.map(([k, values]): [unknown, number[]] => [k, [values.length]]);
          const single = <V>(found: Iterable<readonly [unknown, V]>) =>
            [...found].map(([k, value]): [unknown, V[]] => [k, [value]]);

          const keys = lefts.keys() as RDD<{}>;
          assertSameGroups(
            grouped((await keys.distinct(2).collect()).map((k) => [k, 1])),
            groups.map(([k]) => [k, [1]]),
          );
          assertSameGroups(single(await keys.countByValue()), counts);
          assertSameGroups(single(await lefts.countByKey()), counts);
          assertSameGroups(single(await lefts.foldByKey(0, (a, b) => a + b).collect()), sums);
          assertSameGroups(
            grouped(await lefts.subtractByKey(rights).collect()),
            groups.filter(([k]) => !right.some(([other]) => same(k, other))),
          );
          const placed = lefts.partitionBy(3);
          assertSameGroups(grouped(await placed.collect()), groups);
          for (const [k, values] of groups) assert.deepEqual(await placed.lookup(k), values);
          const present = (pairs: typeof left, k: unknown) => pairs.some(([other]) => same(k, other));
          const outer = (await lefts.fullOuterJoin(rights).collect()).filter(
            ([, [a, b]]) => a === undefined || b === undefined,
          );
          assert.equal(
            outer.length,
            left.filter(([k]) => !present(right, k)).length + right.filter(([k]) => !present(left, k)).length,
          );
        }),
        { numRuns: 25, seed: 20260104 },
      );
    });

    it("groups values in the order of the input, deterministically", async () => {
      const data = Array.from({ length: 3000 }, (_, i) => [`key ${i % 10}`, i] as [string, number]);
      const groups = new Map(await sc.parallelize(data, 5).groupByKey(3).collect());
      for (let k = 0; k < 10; k++) {
        assert.deepEqual(
          groups.get(`key ${k}`),
          data.filter(([name]) => name === `key ${k}`).map(([, i]) => i),
        );
      }
    });
  });
}
