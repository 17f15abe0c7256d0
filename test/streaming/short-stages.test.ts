import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { isMillraceError, StorageLevel } from "millrace";
import { StreamTester } from "millrace/testing";
import { eventually } from "../eventually.ts";

const directory = mkdtempSync(join(tmpdir(), "millrace-short-stages-"));
after(() => rmSync(directory, { recursive: true, force: true }));

/** However slow the machine is. */
const ALWAYS = { "millrace.task.together": "1 hour" };

const words = ["a", "b", "c", "a", "b", "a"];
const counted = [
  ["a", 3],
  ["b", 2],
  ["c", 1],
];
const sorted = <V>(pairs: readonly (readonly [string, V])[]) => [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));

function tester(conf: Record<string, string>, failures = 1) {
  return new StreamTester({ master: `local[2, ${failures}]`, conf });
}

function counts(
  ofTester: StreamTester,
  batches: number,
  through: (word: string, time?: number) => string = (word) => word,
) {
  return ofTester
    .input(Array.from({ length: batches }, () => words))
    .map((word): [string, number] => [through(word), 1])
    .reduceByKey((a, b) => a + b, 3);
}

describe("the tasks of short stages", () => {
  it("run in one thread, those of a result with those of its shuffle, and listeners hear of each once, in order", async () => {
    const ssc = tester(ALWAYS);
    const events: string[] = [];
    const executors: Set<string>[] = [];
    ssc.ssc.sparkContext.addSparkListener({
      onStageSubmitted: ({ stageId, numTasks }) => {
        executors[stageId] = new Set();
        events.push(`stage ${stageId} of ${numTasks}`);
      },
      onStageCompleted: ({ stageId }) => void events.push(`stage ${stageId} completed`),
      onTaskStart: ({ stageId, partition, executorId }) => {
        executors[stageId]!.add(executorId);
        events.push(`task ${stageId}/${partition}`);
      },
      onTaskEnd: ({ stageId, partition, metrics }) => {
        assert.ok(metrics !== undefined);
        events.push(`task ${stageId}/${partition} ended`);
      },
    });
    const collected = ssc.output(counts(ssc, 3));
    await ssc.start();
    await ssc.advance("1 second");
    const perBatch = events.length;
    await ssc.advance("2 seconds");
    for (const records of collected.records) assert.deepEqual(sorted(records), counted);
    assert.deepEqual(events.slice(perBatch, 2 * perBatch), [
      "stage 3 of 2",
      "task 3/0",
      "task 3/0 ended",
      "task 3/1",
      "task 3/1 ended",
      "stage 3 completed",
      "stage 4 of 3",
      ...[0, 1, 2].flatMap((partition) => [`task 4/${partition}`, `task 4/${partition} ended`]),
      "stage 4 completed",
    ]);
    const [, , , map, result] = executors;
    assert.equal(map!.size, 1);
    assert.deepEqual(result, map);
    await ssc.stop();
    assert.equal(ssc.ssc.sparkContext.blocksInUse.blocks, 0);
  });

  it("run in several where they are not short, or that is not wanted", async () => {
    const ssc = tester({ "millrace.task.together": "0" });
    const executors = new Set<string>();
    ssc.ssc.sparkContext.addSparkListener({ onTaskStart: ({ executorId }) => void executors.add(executorId) });
    ssc.output(counts(ssc, 3));
    await ssc.start();
    await ssc.advance("3 seconds");
    assert.equal(executors.size, 2);
    await ssc.stop();
  });

  it("run in several where there are more of them than stages have had that were short", async () => {
    const ssc = tester(ALWAYS);
    const executors: Set<string>[] = [];
    ssc.ssc.sparkContext.addSparkListener({
      onTaskStart: ({ stageId, executorId }) => {
        executors[stageId] = (executors[stageId] ?? new Set()).add(executorId);
      },
    });
    const few = ssc.input(Array.from({ length: 6 }, () => words));
    const many = ssc.ssc.sparkContext.parallelize(words, 6);
    const widened = few.transform((rdd, { milliseconds }) => (milliseconds === 6000 ? rdd.union(many) : rdd));
    const collected = ssc.output(widened);
    await ssc.start();
    await ssc.advance("6 seconds");
    assert.equal(collected.records[5]!.length, 2 * words.length);
    assert.deepEqual(
      executors.slice(-3).map(({ size }) => size),
      [1, 1, 2],
    );
    await ssc.stop();
  });

  it("count in accumulators once, and keep what is persisted", async () => {
    const ssc = tester(ALWAYS);
    const { sparkContext } = ssc.ssc;
    const [mapped, read] = [sparkContext.longAccumulator("mapped"), sparkContext.longAccumulator("read")];
    const results: unknown[] = [];
    counts(ssc, 5, (word) => {
      mapped.add(1);
      return word;
    })
      .persist(StorageLevel.MEMORY_ONLY)
      .foreachRDD(async (rdd) => {
        const passed = rdd.map((pair) => {
          read.add(1);
          return pair;
        });
        await passed.count();
        results.push(sorted(await rdd.collect()));
      });
    await ssc.start();
    await ssc.advance("5 seconds");
    assert.deepEqual(results, Array(5).fill(counted));
    assert.equal(mapped.value, 5 * words.length);
    assert.equal(read.value, 15);
    await ssc.stop();
    assert.equal(sparkContext.blocksInUse.blocks, 0);
  });

  it("are tried again one by one where one of them fails", async () => {
    const attempts = join(directory, "attempt");
    const ssc = tester(ALWAYS, 3);
    const started: number[] = [];
    ssc.ssc.sparkContext.addSparkListener({ onTaskStart: ({ partition }) => void started.push(partition) });
    const collected = ssc.output(
      counts(ssc, 4, (word) => {
        const fs = process.getBuiltinModule("node:fs");
        const file = `${attempts}-${word}`;
        const times = fs.existsSync(file) ? fs.readFileSync(file, "utf8").length : 0;
        fs.appendFileSync(file, ".");
        // In the third batch, twice; "c" is in the first partition, "b" in both.
        if ((word === "c" && (times === 2 || times === 3)) || (word === "b" && times === 9)) throw new Error("not now");
        return word;
      }),
    );
    await ssc.start();
    await ssc.advance("4 seconds");
    assert.equal(ssc.failure, undefined);
    assert.deepEqual(collected.records.map(sorted), Array(4).fill(counted));
    assert.ok(started.length > 4 * 5);
    await ssc.stop();
    assert.equal(ssc.ssc.sparkContext.blocksInUse.blocks, 0);
  });

  it("may end their thread", async () => {
    const flag = join(directory, "ended");
    const ssc = tester(ALWAYS);
    const lost: string[] = [];
    ssc.ssc.sparkContext.addSparkListener({ onExecutorRemoved: ({ executorId }) => void lost.push(executorId) });
    const reduced = counts(ssc, 4).map(([word, n]): [string, number] => {
      const fs = process.getBuiltinModule("node:fs");
      const times = fs.existsSync(flag) ? fs.readFileSync(flag, "utf8").length : 0;
      if (word === "a") fs.appendFileSync(flag, ".");
      // With the tasks of its shuffle, and then as a task of its own.
      if (word === "a" && (times === 1 || times === 2)) process.exit(1);
      return [word, n];
    });
    const collected = ssc.output(reduced);
    await ssc.start();
    await ssc.advance("4 seconds");
    assert.equal(ssc.failure, undefined);
    assert.equal(lost.length, 2);
    assert.deepEqual(collected.records.map(sorted), Array(4).fill(counted));
    await ssc.stop();
    assert.equal(ssc.ssc.sparkContext.blocksInUse.blocks, 0);
  });

  it("are cancelled together", async () => {
    const begun = join(directory, "begun");
    const ssc = tester(ALWAYS);
    const results: unknown[] = [];
    counts(ssc, 3).foreachRDD(async (rdd, { milliseconds }) => {
      if (milliseconds !== 2000) {
        results.push(sorted(await rdd.collect()));
        return;
      }
      const controller = new AbortController();
      const waiting = rdd.mapPartitions(async (pairs) => {
        const { TaskContext } = await import("millrace");
        const { signal } = TaskContext.get()!;
        process.getBuiltinModule("node:fs").writeFileSync(begun, "");
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        return pairs;
      });
      const collected = waiting.collect({ signal: controller.signal });
      await eventually("a task waits", () => existsSync(begun), 30_000);
      controller.abort();
      await assert.rejects(collected, (error) => isMillraceError(error, "JOB_CANCELLED"));
    });
    await ssc.start();
    await ssc.advance("3 seconds");
    assert.equal(ssc.failure, undefined);
    assert.deepEqual(results, [counted, counted]);
    await ssc.stop();
    assert.equal(ssc.ssc.sparkContext.blocksInUse.blocks, 0);
  });
});
