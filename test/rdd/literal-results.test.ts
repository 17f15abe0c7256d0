import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError, type RDD, SparkContext } from "millrace";

/** Functions that return literals, whose results are kept as columns, and what must come of them: they are called here, too. */
describe("what functions merge that return literals", () => {
  const sc = new SparkContext({ master: "local[2]" });
  after(() => sc.stop());

  type Merge<V> = (a: V, b: V) => V;
  type Pairs<V> = (readonly [key: string | number, value: V])[];

  const tuples: Merge<readonly [unknown, unknown]>[] = [
    ([a, c], [b, d]) => [(a as number) + (b as number), (c as number) - (d as number)],
    ([a], [b, d]) => [`${a}${b}`, d],
    (a, b) => (Object.is(a[0], -0) ? [b[0], a[1]] : [a[0], { of: b[1] }]),
    (a, b) => {
      if (a[1] === undefined) return [b[0], a[0]];
      else return [undefined, [a[1], b[1]]];
    },
  ];
  const objects: Merge<{ n: unknown; "odd name": unknown }>[] = [
    (a, b) => ({ n: (a.n as number) * (b.n as number), "odd name": a["odd name"] }),
    (a, b) => ({ n: b.n, "odd name": [a.n, b["odd name"]] }),
    // The names in another order than the records have.
    (a, b) => ({ "odd name": a.n, n: b["odd name"] }),
  ];
  // Integers, and seldom one thing that makes other columns of theirs: with several, the others would mostly come too late.
  const odd = fc.constantFrom<unknown>(-0, Number.NaN, 2 ** 31, -(2 ** 31), 0.5, null, undefined, "text", {
    nested: [1],
  });
  const fields = odd.map((odd) =>
    fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -5, max: 5 }) }, { weight: 1, arbitrary: fc.constant(odd) }),
  );
  const shortKeys = fc.constantFrom("a", "b", "EC-MIG");
  const keys = fc.oneof(shortKeys, fc.constantFrom("EC-MIGLFABCFGRHU", "é", "\0"), fc.nat(3));
  const pairsOf = <V>(recordOf: (field: fc.Arbitrary<unknown>) => fc.Arbitrary<V>): fc.Arbitrary<Pairs<V>> =>
    fc
      .tuple(fields, fc.constantFrom(shortKeys, keys))
      .chain(([field, key]) => fc.array(fc.tuple(key, recordOf(field)), { maxLength: 60 }));

  type Coming = <V>(rdd: RDD<readonly [string | number, V]>) => RDD<readonly [string | number, V]>;
  /** How pairs come to the loop: as columns, made by a function before it, or the ones after the others. */
  const comings: Record<string, { come: Coming; parts: <V>(given: Pairs<V>) => Pairs<V>[] }> = {
    columns: { come: (rdd) => rdd, parts: halves },
    records: { come: (rdd) => rdd.map((pair) => pair), parts: halves },
    both: { come: (rdd) => rdd.union(rdd.map((pair) => pair)).coalesce(1), parts: (given) => [[...given, ...given]] },
  };

  for (const [how, { come, parts }] of Object.entries(comings)) {
    const check = async <V>(given: Pairs<V>, merge: Merge<V>): Promise<void> => {
      const rdd = sc.parallelize(given, 2).persist();
      await rdd.count();
      const merged = come(rdd).reduceByKey(merge, 2).persist();
      const expected = mergedOf(
        parts(given).flatMap((part) => [...mergedOf(part, merge)]),
        merge,
      );
      // The second time they are read from what was kept.
      for (let turn = 0; turn < 2; turn++) {
        const found = await merged.collect();
        assert.equal(found.length, expected.size);
        for (const [key, value] of found) assert.deepEqual(value, expected.get(key));
      }
      await merged.unpersist();
      await rdd.unpersist();
    };

    for (const merge of tuples) {
      it(`are as calls one after the other make them, of ${how}: ${merge}`, async () => {
        const pairs = pairsOf((field) => fc.tuple(field, field));
        await fc.assert(
          fc.asyncProperty(pairs, (given) => check(given, merge)),
          { numRuns: 40, seed: 20261126 },
        );
      });
    }
    for (const merge of objects) {
      it(`are as calls one after the other make them, of ${how}: ${merge}`, async () => {
        const pairs = pairsOf((field) => fc.record({ n: field, "odd name": field }));
        await fc.assert(
          fc.asyncProperty(pairs, (given) => check(given, merge)),
          { numRuns: 40, seed: 20261126 },
        );
      });
    }

    it(`have combiners of another shape than the values, of ${how}`, async () => {
      const given: Pairs<readonly [number, number]> = Array.from({ length: 5000 }, (_, i) => [
        `k${i % 700}`,
        [i, i / 4],
      ]);
      const rdd = sc.parallelize(given, 3).persist();
      await rdd.count();
      const most = (a: number, b: number) => Math.max(a, b);
      const combined = come(rdd).combineByKey(
        ([n, x]) => ({ n, sum: x, count: 1 }),
        (c, [n, x]) => ({ n: Math.max(c.n, n), sum: c.sum + x, count: c.count + 1 }),
        (a, b) => ({ n: most(a.n, b.n), sum: a.sum + b.sum, count: a.count + b.count }),
        2,
      );
      const folded = come(rdd).aggregateByKey(
        { n: -1, sum: 0, count: 0 },
        (c, [n, x]) => ({ n: Math.max(c.n, n), sum: c.sum + x, count: c.count + 1 }),
        (a, b) => ({ n: most(a.n, b.n), sum: a.sum + b.sum, count: a.count + b.count }),
        2,
      );
      const expected = Map.groupBy(parts(given).flat(), ([key]) => key);
      for (const rdd of [combined, folded]) {
        const all = await rdd.collect();
        assert.equal(all.length, expected.size);
        for (const [key, { n, sum, count }] of all) {
          const its = expected.get(key)!.map(([, value]) => value);
          assert.deepEqual(
            { n, sum, count },
            { n: Math.max(...its.map(([n]) => n)), sum: its.reduce((sum, [, x]) => sum + x, 0), count: its.length },
          );
        }
      }
      await rdd.unpersist();
    });
  }

  async function kept(keys: readonly string[]): Promise<RDD<readonly [string, [unknown, unknown]]>> {
    const rdd = sc.parallelize(
      keys.map((key): readonly [string, [unknown, unknown]] => [key, [1, 2]]),
      1,
    );
    await rdd.persist().count();
    return rdd;
  }

  it("keep an object that two fields share as one", async () => {
    const rdd = await kept(["a", "b", "a", "b"]);
    const shared = rdd.reduceByKey(() => {
      const one = { n: 1 };
      return [one, one];
    }, 1);
    for (const [, [first, second]] of await shared.collect()) assert.equal(first, second);
    await rdd.unpersist();
  });

  it("are refused where they hold a promise, as others are", async () => {
    const rdd = await kept(["a", "a"]);
    const failing = rdd.reduceByKey((a) => [Promise.resolve(a), 1], 1);
    await assert.rejects(failing.collect(), (error) => isMillraceError(error) && error.code === "ASYNC_RESULT");
    await rdd.unpersist();
  });

  it("fail at the function that throws, with its line", async () => {
    const rdd = await kept(["a", "b", "a"]);
    const failing = rdd.reduceByKey(([a]) => [JSON.parse("{"), a], 1);
    await assert.rejects(failing.collect(), /reduceByKey[\s\S]*literal-results\.test\.ts:\d+/);
    await rdd.unpersist();
  });
});

function halves<T>(given: readonly T[]): T[][] {
  const half = Math.floor(given.length / 2);
  return [given.slice(0, half), given.slice(half)];
}

function mergedOf<V>(pairs: readonly (readonly [unknown, V])[], merge: (a: V, b: V) => V): Map<unknown, V> {
  const all = new Map<unknown, V>();
  for (const [key, value] of pairs) all.set(key, all.has(key) ? merge(all.get(key)!, value) : value);
  return all;
}
