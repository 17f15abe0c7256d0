import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { isMillraceError, type JobPlanned, SparkContext, type SparkListener, TaskContext } from "millrace";
import { captureLogs } from "../logs.ts";

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

  it("tell what a job will take, and what of it stands from earlier jobs", async () => {
    const planned: JobPlanned[] = [];
    const listener: SparkListener = { onJobPlanned: (event) => planned.push(event) };
    sc.addSparkListener(listener);
    const counts = sc
      .range(0, 100, 1, 3)
      .map((n) => [n % 10, n])
      .reduceByKey((a, b) => a + b, 4)
      .map(([key, sum]) => [sum % 3, key]);
    const joined = counts.groupByKey(2).join(sc.parallelize([[1, "one"]], 5), 2);
    await sc.range(0, 10).count();
    assert.equal(planned.length, 0);
    await joined.count();
    await joined.count();
    sc.removeSparkListener(listener);
    const figures = ({ numStages, numTasks, numSkippedStages, numSkippedTasks }: JobPlanned) => [
      [numStages, numTasks],
      [numSkippedStages, numSkippedTasks],
    ];
    assert.deepEqual(planned.map(figures), [
      // The range (3), the sums (4), the other side of the join (5), the result (2).
      [
        [4, 14],
        [0, 0],
      ],
      // What the sums were made of is not looked at.
      [
        [3, 11],
        [2, 9],
      ],
    ]);
  });

  it("may throw without harm", async () => {
    const logs = captureLogs();
    sc.addSparkListener({
      onJobStart() {
        throw new Error("a listener's own");
      },
    });
    assert.equal(await sc.range(0, 3).count(), 3);
    logs.stop();
    assert.match(logs.of("LISTENER_FAILED")[0]!, /onJobStart threw: Error: a listener's own/);
  });
});

describe("an output operation of a batch", () => {
  const sc = new SparkContext({ master: "local" });
  after(() => sc.stop());
  const batch = { batchTime: 1, description: "the batch of 1" };

  it("ends when the actions have that it started; one that it does not await warns once, with its line", async () => {
    const logs = captureLogs();
    let ended = 0;
    sc.addSparkListener({ onJobEnd: () => ended++ });
    for (let i = 0; i < 2; i++) {
      await sc.inBatch(batch, async () => {
        void sc.range(0, 100_000).take(5);
        await sc.range(0, 10).count();
      });
    }
    logs.stop();
    const warnings = logs.of("ACTION_NOT_AWAITED");
    assert.equal(ended, 4);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /take at .*listener\.test\.ts:\d+:\d+ is an action that its output operation does not await/,
    );
  });

  it("fails when an action fails that it does not await, and not for one whose failure it handles", async () => {
    const failing = sc.range(0, 3).map(() => {
      throw new Error("unattended");
    });
    await sc.inBatch(batch, async () => {
      await assert.rejects(failing.count());
    });
    const output = sc.inBatch(batch, async () => {
      void failing.count();
      await sc.range(0, 10).count();
    });
    await assert.rejects(output, (error) => isMillraceError(error, "CLOSURE_FAILED"));
  });
});

describe("a signal", () => {
  it("cancels the jobs of its action, whatever the action", async () => {
    for (const master of ["local", "local[2]"]) {
      const sc = new SparkContext({ master });
      const slow = sc.range(0, 2, 1, 2).mapPartitions(async (numbers) => {
        await new Promise((_, reject) => TaskContext.get()!.signal.addEventListener("abort", reject));
        return [...numbers].map((n) => [n, n] as [number, number]);
      });
      const actions: ((signal: AbortSignal) => Promise<unknown>)[] = [
        (signal) => slow.collect({ signal }),
        (signal) => slow.count({ signal }),
        (signal) => slow.take(1, { signal }),
        (signal) => slow.first({ signal }),
        (signal) => slow.reduce((a) => a, { signal }),
        (signal) => slow.foreach(() => {}, { signal }),
        (signal) => slow.groupByKey().collectAsMap({ signal }),
        (signal) => slow.lookup(1, { signal }),
      ];
      for (const action of actions) {
        const controller = new AbortController();
        sc.addSparkListener({ onTaskStart: () => controller.abort(new Error("that will do")) });
        await assert.rejects(
          action(controller.signal),
          (error) => isMillraceError(error, "JOB_CANCELLED") && error.message.includes("that will do"),
        );
        await assert.rejects(action(AbortSignal.abort()), (error) => isMillraceError(error, "JOB_CANCELLED"));
      }
      await sc.stop();
    }
  });
});
