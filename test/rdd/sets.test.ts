import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError, type RDD, SparkContext } from "millrace";

const NUM_RUNS = process.env.MILLRACE_LONG ? 300 : 15;

/** Records of different kinds, few of each, so that some are equal by content. */
const record = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.constantFrom("a", "__proto__", "5", "", null, true),
  fc.tuple(fc.integer({ min: 0, max: 1 }), fc.constantFrom("x", "y")),
  fc.record({ n: fc.integer({ min: 0, max: 1 }) }),
);
type Item = number | string | boolean | null | [number, string] | { n: number };
const data = fc.array(record as fc.Arbitrary<Item>, { maxLength: 15 });
const slices = fc.integer({ min: 1, max: 5 });

const text = (value: unknown) => JSON.stringify(value);
const multiset = (values: readonly unknown[]) => values.map(text).sort();

for (const master of ["local", "local[3]"]) {
  describe(`two RDDs equal naive arrays (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());

    it("in intersection, subtract, cartesian and groupBy", async () => {
      await fc.assert(
        fc.asyncProperty(data, data, slices, slices, async (left, right, m, n) => {
          const a: RDD<Item> = sc.parallelize(left, m);
          const b: RDD<Item> = sc.parallelize(right, n);
          const inRight = new Set(right.map(text));
          const common = [...new Set(left.map(text))].filter((one) => inRight.has(one));
          assert.deepEqual(multiset(await a.intersection(b).collect()), common.sort());
          const rest = left.filter((one) => !inRight.has(text(one)));
          assert.deepEqual(multiset(await a.subtract(b).collect()), multiset(rest));
          const product = left.flatMap((x) => right.map((y) => [x, y]));
          const both = a.cartesian(b);
          assert.deepEqual(multiset(await both.collect()), multiset(product));
          assert.equal(await both.getNumPartitions(), m * n);
          const groups = await a.groupBy((one) => typeof one, n).collect();
          assert.deepEqual(
            Object.fromEntries(groups.map(([kind, members]) => [kind, members.map(text)])),
            Object.fromEntries(
              [...Map.groupBy(left, (one) => typeof one)].map(([kind, members]) => [kind, members.map(text)]),
            ),
          );
        }),
        { numRuns: NUM_RUNS, seed: 20_261_125 },
      );
    });

    it("in zip, over chunks of different lengths", async () => {
      const numbers = sc.range(0, 5000, 1, 3);
      const repeated = numbers.flatMap((n) => [n, -n]).filter((n) => n >= 0 && !Object.is(n, -0));
      const zipped = await numbers.zip(repeated.map((n) => n * 2)).collect();
      assert.equal(zipped.length, 5000);
      assert.ok(zipped.every(([n, twice]) => twice === 2 * n));
      // Each side may have a border in its way, and be computed in another thread's place.
      const doubled = numbers.mapPartitions(async function* (all) {
        for await (const n of all) yield n * 2;
      });
      assert.deepEqual(
        (await doubled.zip(numbers).take(3)).map(([twice, n]) => [twice, n]),
        [
          [0, 0],
          [2, 1],
          [4, 2],
        ],
      );
      const reduced = numbers.map((n) => [n % 3, 1]).reduceByKey((a, b) => a + b, 2);
      assert.equal((await reduced.zip(reduced.keys()).collect()).length, 3);
    });

    it("zip refuses what does not match", async () => {
      const refused = (rdd: RDD<unknown>) =>
        assert.rejects(
          rdd.collect(),
          (error) => isMillraceError(error, "INVALID_ARGUMENT") && error.operator === "zip" && error.site !== undefined,
        );
      await refused(sc.range(0, 4, 1, 2).zip(sc.range(0, 4, 1, 1)));
      await refused(sc.range(0, 4, 1, 2).zip(sc.range(0, 5, 1, 2)));
      await refused(sc.range(0, 4, 1, 2).zip(sc.range(0, 2, 1, 2)));
    });

    it("keep what is computed, and read only the partitions that they need", async () => {
      const calls = sc.longAccumulator();
      const left = sc.range(0, 4, 1, 4).map((n) => {
        calls.add(1);
        return n;
      });
      await left.cartesian(sc.parallelize(["a"], 1)).take(1);
      assert.equal(calls.value, 1);
      const kept = left.zip(left).persist();
      await kept.count();
      calls.reset();
      assert.equal(await kept.count(), 4);
      assert.equal(calls.value, 0);
      const shuffled = left.map((n) => [n % 2, n]).reduceByKey((a, b) => a + b, 2);
      assert.equal(await shuffled.cartesian(shuffled).count(), 4);
      assert.match(await shuffled.zip(shuffled).toDebugString(), /zip\[.*\n.*\| {2}reduceByKey/);
    });

    it("zipWithUniqueId numbers partitions side by side, without a job", async () => {
      let jobs = 0;
      const listener = { onJobStart: () => jobs++ };
      sc.addSparkListener(listener);
      const ids = await sc.parallelize(["a", "b", "c", "d", "e"], 3).zipWithUniqueId().collect();
      sc.removeSparkListener(listener);
      assert.deepEqual(ids, [
        ["a", 0],
        ["b", 1],
        ["c", 4],
        ["d", 2],
        ["e", 5],
      ]);
      assert.equal(jobs, 1);
    });

    it("randomSplit deals each record to one part, in the same way for the same seed", async () => {
      const numbers = sc.range(0, 2000, 1, 4);
      const parts = numbers.randomSplit([3, 1, 0], 7);
      const found = await Promise.all(parts.map((part) => part.collect()));
      assert.deepEqual(
        found.flat().sort((a, b) => a - b),
        await numbers.collect(),
      );
      assert.ok(Math.abs(found[0]!.length - 1500) < 120, `${found[0]!.length}`);
      assert.equal(found[2]!.length, 0);
      assert.deepEqual(await numbers.randomSplit([3, 1, 0], 7)[1]!.collect(), found[1]);
      for (const weights of [[], [0], [-1, 2], [Number.NaN]]) {
        assert.throws(
          () => numbers.randomSplit(weights),
          (error) => isMillraceError(error, "INVALID_ARGUMENT"),
        );
      }
    });

    it("takeSample draws as many as there are, at most once or again and again", async () => {
      const numbers = sc.range(0, 100, 1, 3);
      for (const num of [0, 1, 20, 99, 100, 200]) {
        const drawn = await numbers.takeSample(false, num, 3);
        assert.equal(drawn.length, Math.min(num, 100));
        assert.equal(new Set(drawn).size, drawn.length);
        assert.deepEqual(await numbers.takeSample(false, num, 3), drawn);
        const again = await numbers.takeSample(true, num, 3);
        assert.equal(again.length, num);
        assert.ok(again.every((n) => n >= 0 && n < 100));
      }
      assert.notDeepEqual(await numbers.takeSample(false, 20, 3), await numbers.takeSample(false, 20, 4));
      assert.deepEqual(await sc.parallelize<number>([], 2).takeSample(true, 5), []);
      await assert.rejects(numbers.takeSample(false, -1), (error) => isMillraceError(error, "INVALID_ARGUMENT"));
    });

    it("treeReduce and treeAggregate merge in levels", async () => {
      const stages: number[] = [];
      const listener = { onStageSubmitted: ({ numTasks }: { numTasks: number }) => stages.push(numTasks) };
      const numbers = sc.range(-1000, 1000, 1, 30);
      for (let depth = 1; depth < 10; depth++) {
        assert.equal(await numbers.treeReduce((a, b) => a + b, depth), -1000);
        const total = numbers.treeAggregate(
          [0],
          ([sum], n) => [sum! + n],
          ([a], [b]) => [a! + b!],
          depth,
        );
        assert.deepEqual(await total, [-1000]);
      }
      sc.addSparkListener(listener);
      await numbers.treeReduce((a, b) => a + b, 3);
      sc.removeSparkListener(listener);
      assert.deepEqual(stages, [30, 7, 1]);
      assert.equal(await sc.parallelize([2], 20).treeReduce((a, b) => a * b), 2);
      assert.equal(
        await sc.emptyRDD<number>().treeAggregate(
          5,
          (a) => a,
          (a) => a,
        ),
        5,
      );
      await assert.rejects(
        sc.emptyRDD<number>().treeReduce((a) => a),
        (error) => isMillraceError(error, "EMPTY_COLLECTION"),
      );
      await assert.rejects(
        numbers.treeReduce((a) => a, 0),
        (error) => isMillraceError(error, "INVALID_ARGUMENT"),
      );
    });

    it("pairs are sorted where they are placed, filtered by range, and reduced to a map", async () => {
      const pairs = sc.parallelize(
        [
          [5, "e"],
          [2, "b"],
          [4, "d"],
          [2, "B"],
          [1, "a"],
        ],
        3,
      );
      const byParity = { numPartitions: 2, getPartition: (key: unknown) => (key as number) % 2 };
      assert.deepEqual(await pairs.repartitionAndSortWithinPartitions(byParity).glom().collect(), [
        [
          [2, "b"],
          [2, "B"],
          [4, "d"],
        ],
        [
          [1, "a"],
          [5, "e"],
        ],
      ]);
      const down = pairs.repartitionAndSortWithinPartitions(byParity, (a, b) => b - a);
      assert.deepEqual(await down.keys().glom().collect(), [
        [4, 2, 2],
        [5, 1],
      ]);
      assert.deepEqual(await pairs.filterByRange(2, 4).values().collect(), ["b", "d", "B"]);
      assert.deepEqual(await pairs.filterByRange(4, 2).collect(), []);
      assert.deepEqual(
        await pairs
          .filterByRange(4, 2, (a, b) => b - a)
          .keys()
          .collect(),
        [2, 4, 2],
      );
      await assert.rejects(pairs.filterByRange("a" as never, 4).collect(), (error) =>
        isMillraceError(error, "UNORDERABLE_KEY"),
      );
      const reduced = await pairs.reduceByKeyLocally((a, b) => a + b);
      assert.equal(reduced.get(2), "bB");
      assert.equal(reduced.size, 4);
    });
  });
}

describe("operators over several RDDs", () => {
  it("refuse what is no RDD when they are called", async () => {
    const sc = new SparkContext({ master: "local" });
    const pairs = sc.parallelize([["a", 1]]);
    for (const other of [[["a", 1]], undefined, null, "a"] as never[]) {
      for (const wrong of [
        () => pairs.union(other),
        () => sc.union([pairs, other]),
        () => pairs.intersection(other),
        () => pairs.subtract(other),
        () => pairs.cartesian(other),
        () => pairs.zip(other),
        () => pairs.join(other),
        () => pairs.leftOuterJoin(other),
        () => pairs.rightOuterJoin(other),
        () => pairs.fullOuterJoin(other),
        () => pairs.cogroup(other),
        () => pairs.subtractByKey(other),
      ]) {
        assert.throws(
          wrong,
          (error) => isMillraceError(error, "INVALID_ARGUMENT") && /sets\.test/.test(error.site ?? ""),
          String(wrong),
        );
      }
    }
    await sc.stop();
  });
});
