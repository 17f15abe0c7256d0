/** What the live page remembers: no more than the settings say, and nothing that a program could have freed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SparkContext, StorageLevel } from "millrace";
import { StatusStore } from "#millrace/ui/status/status-store.ts";
import { rddStorageInfo } from "#millrace/ui/views/executor-views.ts";
import { captureLogs } from "../logs.ts";
import { Site } from "./site.ts";

/** All that can be reached from a value, but for what is plain data. */
function unexpectedIn(value: unknown, path: string, seen = new Set<unknown>()): string[] {
  if (typeof value === "function") return [`${path} is a function`];
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  const name = Object.getPrototypeOf(value)?.constructor?.name ?? "Object";
  if (value instanceof Map || Array.isArray(value))
    return [...value.entries()].flatMap(([key, item]) => unexpectedIn(item, `${path}[${String(key)}]`, seen));
  if (!["Object", "Time", "TaskMeter"].includes(name)) return [`${path} is a ${name}`];
  return Object.entries(Object.getOwnPropertyDescriptors(value)).flatMap(([key, property]) =>
    property.get === undefined ? unexpectedIn(property.value, `${path}.${key}`, seen) : [`${path}.${key} is a getter`],
  );
}

describe("the status of a context", () => {
  it("holds no plan, function, error or record of the program", async () => {
    const logs = captureLogs();
    const site = new Site();
    const { tester, store } = site;
    const { sparkContext } = tester.ssc;
    const words = tester.input([["a", "b"], ["c"]]);
    words
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b)
      .print();
    words.foreachRDD(() => {
      throw new Error("no", { cause: { a: "cause" } });
    });
    await site.start();
    await tester.advance("2 seconds");
    await sparkContext
      .parallelize(["x".repeat(100)])
      .persist()
      .count();
    await assert.rejects(
      sparkContext
        .range(0, 1, 1, 1)
        .map(() => {
          throw new Error("no");
        })
        .count(),
    );
    store.settle();
    const { work, executors, streaming } = store;
    const rows = {
      jobs: [...work.jobs.values()],
      stages: [...work.stages.values()],
      executors: [...executors.executors.values()],
      rdds: [...executors.rdds.values()],
      batches: [...streaming!.batches.values()],
      receivers: streaming!.receivers,
    };
    assert.ok(rows.jobs.length >= 4 && rows.stages.length >= 6 && rows.rdds.length === 1 && rows.batches.length === 2);
    assert.deepEqual(unexpectedIn(rows, "status"), []);
    await site.stop();
    logs.stop();
  });

  it("remembers as many jobs, stages, tasks and batches as the settings say, and all that runs", async () => {
    const site = new Site({
      conf: {
        "spark.ui.retainedJobs": 5,
        "spark.ui.retainedStages": 7,
        "spark.ui.retainedTasks": 9,
        "spark.streaming.ui.retainedBatches": 3,
      },
    });
    const { tester, store } = site;
    // A job that is older than all others, and still runs.
    store.listener.onJobStart({ jobId: 1, time: 0, description: "old", batch: undefined });
    store.listener.onStageSubmitted({
      stageId: 1,
      jobId: 1,
      rddId: 1,
      name: "old",
      numTasks: 1,
      time: 0,
      failureReason: undefined,
    });
    const { clock } = tester;
    for (let i = 0; i < 20; i++) {
      const [jobId, stageId] = [100 + i, 100 + i];
      const stage = { stageId, jobId, rddId: 1, name: "s", numTasks: 2, time: clock.now(), failureReason: undefined };
      store.listener.onJobStart({ jobId, time: clock.now(), description: "j", batch: undefined });
      store.listener.onStageSubmitted(stage);
      for (const partition of [0, 1]) {
        const task = { taskId: 1000 + 2 * i + partition, stageId, partition, attempt: 0, executorId: "e", time: 0 };
        store.listener.onTaskStart(task);
        store.listener.onTaskEnd({ ...task, runMs: 1, failureReason: undefined, killed: false, metrics: undefined });
      }
      store.listener.onStageCompleted(stage);
      store.listener.onJobEnd({ jobId, time: clock.now(), error: undefined });
    }
    store.settle();
    const ids = (values: Iterable<{ readonly jobId: number }>) => [...values].map(({ jobId }) => jobId);
    assert.deepEqual(ids(store.work.jobs.values()), [1, 116, 117, 118, 119]);
    assert.deepEqual(ids(store.work.stages.values()), [1, 114, 115, 116, 117, 118, 119]);
    const tasks = [...store.work.stages.values()].reduce((sum, stage) => sum + stage.tasks.size, 0);
    assert.equal(tasks, 9);
    assert.deepEqual(store.work.totals, { active: 1, succeeded: 20, failed: 0 });

    tester.output(tester.input([]));
    await site.start();
    await tester.advance("10 seconds");
    store.settle();
    assert.deepEqual([store.streaming!.batches.size, store.streaming!.totalCompletedBatches], [3, 10]);
    await site.stop();
  });

  it("forgets RDDs that are kept no more, and executors that ended long ago", async () => {
    const sc = new SparkContext({ master: "local[2]", conf: { "spark.ui.enabled": false } });
    const store = new StatusStore(sc.conf.orElse(sc.conf));
    sc.addSparkListener(store.listener);
    const kept = sc.range(0, 100, 1, 2).map(String).persist();
    await kept.count();
    store.settle();
    const used = () => [...store.executors.executors.values()].reduce((sum, { memoryUsed }) => sum + memoryUsed, 0);
    assert.equal(store.executors.rdds.size, 1);
    assert.ok(used() > 0);
    kept.unpersist();
    kept.persist(StorageLevel.DISK_ONLY);
    await kept.count();
    store.settle();
    const [row] = store.executors.rdds.values();
    const { storageLevel, memoryUsed, diskUsed } = rddStorageInfo(row!);
    assert.deepEqual([storageLevel, memoryUsed, used()], ["Disk Serialized 1x Replicated", 0, 0]);
    assert.ok(diskUsed > 0);
    kept.unpersist();
    store.settle();
    assert.deepEqual([store.executors.rdds.size, used()], [0, 0]);
    for (let i = 0; i < 150; i++) {
      const executorId = `gone-${i}`;
      store.listener.onExecutorAdded({ executorId, time: i, host: "localhost", totalCores: 1, maxMemory: 1 });
      store.listener.onExecutorRemoved({ executorId, time: i, reason: "gone" });
    }
    store.settle();
    const executors = [...store.executors.executors.values()];
    assert.equal(executors.filter(({ removed }) => removed !== undefined).length, 100);
    assert.ok(executors.some(({ added }) => added.executorId === "executor-1"));
    await sc.stop();
  });
});
