import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type BatchInfo, isMillraceError } from "millrace";
import { StreamTester } from "millrace/testing";

describe("spark.streaming.concurrentJobs", () => {
  it("lets outputs of one batch, and of several, run at once, begun in order", async () => {
    const tester = new StreamTester({ conf: { "spark.streaming.concurrentJobs": 3 } });
    const numbers = tester.input([[1], [2], [3]]);
    const mapped = numbers.map((n) => n * 10).persist();
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const threeRun = Promise.withResolvers<void>();
    for (const name of ["a", "b"]) {
      mapped.foreachRDD(async (rdd, time) => {
        const job = `${name}${time.milliseconds / 1000}`;
        begun.push(job);
        if (begun.length === 3) threeRun.resolve();
        await new Promise<void>((resolve) => ends.set(job, resolve));
        // What an older batch needs is still there when a newer one has ended.
        begun.push(`${job} had ${await rdd.collect()}`);
      });
    }
    const completed: BatchInfo[] = [];
    tester.ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => completed.push(batchInfo) });
    await tester.start();
    tester.clock.advance(2000);
    await threeRun.promise;
    await new Promise(setImmediate);
    assert.deepEqual(begun, ["a1", "b1", "a2"]);
    for (const job of ["a2", "b1", "b2", "a1"]) {
      while (!ends.has(job)) await new Promise(setImmediate);
      ends.get(job)!();
      while (!begun.some((line) => line.startsWith(`${job} had`))) await new Promise(setImmediate);
    }
    await tester.ssc.run!.generator.whenIdle();
    assert.deepEqual(begun, ["a1", "b1", "a2", "a2 had 20", "b2", "b1 had 10", "b2 had 20", "a1 had 10"]);
    assert.deepEqual(
      completed.map(({ batchTime }) => batchTime.milliseconds),
      [2000, 1000],
    );
    assert.ok(completed.every(({ processingDelay }) => processingDelay !== undefined));
    // Both batches are forgotten but for the newest, in their order.
    assert.deepEqual(tester.rememberedTimes(mapped), [2000]);
    await tester.stop();
  });

  it("cannot be 0", async () => {
    const tester = new StreamTester({ conf: { "spark.streaming.concurrentJobs": 0 } });
    tester.output(tester.input([[1]]));
    await assert.rejects(tester.start(), (error) => isMillraceError(error, "INVALID_ARGUMENT"));
    await tester.stop();
  });
});
