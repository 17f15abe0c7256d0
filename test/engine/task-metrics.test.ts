import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import {
  type BlockUpdated,
  type ExecutorAdded,
  type ExecutorRemoved,
  SparkContext,
  StorageLevel,
  type TaskEnd,
  type TaskMetrics,
} from "millrace";

const folder = mkdtempSync(join(tmpdir(), "millrace-metrics-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What the tasks have counted that `run` starts, in all. */
async function metricsOf(sc: SparkContext, run: () => Promise<unknown>): Promise<TaskMetrics & { tasks: number }> {
  const ends: TaskEnd[] = [];
  const listener = { onTaskEnd: (end: TaskEnd) => ends.push(end) };
  sc.addSparkListener(listener);
  await run();
  sc.removeSparkListener(listener);
  const sum = (key: keyof TaskMetrics) => ends.reduce((total, { metrics }) => total + metrics![key], 0);
  return {
    tasks: ends.length,
    inputRecords: sum("inputRecords"),
    inputBytes: sum("inputBytes"),
    shuffleReadRecords: sum("shuffleReadRecords"),
    shuffleReadBytes: sum("shuffleReadBytes"),
    shuffleWriteRecords: sum("shuffleWriteRecords"),
    shuffleWriteBytes: sum("shuffleWriteBytes"),
    outputRecords: sum("outputRecords"),
    outputBytes: sum("outputBytes"),
    resultBytes: sum("resultBytes"),
  };
}

for (const master of ["local", "local[2]"]) {
  describe(`the metrics of tasks (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());

    it("count what crosses a shuffle once on either side", async () => {
      const pairs = sc.range(0, 1000, 1, 3).map((n) => [n % 10, n]);
      const metrics = await metricsOf(sc, () => pairs.reduceByKey((a, b) => a + b, 2).collect());
      assert.equal(metrics.tasks, 5);
      assert.deepEqual([metrics.inputRecords, metrics.inputBytes], [1000, 0]);
      // Combined on the map side: ten keys from each of three partitions.
      assert.equal(metrics.shuffleWriteRecords, 30);
      assert.equal(metrics.shuffleReadRecords, 30);
      assert.equal(metrics.shuffleReadBytes, metrics.shuffleWriteBytes);
      assert.ok(metrics.shuffleWriteBytes > 0 && metrics.resultBytes > 0);
    });

    it("count a persisted RDD as input when it is read again", async () => {
      const kept = sc.range(0, 100, 1, 2).map(String).persist();
      const first = await metricsOf(sc, () => kept.count());
      assert.deepEqual([first.inputRecords, first.inputBytes], [100, 0]);
      const second = await metricsOf(sc, () => kept.count());
      assert.equal(second.inputRecords, 100);
      assert.ok(second.inputBytes > 100);
      kept.unpersist();
    });

    it("count the bytes of files, and of lines written to files", async () => {
      const text = Array.from({ length: 5000 }, (_, i) => `line ${i}\n`).join("");
      const [plain, zipped, out] = [join(folder, `${master}.txt`), join(folder, `${master}.gz`), join(folder, master)];
      writeFileSync(plain, text);
      writeFileSync(zipped, gzipSync(text));
      for (const path of [plain, zipped]) {
        const read = await metricsOf(sc, () => sc.textFile(path, 3).count());
        assert.deepEqual([read.inputRecords, read.inputBytes], [5000, text.length]);
      }
      const written = await metricsOf(sc, () => sc.textFile(plain).saveAsTextFile(out));
      assert.deepEqual([written.outputRecords, written.outputBytes], [5000, text.length]);
    });

    it("are missing where a task has failed", async () => {
      const ends: TaskEnd[] = [];
      const listener = { onTaskEnd: (end: TaskEnd) => ends.push(end) };
      sc.addSparkListener(listener);
      const failing = sc.range(0, 1, 1, 1).map(() => {
        throw new Error("no");
      });
      await assert.rejects(failing.count());
      sc.removeSparkListener(listener);
      assert.deepEqual(
        ends.map(({ metrics, killed }) => [metrics, killed]),
        [[undefined, false]],
      );
    });

    it("tell of each partition that is kept, and of an RDD that is no longer", async () => {
      const updates: BlockUpdated[] = [];
      const unpersisted: number[] = [];
      const listener = {
        onBlockUpdated: (update: BlockUpdated) => updates.push(update),
        onUnpersistRDD: ({ rddId }: { rddId: number }) => unpersisted.push(rddId),
      };
      sc.addSparkListener(listener);
      const kept = sc.range(0, 100, 1, 3).map(String).persist(StorageLevel.MEMORY_ONLY_SER);
      await kept.take(1);
      await kept.count();
      kept.unpersist();
      kept.unpersist();
      sc.removeSparkListener(listener);
      assert.deepEqual(updates.map(({ partition }) => partition).sort(), [0, 1, 2]);
      for (const { name, storageLevel, numPartitions, memSize } of updates) {
        assert.match(name, /^map at .*task-metrics\.test\.ts:\d+/);
        assert.deepEqual([storageLevel, numPartitions], [StorageLevel.MEMORY_ONLY_SER, 3]);
        assert.ok(memSize > 0);
      }
      assert.deepEqual(unpersisted, [updates[0]!.rddId]);
    });
  });
}

describe("listeners hear of executors", () => {
  it("that begin with the first job, and of one that ends before the context does", async () => {
    const sc = new SparkContext({ master: "local[2]" });
    const added: ExecutorAdded[] = [];
    const removed: ExecutorRemoved[] = [];
    const gone = Promise.withResolvers<void>();
    let applicationEnd = 0;
    sc.addSparkListener({
      onExecutorAdded: (event) => added.push(event),
      onExecutorRemoved: (event) => {
        removed.push(event);
        gone.resolve();
      },
      onApplicationEnd: ({ time }) => {
        applicationEnd = time;
      },
    });
    await sc.range(0, 2, 1, 2).count();
    assert.deepEqual(
      added.map(({ executorId, host, totalCores, maxMemory }) => [executorId, host, totalCores, maxMemory]),
      [
        ["executor-1", "localhost", 1, 2 ** 30],
        ["executor-2", "localhost", 1, 2 ** 30],
      ],
    );
    assert.equal(sc.killExecutor("executor-1"), true);
    await gone.promise;
    assert.equal(await sc.range(0, 2, 1, 2).count(), 2);
    await sc.stop();
    assert.deepEqual(
      removed.map(({ executorId }) => executorId),
      ["executor-1"],
    );
    assert.deepEqual(added.map(({ executorId }) => executorId).slice(2), ["executor-3"]);
    assert.ok(applicationEnd >= added[0]!.time);
  });
});
