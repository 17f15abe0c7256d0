import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import fc from "fast-check";
import { type DStream, StreamingContext } from "millrace";
import { ManualClock, StreamTester } from "millrace/testing";

describe("the grid of batches", () => {
  const open: StreamTester[] = [];

  function newTester(options: ConstructorParameters<typeof StreamTester>[0]): StreamTester {
    const tester = new StreamTester(options);
    open.push(tester);
    return tester;
  }

  afterEach(async () => {
    for (const tester of open.splice(0)) await tester.stop();
  });

  /** The times at which a stream has an output. */
  function timesOf(stream: DStream<unknown>): number[] {
    const times: number[] = [];
    stream.foreachRDD((_, time) => {
      times.push(time.milliseconds);
    });
    return times;
  }

  for (const { startTime, first } of [
    { startTime: 0, first: 1000 },
    { startTime: 1, first: 1000 },
    { startTime: 999.5, first: 1000 },
    { startTime: 1000, first: 2000 },
    { startTime: 1_700_000_000_123, first: 1_700_000_001_000 },
  ]) {
    it(`has its first batch at ${first} when it starts at ${startTime}`, async () => {
      const tester = newTester({ startTime });
      const times = timesOf(tester.input([]));
      await tester.start();
      await tester.advance(3000);
      assert.deepEqual(times, [first, first + 1000, first + 2000]);
    });
  }

  it("has a stream's RDDs at multiples of its slide after the start, never at it", async () => {
    // The windows of 3 s do not lie on multiples of 3 s since the epoch: the grid begins at 1000.
    const tester = newTester({ startTime: 1500 });
    const numbers = tester.input([]);
    const window = timesOf(numbers.window("3 seconds", "3 seconds"));
    const nested = timesOf(numbers.window("2 seconds", "2 seconds").window("4 seconds", "4 seconds"));
    await tester.start();
    await tester.advance("10 seconds");
    assert.deepEqual(
      [window, nested],
      [
        [4000, 7000, 10_000],
        [5000, 9000],
      ],
    );
  });

  it("has batches of any length, down to a millisecond", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 0, max: 1e12 }),
        async (batchDuration, startTime) => {
          const tester = newTester({ batchDuration, startTime });
          const times = timesOf(tester.input([]));
          await tester.start();
          await tester.advance(5 * batchDuration);
          await tester.stop();
          const first = (Math.floor(startTime / batchDuration) + 1) * batchDuration;
          assert.deepEqual(
            times,
            Array.from({ length: 5 }, (_, k) => first + k * batchDuration),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  it("skips no tick when the clock jumps, and gives each the input that was there", async () => {
    const tester = newTester({});
    const output = tester.output(tester.input([["a"], ["b"], ["c"]]));
    await tester.start();
    tester.clock.advance(3000);
    await tester.advance(0);
    assert.deepEqual(output, { times: [1000, 2000, 3000], records: [["a"], ["b"], ["c"]] });
  });

  it("runs outputs in the order of their definition, and batches one after the other", async () => {
    const tester = newTester({});
    const numbers = tester.input([]);
    const log: string[] = [];
    let running = 0;
    for (const name of ["a", "b", "c"]) {
      numbers.foreachRDD(async (rdd, time) => {
        assert.equal(running++, 0);
        await rdd.count();
        log.push(`${time.milliseconds} ${name}`);
        running--;
      });
    }
    await tester.start();
    tester.clock.advance(3000);
    await tester.advance(0);
    assert.deepEqual(
      log,
      [1000, 2000, 3000].flatMap((time) => ["a", "b", "c"].map((name) => `${time} ${name}`)),
    );
    assert.equal(tester.failure, undefined);
  });

  it("plans no tick before the one before it has been planned, however long that takes", async () => {
    const tester = newTester({});
    const planned: string[] = [];
    tester
      .input([])
      .transform(async (rdd, time) => {
        planned.push(`${time} begins`);
        await rdd.count();
        planned.push(`${time} ends`);
        return rdd;
      })
      .foreachRDD(() => {});
    await tester.start();
    tester.clock.advance(2000);
    await tester.advance(0);
    assert.deepEqual(planned, ["1000 ms begins", "1000 ms ends", "2000 ms begins", "2000 ms ends"]);
  });

  it("has no batch at a tick without a due output, though the input of that tick is taken", async () => {
    const tester = newTester({});
    const batches: number[] = [];
    tester.ssc.addStreamingListener({
      onBatchSubmitted: ({ batchInfo }) => batches.push(batchInfo.batchTime.milliseconds),
    });
    const output = tester.output(tester.input([[1], [2], [3], [4]]).window("2 seconds", "2 seconds"));
    await tester.start();
    await tester.advance("4 seconds");
    assert.deepEqual(batches, [2000, 4000]);
    assert.deepEqual(output.records, [
      [1, 2],
      [3, 4],
    ]);
  });

  it("lets a thousand batches wait, and then plans no more until one has ended", async () => {
    const clock = new ManualClock();
    const ssc = new StreamingContext({ master: "local", batchDuration: "1 ms", clock });
    const release = Promise.withResolvers<void>();
    let planned = 0;
    ssc
      .queueStream<number>([])
      .transform((rdd) => {
        planned++;
        return rdd;
      })
      .foreachRDD(() => release.promise);
    let submitted = 0;
    // One runs, one is about to, and a thousand wait.
    const most = 1002;
    const full = Promise.withResolvers<void>();
    ssc.addStreamingListener({ onBatchSubmitted: () => ++submitted === most && full.resolve() });
    await ssc.start();
    clock.advance(3000);
    await full.promise;
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(planned, most);
    release.resolve();
    await ssc.run!.generator.whenIdle();
    assert.equal(submitted, 3000);
    await ssc.stop();
  });
});
