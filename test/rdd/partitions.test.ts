import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { HashPartitioner, isMillraceError, SparkContext, StorageLevel } from "millrace";

describe("partitions and partitioners", () => {
  const sc = new SparkContext({ master: "local[2]" });
  after(() => sc.stop());
  const pairs = sc.parallelize(
    Array.from({ length: 20 }, (_, i) => [i % 5, i] as [number, number]),
    4,
  );

  it("parallelize cuts slice i of k at [i·n/k, (i+1)·n/k)", async () => {
    const sizes = await sc
      .parallelize(
        Array.from({ length: 10 }, (_, i) => i),
        3,
      )
      .mapPartitions((p) => [[...p].length])
      .collect();
    assert.deepEqual(sizes, [3, 3, 4]);
  });

  it("a range holds its fractions exactly", async () => {
    assert.deepEqual(await sc.range(0, 1, 0.25, 3).collect(), [0, 0.25, 0.5, 0.75]);
    assert.deepEqual(await sc.range(5, 0, -2).collect(), [5, 3, 1]);
    assert.deepEqual(await sc.range(5, 5).collect(), []);
  });

  it("map drops a partitioner; filter and mapValues keep it; a shuffle by the same one moves nothing", async () => {
    const grouped = pairs.groupByKey(3);
    assert.ok((await grouped.partitioner())?.equals(new HashPartitioner(3)));
    assert.ok(
      (
        await grouped
          .filter(() => true)
          .mapValues((v) => v.length)
          .partitioner()
      )?.equals(new HashPartitioner(3)),
    );
    assert.equal(await grouped.map((pair) => pair).partitioner(), undefined);
    let stages = 0;
    const listener = { onStageSubmitted: () => stages++ };
    sc.addSparkListener(listener);
    await grouped
      .mapValues((v) => v.length)
      .reduceByKey((a, b) => a + b, 3)
      .collect();
    sc.removeSparkListener(listener);
    assert.equal(stages, 2);
  });

  it("puts parents of one partitioner together partition by partition, so that a window moves nothing", async () => {
    const [left, right] = [
      pairs.groupByKey(3),
      pairs
        .mapValues((n) => n + 100)
        .groupByKey(3)
        .mapValues((v) => v),
    ];
    const together = left.union(right);
    assert.equal(await together.getNumPartitions(), 3);
    let stages = 0;
    const listener = { onStageSubmitted: () => stages++ };
    await together.count();
    sc.addSparkListener(listener);
    const sums = await together
      .mapValues((v) => v.length)
      .reduceByKey((a, b) => a + b, 3)
      .collect();
    sc.removeSparkListener(listener);
    assert.equal(stages, 1);
    assert.deepEqual(
      sums.sort(),
      [0, 1, 2, 3, 4].map((k) => [k, 8]),
    );
    assert.equal(await left.union(pairs.groupByKey(2)).getNumPartitions(), 5);
  });

  it("chooses the default partitioner as Spark does (S18)", async () => {
    assert.equal(await pairs.reduceByKey((a, b) => a + b).getNumPartitions(), 4);
    const small = pairs.groupByKey(2);
    assert.equal(await small.join(sc.parallelize([[1, "x"]], 19)).getNumPartitions(), 2);
    assert.equal(await small.join(sc.parallelize([[1, "x"]], 20)).getNumPartitions(), 20);
    const set = new SparkContext({ master: "local", conf: { "spark.default.parallelism": 6 } });
    assert.equal(
      await set
        .parallelize([[1, 2]], 2)
        .groupByKey()
        .getNumPartitions(),
      6,
    );
    await set.stop();
  });

  it("skips a stage whose output stands, and reads persisted partitions", async () => {
    const stages: string[] = [];
    const listener = { onStageSubmitted: ({ name }: { name: string }) => stages.push(name.split(" ")[0]!) };
    sc.addSparkListener(listener);
    const counts = pairs.reduceByKey((a, b) => a + b);
    await counts.collect();
    await counts.collect();
    assert.deepEqual(stages.splice(0), ["reduceByKey", "collect", "collect"]);
    const kept = pairs
      .reduceByKey((a, b) => a + b, 2)
      .map(([k, v]) => k + v)
      .persist(StorageLevel.MEMORY_ONLY);
    const first = await kept.collect();
    assert.deepEqual(stages.splice(0), ["reduceByKey", "collect"]);
    const before = sc.blocksInUse.blocks;
    assert.deepEqual(await kept.collect(), first);
    kept.unpersist();
    assert.equal(sc.blocksInUse.blocks, before - 2);
    assert.deepEqual(await kept.collect(), first);
    sc.removeSparkListener(listener);
  });

  it("refuses what cannot be", () => {
    for (const wrong of [
      () => sc.parallelize([1], 0),
      () => sc.range(0, 1, 0),
      () => pairs.repartition(1.5),
      () => new HashPartitioner(-1),
      () => pairs.map("x" as never),
      () => new SparkContext({ master: "yarn" }),
      () => pairs.persist().persist(StorageLevel.MEMORY_ONLY_SER),
    ]) {
      assert.throws(wrong, (error) => isMillraceError(error));
    }
    pairs.unpersist();
  });
});
