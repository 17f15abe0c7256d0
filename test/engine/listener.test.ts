import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { isMillraceError, SparkContext, type SparkListener } from "millrace";

describe("listener events", () => {
  const sc = new SparkContext({ master: "local" });
  after(() => sc.stop());

  async function eventsOf(run: () => Promise<unknown>): Promise<string[]> {
    const events: string[] = [];
    const listener: SparkListener = {
      onJobStart: ({ description }) => events.push(`job ${description.split(" ")[0]}`),
      onJobEnd: ({ error }) => events.push(error ? "job failed" : "job done"),
      onStageSubmitted: ({ name, numTasks }) => events.push(`stage ${name.split(" ")[0]} x${numTasks}`),
      onStageCompleted: ({ failureReason }) => events.push(failureReason ? "stage failed" : "stage done"),
      onTaskStart: ({ partition, executorId }) => events.push(`task ${partition} on ${executorId}`),
      onTaskEnd: ({ partition, failureReason }) =>
        events.push(`task ${partition} ${failureReason ? "failed" : "done"}`),
    };
    sc.addSparkListener(listener);
    await run().catch(() => undefined);
    sc.removeSparkListener(listener);
    return events;
  }

  it("tell of a job, its stages and their tasks in order", async () => {
    const counts = sc.parallelize([["a", 1]], 1).reduceByKey((a, b) => a + b, 2);
    assert.deepEqual(await eventsOf(() => counts.collect()), [
      "job collect",
      "stage reduceByKey x1",
      "task 0 on driver",
      "task 0 done",
      "stage done",
      "stage collect x2",
      "task 0 on driver",
      "task 0 done",
      "task 1 on driver",
      "task 1 done",
      "stage done",
      "job done",
    ]);
  });

  it("tell of a failure at each level, and of no task after it", async () => {
    const failing = sc.range(0, 4, 1, 4).map((n) => {
      if (n === 1) throw new Error("one");
      return n;
    });
    assert.deepEqual((await eventsOf(() => failing.count())).slice(3), [
      "task 0 done",
      "task 1 on driver",
      "task 1 failed",
      "stage failed",
      "job failed",
    ]);
  });

  it("may throw without harm", async () => {
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    sc.addSparkListener({
      onJobStart() {
        throw new Error("a listener's own");
      },
    });
    assert.equal(await sc.range(0, 3).count(), 3);
    assert.match((await warned).message, /onJobStart threw: Error: a listener's own/);
  });
});

describe("an output operation of a batch", () => {
  const sc = new SparkContext({ master: "local" });
  after(() => sc.stop());
  const batch = { batchTime: 1, description: "the batch of 1" };

  it("ends when the jobs have that it started, awaited or not", async () => {
    let ended = 0;
    sc.addSparkListener({ onJobEnd: () => ended++ });
    await sc.inBatch(batch, async () => {
      void sc.range(0, 100_000).count();
    });
    assert.equal(ended, 1);
  });

  it("fails when such a job fails", async () => {
    const failing = sc.range(0, 3).map(() => {
      throw new Error("unattended");
    });
    const output = sc.inBatch(batch, async () => {
      failing.count().catch(() => undefined);
    });
    await assert.rejects(output, (error) => isMillraceError(error, "CLOSURE_FAILED"));
  });
});
