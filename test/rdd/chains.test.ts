import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { type RDD, SparkContext } from "millrace";

/** One operator, on an RDD and on the partitions of a naive array. */
interface Op {
  readonly name: string;
  rdd(rdd: RDD<number>, sc: SparkContext): RDD<number>;
  naive(data: readonly number[]): number[];
}

const op: fc.Arbitrary<Op> = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map((k) => ({
    name: `map(+${k})`,
    rdd: (rdd: RDD<number>) => rdd.map((n) => n + k),
    naive: (data: readonly number[]) => data.map((n) => n + k),
  })),
  fc.integer({ min: 1, max: 4 }).map((m) => ({
    name: `filter(%${m})`,
    rdd: (rdd: RDD<number>) => rdd.filter((n) => n % m !== 0),
    naive: (data: readonly number[]) => data.filter((n) => n % m !== 0),
  })),
  fc.integer({ min: 0, max: 3 }).map((times) => ({
    name: `flatMap(x${times})`,
    rdd: (rdd: RDD<number>) => rdd.flatMap((n) => Array.from({ length: times }, (_, i) => n * 10 + i)),
    naive: (data: readonly number[]) => data.flatMap((n) => Array.from({ length: times }, (_, i) => n * 10 + i)),
  })),
  fc.constant({
    name: "flatMap(generator)",
    rdd: (rdd: RDD<number>) =>
      rdd.flatMap(function* (n) {
        yield n;
        if (n % 2 === 0) yield -n;
      }),
    naive: (data: readonly number[]) => data.flatMap((n) => (n % 2 === 0 ? [n, -n] : [n])),
  }),
  fc.constant({
    name: "mapPartitions(sorted)",
    rdd: (rdd: RDD<number>) => rdd.mapPartitions((numbers) => [...numbers].map((n) => n - 1)),
    naive: (data: readonly number[]) => data.map((n) => n - 1),
  }),
  fc.constant({
    name: "mapPartitions(async)",
    rdd: (rdd: RDD<number>) =>
      rdd.mapPartitions(async function* (numbers) {
        for await (const n of numbers) yield n * 3;
      }),
    naive: (data: readonly number[]) => data.map((n) => n * 3),
  }),
  fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 6 }).map((more) => ({
    name: `union(${more})`,
    rdd: (rdd: RDD<number>, sc: SparkContext) => rdd.union(sc.parallelize(more, 2)),
    naive: (data: readonly number[]) => [...data, ...more],
  })),
  fc.integer({ min: 1, max: 5 }).map((n) => ({
    name: `repartition(${n})`,
    rdd: (rdd: RDD<number>) => rdd.repartition(n),
    naive: (data: readonly number[]) => [...data],
  })),
  fc.integer({ min: 1, max: 4 }).map((n) => ({
    name: `reduceByKey(${n})`,
    rdd: (rdd: RDD<number>) =>
      rdd
        .map((x) => [x % 7, x])
        .reduceByKey((a, b) => a + b, n)
        .map(([key, sum]) => key * 1000 + sum),
    naive: (data: readonly number[]) =>
      [...Map.groupBy(data, (x) => x % 7 || 0)].map(([key, xs]) => key * 1000 + xs.reduce((a, b) => a + b)),
  })),
  fc.constant({
    name: "persist",
    rdd: (rdd: RDD<number>) => rdd.persist(),
    naive: (data: readonly number[]) => [...data],
  }),
);

const sorted = (numbers: readonly number[]) => numbers.map((n) => n || 0).sort((a, b) => a - b);

for (const master of ["local", "local[1]", "local[3]"]) {
  describe(`random chains of operators equal naive arrays (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());

    it("as multisets, counted, reduced and iterated", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 40 }),
          fc.integer({ min: 1, max: 4 }),
          fc.array(op, { maxLength: 5 }),
          async (data, slices, ops) => {
            const rdd = ops.reduce((made, next) => next.rdd(made, sc), sc.parallelize(data, slices));
            const expected = ops.reduce((made, next) => next.naive(made), data);
            const collected = await rdd.collect();
            assert.deepEqual(sorted(collected), sorted(expected));
            assert.equal(await rdd.count(), expected.length);
            const iterated: number[] = [];
            for await (const n of rdd) iterated.push(n);
            assert.deepEqual(iterated, collected);
            assert.deepEqual(await rdd.take(3), collected.slice(0, 3));
            if (expected.length > 0) {
              assert.equal(await rdd.reduce((a, b) => Math.max(a, b)), Math.max(...collected));
              assert.equal(await rdd.first(), collected[0]);
            }
          },
        ),
        { numRuns: 60, seed: 20260101 },
      );
    });

    it("in order, where no shuffle is between", async () => {
      const numbers = Array.from({ length: 5000 }, (_, i) => i);
      const rdd = sc
        .parallelize(numbers, 7)
        .filter((n) => n % 3 > 0)
        .map((n) => n * 2);
      assert.deepEqual(
        await rdd.collect(),
        numbers.filter((n) => n % 3 > 0).map((n) => n * 2),
      );
      assert.deepEqual(await rdd.take(1500), (await rdd.collect()).slice(0, 1500));
    });
  });
}
