import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError, type RDD, SparkContext } from "millrace";

const NUM_RUNS = process.env.MILLRACE_LONG ? 300 : 25;
const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

for (const master of ["local", "local[2]"]) {
  describe(`actions on numbers (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());

    it("sum and stats are those of the array, however it is partitioned", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 }),
          fc.integer({ min: 1, max: 6 }),
          async (numbers, slices) => {
            const rdd = sc.parallelize(numbers, slices);
            const total = numbers.reduce((a, b) => a + b, 0);
            const mean = total / numbers.length;
            const squares = numbers.reduce((sum, n) => sum + (n - mean) ** 2, 0);
            assert.ok(near(await rdd.sum(), total));
            const stats = await rdd.stats();
            assert.equal(stats.count, numbers.length);
            assert.ok(near(stats.mean, mean) && near(stats.sum, total));
            assert.ok(near(stats.variance, squares / numbers.length), `${stats.variance}`);
            if (numbers.length > 1) assert.ok(near(stats.sampleVariance, squares / (numbers.length - 1)));
            assert.deepEqual([stats.min, stats.max], [Math.min(...numbers), Math.max(...numbers)]);
          },
        ),
        { numRuns: NUM_RUNS, seed: 20_261_126 },
      );
      const rdd = sc.parallelize([2, 4], 2);
      const all = [rdd.mean(), rdd.variance(), rdd.popVariance(), rdd.stdev(), rdd.popStdev(), rdd.sampleVariance()];
      assert.deepEqual(await Promise.all([...all, rdd.sampleStdev()]), [3, 1, 1, 1, 1, 2, Math.SQRT2]);
    });

    it("of no numbers are what Spark says, and NaN is not lost", async () => {
      for (const none of [sc.parallelize<number>([], 3), sc.emptyRDD<number>()]) {
        assert.equal(await none.sum(), 0);
        const { count, mean, variance, sampleStdev, max, min } = await none.stats();
        assert.deepEqual([count, mean, variance, sampleStdev], [0, 0, Number.NaN, Number.NaN]);
        assert.deepEqual([max, min], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
      }
      const { count, mean, max } = await sc.parallelize([1, Number.NaN, 3], 2).stats();
      assert.deepEqual([count, mean, max], [3, Number.NaN, Number.NaN]);
      assert.ok(Number.isNaN(await sc.parallelize([5]).sampleVariance()));
    });

    it("histogram counts as the naive loop does", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: -12, max: 12 }), { maxLength: 40 }),
          fc.uniqueArray(fc.integer({ min: -10, max: 10 }), { minLength: 2, maxLength: 6 }),
          fc.integer({ min: 1, max: 4 }),
          async (numbers, some, slices) => {
            const bounds = some.sort((a, b) => a - b);
            const last = bounds.length - 2;
            const expected = bounds.slice(1).map((upper, i) => {
              return numbers.filter((n) => n >= bounds[i]! && (n < upper || (i === last && n === upper))).length;
            });
            assert.deepEqual(await sc.parallelize(numbers, slices).histogram(bounds), expected);
          },
        ),
        { numRuns: NUM_RUNS, seed: 20_261_127 },
      );
      const hundred = sc.range(0, 101, 1, 3);
      const [bounds, counts] = await hundred.histogram(4);
      assert.deepEqual(bounds, [0, 25, 50, 75, 100]);
      assert.deepEqual(counts, [25, 25, 25, 26]);
      assert.deepEqual(await hundred.histogram(bounds, { even: true }), counts);
      assert.deepEqual(await sc.parallelize([7, 7]).histogram(3), [[7, 7], [2]]);
    });

    it("refuse what is no number, and buckets that are none", async () => {
      const code = (work: Promise<unknown>, wanted: string) =>
        assert.rejects(work, (error) => isMillraceError(error) && error.code === wanted && error.site !== undefined);
      const words = sc.parallelize(["a"]) as unknown as RDD<number>;
      await code(words.sum(), "INVALID_ARGUMENT");
      await code(words.stats(), "INVALID_ARGUMENT");
      await code(words.histogram([0, 1]), "INVALID_ARGUMENT");
      await code(words.histogram(1), "INVALID_ARGUMENT");
      const numbers = sc.parallelize([1, 2]);
      for (const bounds of [[], [1], [2, 1]]) await code(numbers.histogram(bounds), "INVALID_ARGUMENT");
      for (const count of [0, -1, 1.5]) await code(numbers.histogram(count), "INVALID_ARGUMENT");
      await code(sc.parallelize([1, Number.POSITIVE_INFINITY]).histogram(1), "INVALID_ARGUMENT");
      await code(sc.emptyRDD<number>().histogram(1), "EMPTY_COLLECTION");
    });
  });
}
