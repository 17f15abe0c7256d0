import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { type ErrorCode, isMillraceError, KeyedMap, type RDD, SparkContext } from "millrace";

for (const master of ["local", "local[2]"]) {
  describe(`operators on records (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());
    const numbers = sc.range(0, 10, 1, 4);
    const failing = (code: ErrorCode, operator: string) => (error: unknown) =>
      isMillraceError(error, code) && error.operator === operator && /operators\.test\.ts:\d+/.test(error.site ?? "");

    it("range gives the same numbers to loops, iterators and actions, and none that drifts", async () => {
      const fractions = sc.range(-1, 999, 0.1, 3);
      const expected = Array.from({ length: 10_000 }, (_, i) => -1 + i * 0.1);
      // Each partition begins anew, so numbers beyond the first may differ in their last bit.
      const near = (numbers: number[]) => {
        assert.equal(numbers.length, expected.length);
        for (const [i, n] of numbers.entries()) assert.ok(Math.abs(n - expected[i]!) < 1e-12);
      };
      const collected = await fractions.collect();
      near(collected);
      assert.deepEqual(await fractions.map((n) => n).collect(), collected);
      assert.deepEqual(await fractions.mapPartitions((part) => part).collect(), collected);
      assert.deepEqual(
        await fractions
          .filter(() => true)
          .mapPartitions((part) => [...part])
          .collect(),
        collected,
      );
      assert.deepEqual(await fractions.coalesce(1).collect(), collected);
      assert.deepEqual(await fractions.map((n) => n).take(2000), collected.slice(0, 2000));
      assert.equal(await fractions.map((n) => n).count(), 10_000);
      assert.deepEqual(
        await sc
          .range(5, -5000, -3, 2)
          .map((n) => n)
          .take(3),
        [5, 2, -1],
      );
    });

    it("mapPartitionsWithIndex knows the partition of its own RDD, wherever the task computes it", async () => {
      const tagged = numbers.mapPartitionsWithIndex((i, records) => [[i, [...records].length]]);
      const expected = [
        [0, 2],
        [1, 3],
        [2, 2],
        [3, 3],
      ];
      assert.deepEqual(await tagged.collect(), expected);
      assert.deepEqual(await tagged.union(tagged).collect(), [...expected, ...expected]);
      assert.deepEqual(await tagged.coalesce(1).collect(), expected);
      assert.deepEqual(
        await numbers
          .coalesce(2)
          .mapPartitionsWithIndex((i) => [i])
          .collect(),
        [0, 1],
      );
    });

    it("glom gives an array for each partition, empty ones too", async () => {
      assert.deepEqual(await sc.parallelize([1], 3).glom().collect(), [[], [], [1]]);
      assert.deepEqual(await sc.emptyRDD<number>().glom().collect(), []);
    });

    it("distinct keeps the first of equal records, in an order that does not change", async () => {
      const records = sc.parallelize(
        [{ a: 1, b: 2 }, { b: 2, a: 1 }, [1], [1], Number.NaN, Number.NaN, 0, -0, null, undefined, "a", "a"],
        3,
      );
      const once = await records.distinct(1).collect();
      assert.deepEqual(once, [{ a: 1, b: 2 }, [1], Number.NaN, 0, null, undefined, "a"]);
      assert.deepEqual(await records.distinct().collect(), await records.distinct().collect());
      assert.equal(await records.distinct().getNumPartitions(), 3);
      await assert.rejects(
        sc
          .parallelize([1, 2])
          .map((n) => () => n)
          .distinct()
          .collect(),
        failing("UNHASHABLE_KEY", "distinct"),
      );
    });

    it("coalesce puts neighbours together, and makes more partitions only with a shuffle", async () => {
      assert.deepEqual(await sc.range(0, 10, 1, 10).coalesce(3).glom().collect(), [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8, 9],
      ]);
      assert.equal(await numbers.coalesce(20).getNumPartitions(), 4);
      assert.equal(await numbers.coalesce(20, true).getNumPartitions(), 20);
      assert.equal(await sc.emptyRDD<number>().coalesce(3).getNumPartitions(), 0);
      assert.deepEqual(await numbers.coalesce(2).take(3), [0, 1, 2]);
      const counts = numbers.map((n) => [n % 3, 1]).reduceByKey((a, b) => a + b, 5);
      assert.equal((await counts.coalesce(2).persist().collect()).length, 3);
      assert.deepEqual(
        await numbers
          .coalesce(1)
          .mapPartitions((records) => [[...records]])
          .collect(),
        [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
      );
      assert.throws(() => numbers.coalesce(0), failing("INVALID_ARGUMENT", "coalesce"));
    });

    it("zipWithIndex counts on from one partition to the next, with a job only where there are several", async () => {
      let jobs = 0;
      const listener = { onJobStart: () => jobs++ };
      sc.addSparkListener(listener);
      const several = numbers.filter((n) => n !== 2).zipWithIndex();
      assert.deepEqual(
        await several.collect(),
        [0, 1, 3, 4, 5, 6, 7, 8, 9].map((n, i) => [n, i]),
      );
      assert.deepEqual(await several.count(), 9);
      assert.equal(jobs, 3);
      assert.deepEqual(await sc.parallelize(["a", "b"], 1).zipWithIndex().collect(), [
        ["a", 0],
        ["b", 1],
      ]);
      assert.deepEqual(await sc.emptyRDD<number>().zipWithIndex().collect(), []);
      assert.equal(jobs, 5);
      sc.removeSparkListener(listener);
    });

    it("sample takes the same records for the same seed, and others in each partition", async () => {
      const many = sc.range(0, 4000, 1, 4);
      const taken = await many.sample(false, 0.25, 7).collect();
      assert.deepEqual(await many.sample(false, 0.25, 7).collect(), taken);
      assert.notDeepEqual(await many.sample(false, 0.25, 8).collect(), taken);
      assert.ok(taken.length > 850 && taken.length < 1150, String(taken.length));
      const places = [0, 1].map((part) => taken.filter((n) => Math.floor(n / 1000) === part).map((n) => n % 1000));
      assert.notDeepEqual(places[0], places[1]);
      const often = await many.sample(true, 2.5, 7).collect();
      assert.ok(often.length > 9300 && often.length < 10_700, String(often.length));
      assert.ok(new Set(often).size > 3500 && new Set(often).size < 3850);
      const unseeded = many.sample(false, 0.5);
      assert.deepEqual(await unseeded.collect(), await unseeded.collect());
      assert.equal(
        await many
          .sample(true, 600, 1)
          .mapPartitions((p) => [[...p].length])
          .count(),
        4,
      );
      for (const [replaced, fraction] of [
        [false, 1.1],
        [false, -0.1],
        [true, -1],
        [true, Number.NaN],
        [true, Infinity],
      ] as const) {
        assert.throws(() => numbers.sample(replaced, fraction), failing("INVALID_ARGUMENT", "sample"));
      }
    });

    it("fold and aggregate use the zero once in each partition and once at the end, never the same copy", async () => {
      assert.equal(await sc.parallelize([1, 2, 3], 2).fold(10, (a, b) => a + b), 36);
      const zero: number[] = [];
      const all = await numbers.aggregate(
        zero,
        (seen, n) => {
          seen.push(n);
          return seen;
        },
        (a, b) => {
          a.push(...b);
          return a;
        },
      );
      assert.deepEqual(all, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assert.deepEqual(zero, []);
      const words = new Map([["start", 0]]);
      const counted = await sc.parallelize(["a", "b", "a"], 2).aggregate(
        words,
        (counts, word) => counts.set(word, (counts.get(word) ?? 0) + 1),
        (a, b) => {
          for (const [word, n] of b) a.set(word, (a.get(word) ?? 0) + n);
          return a;
        },
      );
      assert.deepEqual(
        counted,
        new Map([
          ["start", 0],
          ["a", 2],
          ["b", 1],
        ]),
      );
      assert.equal(words.size, 1);
      assert.equal(await sc.emptyRDD<number>().fold(5, (a, b) => a + b), 5);
      await assert.rejects(
        numbers.aggregate(
          new (class Sum {
            n = 0;
          })(),
          (s) => s,
          (s) => s,
        ),
        failing("UNSERIALISABLE_RECORD", "aggregate"),
      );
    });

    it("what merges on the driver fails as in a task", async () => {
      const ones = sc.parallelize([1, 2, 3], 3);
      const thrower = (): number => {
        throw new RangeError("too much");
      };
      await assert.rejects(ones.reduce(thrower), failing("CLOSURE_FAILED", "reduce"));
      await assert.rejects(ones.reduce((async () => 1) as never), failing("ASYNC_RESULT", "reduce"));
      await assert.rejects(
        ones.aggregate(0, (a, b) => a + b, thrower),
        failing("CLOSURE_FAILED", "aggregate"),
      );
    });

    it("isEmpty, min, max and top of few or no records", async () => {
      const none = numbers.filter(() => false);
      assert.equal(await none.isEmpty(), true);
      assert.equal(await numbers.isEmpty(), false);
      assert.equal(await sc.emptyRDD().isEmpty(), true);
      assert.deepEqual(await none.top(3), []);
      assert.deepEqual(await numbers.top(3), [9, 8, 7]);
      for (const [operator, action] of [
        ["min", () => none.min()],
        ["max", () => none.max()],
        ["first", () => none.first()],
      ] as const) {
        await assert.rejects(action(), failing("EMPTY_COLLECTION", operator));
      }
      await assert.rejects(numbers.top(1.5), failing("INVALID_ARGUMENT", "top"));
    });

    it("toLocalIterator computes a partition at a time", async () => {
      let tasks = 0;
      const listener = { onTaskStart: () => tasks++ };
      sc.addSparkListener(listener);
      for await (const n of numbers.toLocalIterator()) if (n === 1) break;
      sc.removeSparkListener(listener);
      assert.equal(tasks, 1);
    });
  });

  describe(`operators on pairs (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());
    const pairs = sc.parallelize(
      Array.from({ length: 20 }, (_, i): [number, number] => [i % 5, i]),
      4,
    );

    it("flatMapValues keeps keys and partitioner, and says who threw", async () => {
      const placed = pairs.partitionBy(3);
      const doubled = placed.flatMapValues(function* (n) {
        yield n;
        if (n === 19) throw new Error("nineteen");
      });
      assert.ok((await placed.partitioner())?.equals(await doubled.partitioner()));
      await assert.rejects(
        doubled.map((x) => x).collect(),
        (error) => isMillraceError(error, "CLOSURE_FAILED") && error.operator === "flatMapValues",
      );
    });

    it("aggregateByKey and foldByKey begin each key with a copy of the zero, and leave records as they are", async () => {
      const lists = pairs.mapValues((n) => [n]).persist();
      const folded = lists.foldByKey([] as number[], (all, more) => {
        all.push(...more);
        return all;
      });
      const expected = new Map([0, 1, 2, 3, 4].map((k) => [k, [k, k + 5, k + 10, k + 15]]));
      assert.deepEqual(new Map(await folded.collect()), expected);
      assert.deepEqual(new Map(await folded.collect()), expected);
      assert.deepEqual((await lists.values().collect()).flat().length, 20);
      const placed = lists.partitionBy(2);
      const sums = placed.aggregateByKey(
        { n: 0 },
        (sum, [n]) => ({ n: sum.n + n! }),
        (a, b) => ({ n: a.n + b.n }),
      );
      assert.ok((await sums.partitioner())?.equals(await placed.partitioner()));
      assert.deepEqual(new Map(await sums.mapValues(({ n }) => n).collect()).get(4), 4 + 9 + 14 + 19);
    });

    it("partitionBy moves pairs, keeps duplicates in order, and need not move them again", async () => {
      const placed = pairs.partitionBy(3);
      const parts = await placed.glom().collect();
      assert.equal(parts.length, 3);
      for (const part of parts) {
        for (const key of new Set(part.map(([k]) => k)))
          assert.deepEqual(
            part.filter(([k]) => k === key).map(([, n]) => n),
            [key, key + 5, key + 10, key + 15],
          );
      }
      let stages = 0;
      const listener = { onStageSubmitted: () => stages++ };
      sc.addSparkListener(listener);
      await placed.partitionBy(3).groupByKey(3).collect();
      assert.equal(stages, 1);
      sc.removeSparkListener(listener);
    });

    it("partitioners of the program's own travel by value, and say when they are the same", async () => {
      const offset = { by: 1 };
      class Shifted {
        readonly numPartitions: number;
        readonly #shift = offset;
        constructor(numPartitions: number) {
          this.numPartitions = numPartitions;
        }
        getPartition(key: number): number {
          return (key + this.#shift.by) % this.numPartitions;
        }
        equals(other: unknown): boolean {
          return other instanceof Shifted && other.numPartitions === this.numPartitions;
        }
      }
      const placed = pairs.partitionBy(new Shifted(2));
      const keys = (await placed.keys().glom().collect()).map((part) => [...new Set(part)].sort());
      assert.deepEqual(keys, [
        [1, 3],
        [0, 2, 4],
      ]);
      let stages = 0;
      const listener = { onStageSubmitted: () => stages++ };
      sc.addSparkListener(listener);
      const sums = await placed.reduceByKey((a, b) => a + b, new Shifted(2)).collectAsMap();
      assert.equal(stages, 1);
      assert.equal(sums.get(3), 3 + 8 + 13 + 18);
      assert.equal((await placed.join(pairs).collect()).length, 80);
      sc.removeSparkListener(listener);
      assert.ok(!(await placed.partitioner())?.equals(await pairs.partitionBy(new Shifted(3)).partitioner()));
      const plain = { numPartitions: 2, getPartition: () => 0 };
      assert.ok((await pairs.partitionBy(plain).partitioner())?.equals(await pairs.partitionBy(plain).partitioner()));
      assert.ok(
        !(await pairs.partitionBy(plain).partitioner())?.equals(await pairs.partitionBy({ ...plain }).partitioner()),
      );
    });

    it("refuses partitioners that are none, and partitions that they do not have", async () => {
      for (const wrong of [0, 1.5, {}, { numPartitions: 0, getPartition: () => 0 }, null]) {
        assert.throws(
          () => pairs.partitionBy(wrong as never),
          (error) => isMillraceError(error, "INVALID_ARGUMENT"),
        );
      }
      for (const partition of [2, -1, 0.5, undefined]) {
        const partitioner = { numPartitions: 2, getPartition: () => partition as number };
        for (const moved of [pairs.partitionBy(partitioner), pairs.reduceByKey((a, b) => a + b, partitioner)]) {
          await assert.rejects(
            (moved as RDD<unknown>).collect(),
            (error) =>
              isMillraceError(error, "INVALID_ARGUMENT") && /partitionBy|reduceByKey/.test(error.operator ?? ""),
          );
        }
      }
      const pending = Promise.resolve();
      assert.throws(
        () => pairs.partitionBy({ numPartitions: 1, pending, getPartition: () => 0 } as never),
        (error) => isMillraceError(error, "UNSHIPPABLE_CLOSURE"),
      );
    });

    it("results by key compare keys by content, and can be captured", async () => {
      const rows = sc.parallelize<[[string, number], number]>(
        [
          [["a", 1], 1],
          [["b", 2], 2],
          [["a", 1], 3],
        ],
        2,
      );
      const map = await rows.collectAsMap();
      assert.equal(map.get(["a", 1]), 3);
      assert.ok(map.has(["b", 2]) && !map.has(["b", 3]));
      assert.equal(map.size, 2);
      assert.deepEqual(
        [...map],
        [
          [["a", 1], 3],
          [["b", 2], 2],
        ],
      );
      assert.deepEqual([...(await rows.countByKey()).entries()].sort(), [
        [["a", 1], 2],
        [["b", 2], 1],
      ]);
      const counts = await sc.parallelize([{ x: 1 }, { x: 1 }, { x: 2 }]).countByValue();
      assert.equal(counts.get({ x: 1 }), 2);
      assert.deepEqual(await rows.map(([key]) => map.get(key)).collect(), [3, 2, 3]);
    });

    it("lookup computes the one partition in which the key must be", async () => {
      const placed = pairs.partitionBy(4);
      await placed.count();
      let tasks = 0;
      const listener = { onTaskStart: () => tasks++ };
      sc.addSparkListener(listener);
      assert.deepEqual(await placed.lookup(3), [3, 8, 13, 18]);
      assert.equal(tasks, 1);
      sc.removeSparkListener(listener);
      assert.deepEqual(await pairs.lookup(3), [3, 8, 13, 18]);
      assert.deepEqual(await pairs.lookup(99), []);
      await assert.rejects(
        pairs.lookup((() => 1) as never),
        (error) => isMillraceError(error, "UNHASHABLE_KEY") && error.operator === "lookup",
      );
      assert.deepEqual(await sc.parallelize<[unknown, number]>([[["a", 1], 1]] as never).lookup(["a", 1]), [1]);
      assert.deepEqual(await pairs.sortByKey(false, 3).lookup(2), [2, 7, 12, 17]);
    });
  });
}

describe("a KeyedMap", () => {
  it("is a read-only map by key identity, in the order in which keys first came", () => {
    const map = new KeyedMap<unknown, string>([
      ["[1:s1:a", "text"],
      [["a"], "tuple"],
      [Number.NaN, "NaN"],
      [0, "zero"],
      [["a"], "tuple again"],
      [null, "null"],
      [undefined, "undefined"],
    ]);
    assert.deepEqual([...map.keys()], ["[1:s1:a", ["a"], Number.NaN, 0, null, undefined]);
    assert.deepEqual([...map.values()], ["text", "tuple again", "NaN", "zero", "null", "undefined"]);
    assert.equal(map.get(-0), "zero");
    assert.equal(map.get(Number.NaN), "NaN");
    assert.equal(map.get("a"), undefined);
    const seen: unknown[] = [];
    map.forEach((value, key, all) => {
      assert.equal(all, map);
      seen.push([key, value]);
    });
    assert.deepEqual(seen, [...map.entries()]);
    assert.throws(
      () => map.get(() => 1),
      (error) => isMillraceError(error, "UNHASHABLE_KEY"),
    );
  });
});
