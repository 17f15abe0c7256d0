import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { type RDD, SparkContext } from "millrace";

describe("toDebugString", () => {
  const sc = new SparkContext({ master: "local" });
  after(() => sc.stop());
  /** Without ids and places. */
  const shape = async (rdd: RDD<unknown>) => (await rdd.toDebugString()).replace(/\[\d+\] at \S+/g, "").split("\n");
  const pairs = sc.range(0, 10, 1, 4).map((n) => [n % 3, n]);

  it("draws narrow parents below, and shuffles a step to the right", async () => {
    assert.deepEqual(await shape(pairs), ["(4) map []", " |  range []"]);
    assert.deepEqual(await shape(pairs.groupByKey(12).mapValues((v) => v.length)), [
      "(12) mapValues []",
      " |   groupByKey []",
      " +-(4) map []",
      "    |  range []",
    ]);
  });

  it("draws several parents one after the other, and what moves nothing without a step", async () => {
    const placed = pairs.partitionBy(2).persist();
    assert.deepEqual(await shape(placed.join(pairs)), [
      "(2) join []",
      " |  join []",
      " |  partitionBy [MEMORY_ONLY]",
      " +-(4) map []",
      "    |  range []",
      " +-(4) map []",
      "    |  range []",
    ]);
    assert.deepEqual(await shape(pairs.union(pairs.coalesce(1))), [
      "(5) union []",
      " |  map []",
      " |  range []",
      " |  coalesce []",
      " |  map []",
      " |  range []",
    ]);
  });

  it("names ids and lines", async () => {
    assert.match(await pairs.toDebugString(), /^\(4\) map\[\d+\] at \S+debug-string\.test\.ts:\d+:\d+ \[\]\n/);
  });
});
