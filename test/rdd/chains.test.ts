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
    name: "mapPartitionsWithIndex",
    rdd: (rdd: RDD<number>) =>
      rdd.mapPartitionsWithIndex((index, numbers) => {
        if (!Number.isInteger(index) || index < 0) throw new Error(`partition ${index}`);
        return [...numbers].map((n) => n + 1);
      }),
    naive: (data: readonly number[]) => data.map((n) => n + 1),
  }),
  fc.constant({
    name: "keyBy, swapped",
    rdd: (rdd: RDD<number>) => rdd.keyBy((n) => n * 2).keys(),
    naive: (data: readonly number[]) => data.map((n) => n * 2),
  }),
  fc.constant({
    name: "glom, flattened",
    rdd: (rdd: RDD<number>) => rdd.glom().flatMap((numbers) => [...numbers]),
    naive: (data: readonly number[]) => [...data],
  }),
  fc.integer({ min: 1, max: 4 }).map((n) => ({
    name: `distinct(${n})`,
    rdd: (rdd: RDD<number>) => rdd.distinct(n),
    naive: (data: readonly number[]) => [...new Set(data)],
  })),
  fc.record({ n: fc.integer({ min: 1, max: 4 }), shuffle: fc.boolean() }).map(({ n, shuffle }) => ({
    name: `coalesce(${n}, ${shuffle})`,
    rdd: (rdd: RDD<number>) => rdd.coalesce(n, shuffle),
    naive: (data: readonly number[]) => [...data],
  })),
  fc.record({ n: fc.integer({ min: 1, max: 4 }), ascending: fc.boolean() }).map(({ n, ascending }) => ({
    name: `sortBy(${ascending}, ${n})`,
    rdd: (rdd: RDD<number>) => rdd.sortBy((x) => [x % 3, x], ascending, n),
    naive: (data: readonly number[]) => [...data],
  })),
  fc.constant({
    name: "sortByKey(comparator)",
    rdd: (rdd: RDD<number>) =>
      rdd
        .map((x) => [{ x }, x])
        .sortByKey(true, 3, (a, b) => a.x - b.x)
        .values(),
    naive: (data: readonly number[]) => [...data],
  }),
  fc.constant({
    name: "zipWithIndex",
    rdd: (rdd: RDD<number>) => rdd.zipWithIndex().values(),
    naive: (data: readonly number[]) => data.map((_, i) => i),
  }),
  fc.constantFrom(0, 1).map((fraction) => ({
    name: `sample(${fraction})`,
    rdd: (rdd: RDD<number>) => rdd.sample(false, fraction),
    naive: (data: readonly number[]) => (fraction === 1 ? [...data] : []),
  })),
  fc.constant({
    name: "flatMapValues",
    rdd: (rdd: RDD<number>) =>
      rdd
        .map((x) => [x, x])
        .flatMapValues((x) => [x, x + 1])
        .values(),
    naive: (data: readonly number[]) => data.flatMap((x) => [x, x + 1]),
  }),
  fc.integer({ min: 1, max: 4 }).map((n) => ({
    name: `aggregateByKey(${n})`,
    rdd: (rdd: RDD<number>) =>
      rdd
        .map((x) => [Math.abs(x) % 5, x])
        .aggregateByKey(
          { values: [] as number[] },
          (all, x) => {
            all.values.push(x);
            return all;
          },
          (a, b) => {
            a.values.push(...b.values);
            return a;
          },
          n,
        )
        .map(([key, { values }]) => key * 100 + values.reduce((a, b) => a + b)),
    naive: (data: readonly number[]) =>
      [...Map.groupBy(data, (x) => Math.abs(x) % 5)].map(([key, xs]) => key * 100 + xs.reduce((a, b) => a + b)),
  })),
  fc.constant({
    name: "foldByKey(max)",
    rdd: (rdd: RDD<number>) =>
      rdd
        .map((x) => [Math.abs(x) % 5, x])
        .foldByKey(Number.NEGATIVE_INFINITY, (a, b) => Math.max(a, b))
        .values(),
    naive: (data: readonly number[]) =>
      [...Map.groupBy(data, (x) => Math.abs(x) % 5).values()].map((xs) => Math.max(...xs)),
  }),
  fc.integer({ min: 1, max: 4 }).map((n) => ({
    name: `partitionBy(${n})`,
    rdd: (rdd: RDD<number>) =>
      rdd
        .map((x) => [x, x])
        .partitionBy({ numPartitions: n, getPartition: (x: number) => Math.abs(x) % n })
        .mapValues((x) => x + 2)
        .values(),
    naive: (data: readonly number[]) => data.map((x) => x + 2),
  })),
  fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 5 }).map((others) => ({
    name: `outer joins and subtractByKey(${others})`,
    rdd: (rdd: RDD<number>, sc: SparkContext) => {
      const pairs = rdd.map((x) => [x, x]);
      const right = sc.parallelize(others, 2).map((x) => [x, 1000]);
      return pairs
        .leftOuterJoin(right)
        .map(([, [a, b]]) => a + (b ?? 0))
        .union(pairs.rightOuterJoin(right).map(([, [a, b]]) => (a ?? 7) + b))
        .union(pairs.fullOuterJoin(right).map(([, [a, b]]) => (a ?? 7) + (b ?? 0)))
        .union(pairs.subtractByKey(right).values());
    },
    naive: (data: readonly number[]) => {
      const inner = data.flatMap((x) => others.filter((o) => o === x).map(() => x + 1000));
      const left = data.filter((x) => !others.includes(x));
      const right = others.filter((o) => !data.includes(o)).map(() => 1007);
      return [...inner, ...left, ...inner, ...right, ...inner, ...left, ...right, ...left];
    },
  })),
  fc.constant({
    name: "persist",
    rdd: (rdd: RDD<number>) => rdd.persist(),
    naive: (data: readonly number[]) => [...data],
  }),
);

const sorted = (numbers: readonly number[]) => numbers.map((n) => n || 0).sort((a, b) => a - b);

for (const master of ["local", "local[1]", "local[2]", "local[3]", "local[4]"]) {
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
            assert.equal(await rdd.isEmpty(), expected.length === 0);
            assert.deepEqual(await rdd.takeOrdered(4), sorted(expected).slice(0, 4));
            assert.deepEqual(await rdd.top(4), sorted(expected).reverse().slice(0, 4));
            assert.deepEqual(await rdd.sortBy((x) => x).collect(), sorted(expected));
            assert.deepEqual(await rdd.sortBy((x) => x, false, 3).collect(), sorted(expected).reverse());
            const total = expected.reduce((a, b) => a + b, 0);
            assert.equal(await rdd.fold(0, (a, b) => a + b), total);
            assert.deepEqual(
              await rdd.aggregate(
                [0, 0],
                ([n, sum], x) => [n + 1, sum + x],
                ([n, sum], [m, more]) => [n + m, sum + more],
              ),
              [expected.length, total],
            );
            const counts = Map.groupBy(
              expected.map((x) => x || 0),
              (x) => x,
            );
            assert.deepEqual(new Map(await rdd.countByValue()), new Map([...counts].map(([x, xs]) => [x, xs.length])));
            if (expected.length > 0) {
              assert.equal(await rdd.reduce((a, b) => Math.max(a, b)), Math.max(...collected));
              assert.equal(await rdd.first(), collected[0]);
              assert.equal(await rdd.max(), Math.max(...collected));
              assert.equal(await rdd.min(), Math.min(...collected));
            }
          },
        ),
        { numRuns: 30, seed: 20260101 },
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
