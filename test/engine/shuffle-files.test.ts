/** Shuffle output that memory has no room for: the same results, from files, of which nothing is left. */
import assert from "node:assert/strict";
import { readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { isMillraceError, type RDD, SparkContext } from "millrace";
import { StreamTester } from "millrace/testing";
import { eventually } from "../eventually.ts";
import { filesIn, localDirectory } from "../streaming/receiver/local-files.ts";

/** A context with so many bytes of memory for blocks. */
function context(t: TestContext, master: string, memory: number | string, local = localDirectory(t)) {
  const conf = { "spark.local.dir": local, "millrace.block.memory": memory, "spark.ui.enabled": false };
  const sc = new SparkContext({ master, conf });
  t.after(() => sc.stop());
  return { sc, local };
}

class Reading {
  readonly celsius: number;

  constructor(celsius: number) {
    this.celsius = celsius;
  }

  isHot(): boolean {
    return this.celsius > 50;
  }
}

type Pairs = RDD<[string, number]>;

/** What crosses in each of the ways that there are. */
const OPERATIONS: Record<string, (pairs: Pairs) => Promise<unknown>> = {
  reduceByKey: async (pairs) => sorted(await pairs.reduceByKey((a, b) => a + b, 3).collect()),
  groupByKey: (pairs) => pairs.groupByKey(2).sortByKey().collect(),
  repartition: (pairs) => pairs.repartition(4).glom().collect(),
  sortBy: (pairs) => pairs.sortBy(([key, n]) => [n, key]).collect(),
  join: async (pairs) => sorted(await pairs.join(pairs.mapValues((n) => -n)).collect()),
  instances: async (pairs) =>
    sorted(
      await pairs
        .mapValues((n) => new Reading(n))
        .partitionBy(3)
        .mapValues((reading) => reading.isHot())
        .collect(),
    ),
};

function sorted(records: readonly unknown[]): unknown[] {
  return records.map((record) => JSON.stringify(record)).sort();
}

for (const master of ["local", "local[2]"]) {
  describe(`shuffle output in files (${master})`, () => {
    it("gives what it gives in memory, whatever the records and the memory", { timeout: 60_000 }, async (t) => {
      const all = context(t, master, "1g");
      const records = fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.integer({ min: 0, max: 100 })), {
        maxLength: 200,
      });
      const budgets = [0, 2000];
      const some = budgets.map((memory) => context(t, master, memory));
      await fc.assert(
        fc.asyncProperty(records, fc.integer({ min: 1, max: 4 }), async (given, slices) => {
          for (const [name, operation] of Object.entries(OPERATIONS)) {
            const expected = await operation(all.sc.parallelize(given, slices));
            for (const [i, { sc }] of some.entries()) {
              assert.deepEqual(
                await operation(sc.parallelize(given, slices)),
                expected,
                `${name} with ${budgets[i]} bytes`,
              );
            }
          }
        }),
        { seed: 6, numRuns: 6 },
      );
      assert.deepEqual(filesIn(all.local), []);
      for (const { sc, local } of some) {
        assert.ok(filesIn(local).length > 0);
        await sc.stop();
        assert.deepEqual(readdirSync(local), []);
      }
    });

    it("is removed with its batch", async (t) => {
      const local = localDirectory(t);
      const tester = new StreamTester({ master, conf: { "spark.local.dir": local, "millrace.block.memory": 0 } });
      t.after(() => tester.stop());
      const batches = Array.from({ length: 20 }, (_, n): [string, number][] => [
        ["a", n],
        ["b", 1],
      ]);
      const sums = tester.output(tester.input(batches).reduceByKey((a, b) => a + b, 1));
      await tester.start();
      await tester.advance("20 seconds");
      assert.deepEqual(sorted(sums.records.at(-1)!), ['["a",19]', '["b",1]']);
      // Of the last batch, which the next one would have forgotten.
      await eventually("the other files are gone", () => filesIn(local).length === 2);
      await tester.stop();
      assert.deepEqual(readdirSync(local), []);
    });

    it("fails the job where its file is damaged, or cannot be written", async (t) => {
      const { sc, local } = context(t, master, 0);
      const reduced = sc.parallelize([["a", 1] as const, ["b", 2] as const], 1).partitionBy(2);
      assert.equal(await reduced.count(), 2);
      for (const { path } of filesIn(local)) truncateSync(path, 4);
      await assert.rejects(
        reduced.count(),
        (error) => isMillraceError(error, "FILE_CORRUPT") && error.operator === "partitionBy",
      );
      const full = join(localDirectory(t), "full");
      writeFileSync(full, "");
      const { sc: other } = context(t, master, 0, full);
      await assert.rejects(
        other
          .parallelize<[string, number]>([["a", 1]])
          .reduceByKey((a, b) => a + b)
          .count(),
        (error) => isMillraceError(error, "FILE_UNWRITABLE"),
      );
    });
  });
}
