import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type BatchInfo, type OutputOperationInfo, StreamingContext, type StreamingListener } from "millrace";
import { ManualClock, StreamTester } from "millrace/testing";

/** Writes down each event in a word. */
function recorder(): {
  log: string[];
  batches: BatchInfo[];
  outputs: OutputOperationInfo[];
  listener: StreamingListener;
} {
  const log: string[] = [];
  const batches: BatchInfo[] = [];
  const outputs: OutputOperationInfo[] = [];
  const batch = (word: string) => (event: { batchInfo: BatchInfo }) => {
    log.push(`${word} ${event.batchInfo.batchTime.milliseconds}`);
    batches.push(event.batchInfo);
  };
  const output = (word: string) => (event: { outputOperationInfo: OutputOperationInfo }) => {
    log.push(`${word} ${event.outputOperationInfo.batchTime.milliseconds}.${event.outputOperationInfo.id}`);
    outputs.push(event.outputOperationInfo);
  };
  const listener: StreamingListener = {
    onStreamingStarted: ({ time }) => log.push(`started at ${time}`),
    onBatchSubmitted: batch("submitted"),
    onBatchStarted: batch("begun"),
    onBatchCompleted: batch("completed"),
    onOutputOperationStarted: output("output begun"),
    onOutputOperationCompleted: output("output completed"),
  };
  return { log, batches, outputs, listener };
}

describe("a StreamingListener", () => {
  it("has the jobs that an output starts by itself named after the output and its line", async () => {
    const tester = new StreamTester({ startTime: 0 });
    const jobs: string[] = [];
    tester.ssc.sparkContext.addSparkListener({ onJobStart: ({ description }) => jobs.push(description) });
    tester.input([[1, 2, 3]]).print();
    await tester.start();
    await tester.advance("1 second");
    await tester.stop();
    assert.ok(jobs.length > 0);
    for (const job of jobs) assert.match(job, /^print at \S+listener\.test\.ts:\d+:\d+$/);
  });

  it("hears of each batch and each output, in order", async () => {
    const tester = new StreamTester({ startTime: 500 });
    const { log, outputs, listener } = recorder();
    tester.ssc.addStreamingListener(listener);
    const numbers = tester.input([[1, 2, 3], [4]]);
    numbers.print();
    numbers.foreachRDD(() => {});
    await tester.start();
    await tester.advance("2 seconds");
    await tester.stop();
    const ofBatch = (t: number) => [
      `submitted ${t}`,
      `begun ${t}`,
      `output begun ${t}.0`,
      `output completed ${t}.0`,
      `output begun ${t}.1`,
      `output completed ${t}.1`,
      `completed ${t}`,
    ];
    assert.deepEqual(log, ["started at 500", ...ofBatch(1000), ...ofBatch(2000)]);
    assert.deepEqual(
      outputs.slice(0, 4).map(({ name }) => name),
      ["print", "print", "foreachRDD", "foreachRDD"],
    );
    assert.match(outputs[0]!.description, /^print at .*listener\.test\.ts:\d+/);
  });

  it("is told what a batch has and how it stands", async () => {
    const tester = new StreamTester();
    const { batches, listener } = recorder();
    tester.ssc.addStreamingListener(listener);
    const letters = tester.input([["a", "b"], []]);
    const numbers = tester.input([[1], null]);
    letters.foreachRDD(() => {});
    numbers.foreachRDD(() => {});
    await tester.start();
    await tester.advance("2 seconds");
    await tester.stop();
    const [submitted, , completed, ofSecond] = batches;
    assert.equal(submitted!.numRecords, 3);
    assert.deepEqual(
      [...submitted!.streamIdToInputInfo.values()],
      [
        { inputStreamId: 0, numRecords: 2, metadata: { Description: "test input" } },
        { inputStreamId: 1, numRecords: 1, metadata: { Description: "test input" } },
      ],
    );
    assert.deepEqual([submitted!.processingStartTime, submitted!.totalDelay], [undefined, undefined]);
    assert.equal(completed!.outputOperationInfos.size, 2);
    assert.ok(
      [...completed!.outputOperationInfos.values()].every(
        (info) => info.duration === 0 && info.failureReason === undefined,
      ),
    );
    // The second batch has no RDD of the second input, so that its output is not due.
    assert.deepEqual([ofSecond!.numRecords, ofSecond!.outputOperationInfos.size], [0, 1]);
  });

  it("is told delays that agree with each other and with the clock (S20)", async () => {
    const wait = fc.integer({ min: 0, max: 300 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(wait, wait), { minLength: 1, maxLength: 4 }), async (work) => {
        const clock = new ManualClock();
        const ssc = new StreamingContext({ master: "local", batchDuration: 1000, clock });
        const { batches, listener } = recorder();
        ssc.addStreamingListener(listener);
        const stream = ssc.queueStream<number>([]);
        // Each output takes its time by turning the clock itself; the second batch waits for it.
        const waits = work.flat();
        for (const output of [0, 1])
          stream.foreachRDD((_, time) => clock.advance(waits[(time.milliseconds / 1000 - 1) * 2 + output] ?? 0));
        await ssc.start();
        clock.advance(1000 * work.length);
        await ssc.run!.generator.whenIdle();
        await ssc.stop();

        // The time that the outputs take makes further ticks come due; they are not looked at.
        const completed = batches.filter((info) => info.totalDelay !== undefined).slice(0, work.length);
        assert.equal(completed.length, work.length);
        let previousEnd = 0;
        for (const [i, info] of completed.entries()) {
          const { submissionTime, processingStartTime: start, processingEndTime: end } = info;
          assert.equal(info.schedulingDelay, start! - submissionTime);
          assert.equal(info.processingDelay, end! - start!);
          assert.equal(info.totalDelay, info.schedulingDelay! + info.processingDelay!);
          assert.equal(info.processingDelay, work[i]![0] + work[i]![1]);
          assert.ok(submissionTime >= info.batchTime.milliseconds && start! >= previousEnd);
          assert.deepEqual(
            [...info.outputOperationInfos.values()].map(({ duration }) => duration),
            work[i],
          );
          previousEnd = end!;
        }
      }),
      { numRuns: 30 },
    );
  });

  it("may be removed, and hears nothing then", async () => {
    const tester = new StreamTester();
    const { log, listener } = recorder();
    tester.ssc.addStreamingListener(listener);
    tester.output(tester.input([]));
    await tester.start();
    tester.ssc.removeStreamingListener(listener);
    await tester.advance("1 second");
    await tester.stop();
    assert.deepEqual(log, ["started at 0"]);
  });
});
