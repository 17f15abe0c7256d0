import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError, type RDD, SparkContext } from "millrace";
import { compareNaturally } from "../../src/core/ordering.ts";
import { RangePartitioner, rangeBounds } from "../../src/rdd/range-partitioner.ts";

/** Keys of one kind that has an order. */
const orderable: fc.Arbitrary<unknown[]> = fc.oneof(
  fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(Number.NaN, -0, 0.5, Infinity, -Infinity))),
  fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("\u{1f6eb}", "\u{fffd}", "é"))),
  fc.array(fc.bigInt({ min: -5n, max: 5n })),
  fc.array(fc.boolean()),
  fc.array(fc.integer({ min: 0, max: 9 }).map((time) => new Date(time))),
  fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.integer({ min: 0, max: 3 }))),
);

for (const master of ["local", "local[3]"]) {
  describe(`sorting (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());

    it("puts keys of every ordered kind in order, equal ones as they came, in either direction", async () => {
      await fc.assert(
        fc.asyncProperty(
          orderable,
          fc.integer({ min: 1, max: 4 }),
          fc.integer({ min: 1, max: 6 }),
          fc.boolean(),
          async (keys, slices, partitions, ascending) => {
            const pairs = keys.map((key, i): [unknown, number] => [key, i]);
            const sorted = sc.parallelize(pairs as [{}, number][], slices).sortByKey(ascending, partitions);
            const expected = [...pairs].sort(([a], [b]) => compareNaturally(a, b) * (ascending ? 1 : -1));
            assert.deepEqual(
              await sorted.values().collect(),
              expected.map(([, i]) => i),
            );
            assert.ok((await sorted.getNumPartitions()) <= partitions);
          },
        ),
        { numRuns: 60, seed: 20260103 },
      );
    });

    it("makes partitions of about one size, from partitions that are not", async () => {
      const skewed = sc
        .range(0, 20_000, 1, 4)
        .filter((n) => n % 5000 < 10 || n > 15_000)
        .map((n) => [(n * 7919) % 20_011, n]);
      const sizes = (await skewed.sortByKey(true, 5).glom().collect()).map((part) => part.length);
      assert.equal(sizes.length, 5);
      for (const size of sizes) assert.ok(size > 600 && size < 1500, `${sizes}`);
    });

    it("finds the same bounds each time, and has few partitions where there are few keys", async () => {
      const make = (): RDD<[number, number]> =>
        sc
          .range(0, 5000, 1, 3)
          .map((n) => [(n * 31) % 977, n])
          .sortByKey(true, 4);
      const [one, other] = [make(), make()];
      assert.deepEqual(await one.glom().collect(), await other.glom().collect());
      assert.ok((await one.partitioner())?.equals(await other.partitioner()));
      assert.equal(
        await sc
          .parallelize([1, 1, 1, 2], 4)
          .sortBy((n) => n, true, 22)
          .getNumPartitions(),
        3,
      );
      assert.equal(
        await sc
          .parallelize<number>([], 4)
          .sortBy((n) => n)
          .getNumPartitions(),
        1,
      );
      assert.deepEqual(
        await sc
          .emptyRDD<number>()
          .sortBy((n) => n)
          .collect(),
        [],
      );
    });

    it("samples once, when the first job needs it, and what is by key afterwards moves nothing", async () => {
      const stages: string[] = [];
      const listener = { onStageSubmitted: ({ name }: { name: string }) => stages.push(name.split(" ")[0]!) };
      const sorted = sc
        .range(0, 100, 1, 3)
        .map((n) => [n % 10, n])
        .sortByKey(true, 2);
      sc.addSparkListener(listener);
      const sums = sorted.reduceByKey((a, b) => a + b);
      assert.deepEqual(stages, []);
      assert.deepEqual(await sums.keys().collect(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assert.deepEqual(stages.splice(0), ["sortByKey", "sortByKey", "collect"]);
      await sorted.count();
      assert.deepEqual(stages, ["count"]);
      sc.removeSparkListener(listener);
    });

    it("orders by a comparator what has no order of its own", async () => {
      const records = [{ n: 3 }, { n: 1 }, { n: 2 }];
      const byN = (a: { n: number }, b: { n: number }) => a.n - b.n;
      assert.deepEqual(
        await sc
          .parallelize(records, 3)
          .sortBy((r) => r, false, 2, byN)
          .collect(),
        [{ n: 3 }, { n: 2 }, { n: 1 }],
      );
      assert.deepEqual(await sc.parallelize(records).takeOrdered(2, byN), [{ n: 1 }, { n: 2 }]);
      assert.deepEqual(await sc.parallelize(records).top(1, byN), [{ n: 3 }]);
      assert.deepEqual(await sc.parallelize(records).min(byN), { n: 1 });
      assert.deepEqual(await sc.parallelize(records).max(byN), { n: 3 });
    });

    it("says which keys have no order, in which operator and on which line", async () => {
      const mixed = sc.parallelize<number | string>([1, "a", 2], 1);
      const sorting = {
        sortBy: () => mixed.sortBy((x) => x).collect(),
        sortByKey: () =>
          mixed
            .map((x) => [{ x }, 1])
            .sortByKey()
            .collect(),
        takeOrdered: () => mixed.takeOrdered(2),
        top: () => sc.parallelize([null, null], 2).top(1),
        max: () => sc.parallelize<number | string>([1, "a"], 2).max(),
        min: () => sc.parallelize([{}]).min(),
      };
      for (const [operator, sort] of Object.entries(sorting)) {
        await assert.rejects(
          sort(),
          (error) =>
            isMillraceError(error, "UNORDERABLE_KEY") &&
            error.operator === operator &&
            /sorting\.test\.ts:\d+/.test(error.site ?? ""),
          operator,
        );
      }
      await assert.rejects(
        sc
          .parallelize([2, 1], 1)
          .sortBy((n) => n, true, 1, ((a: number, b: number) => a > b) as never)
          .collect(),
        (error) => isMillraceError(error, "INVALID_ARGUMENT") && error.operator === "sortBy",
      );
    });

    it("keeps the first of equal records, in the order of the partitions", async () => {
      const records = Array.from({ length: 3000 }, (_, i) => [i % 3, i]);
      const byFirst = (a: number[], b: number[]) => a[0]! - b[0]!;
      const rdd = sc.parallelize(records, 5);
      assert.deepEqual(
        await rdd.takeOrdered(4, byFirst),
        [0, 3, 6, 9].map((i) => [0, i]),
      );
      assert.deepEqual(
        await rdd.top(3, byFirst),
        [2, 5, 8].map((i) => [2, i]),
      );
      assert.deepEqual(await rdd.max(byFirst), [2, 2]);
      assert.deepEqual(await rdd.takeOrdered(0), []);
      assert.deepEqual(await rdd.top(-1), []);
    });
  });
}

describe("a RangePartitioner", () => {
  it("places a key in the range that its bounds say, counted from either end", () => {
    const up = new RangePartitioner([10, 20], { ascending: true, comparator: undefined });
    const down = new RangePartitioner([10, 20], { ascending: false, comparator: undefined });
    const keys = [-1, 10, 11, 20, 21];
    assert.deepEqual(
      keys.map((key) => up.getPartition(key)),
      [0, 0, 1, 1, 2],
    );
    assert.deepEqual(
      keys.map((key) => down.getPartition(key)),
      [2, 2, 1, 1, 0],
    );
    assert.ok(up.equals(new RangePartitioner([10, 20], { ascending: true, comparator: undefined })));
    assert.ok(!up.equals(down));
  });

  it("weighs its sample, and puts equal keys in one range", () => {
    const sample = [1, 1, 1, 2, 3].map((key) => ({ key, weight: key === 3 ? 4 : 1 }));
    assert.deepEqual(rangeBounds(sample, 2, undefined), [2]);
    assert.deepEqual(rangeBounds([], 10, undefined), []);
    assert.deepEqual(
      rangeBounds(
        [5, 5, 5].map((key) => ({ key, weight: 1 })),
        3,
        undefined,
      ),
      [5],
    );
  });
});
