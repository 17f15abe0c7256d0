import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { type BatchInfo, isMillraceError } from "millrace";
import { StreamTester } from "millrace/testing";
import { captureLogs } from "../logs.ts";
import { PlannedInput } from "./planned-input.ts";

describe("a failure", () => {
  const open: StreamTester[] = [];

  function newTester(
    options: ConstructorParameters<typeof StreamTester>[0] = {},
  ): StreamTester & { readonly completed: BatchInfo[] } {
    const completed: BatchInfo[] = [];
    const tester = Object.assign(new StreamTester(options), { completed });
    tester.ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => completed.push(batchInfo) });
    open.push(tester);
    return tester;
  }

  /** Why each output of a batch failed, cut to its first line. */
  const reasons = (info: BatchInfo | undefined) =>
    [...info!.outputOperationInfos.values()].map(({ failureReason }) => failureReason?.split("\n")[0]);

  afterEach(async () => {
    for (const tester of open.splice(0)) await tester.stop();
  });

  it("of an output stops neither the later outputs nor the later batches, and is told to listeners", async () => {
    const tester = newTester();
    const numbers = tester.input([[1], [2], [3]]);
    const ran: string[] = [];
    numbers.foreachRDD((_, time) => {
      if (time.milliseconds === 2000) throw new Error("This is a failed job");
      ran.push(`first ${time.milliseconds}`);
    });
    numbers.foreachRDD(async (rdd, time) => {
      ran.push(`second ${time.milliseconds}: ${await rdd.count()}`);
    });
    await tester.start();
    await tester.advance("3 seconds");
    assert.deepEqual(ran, ["first 1000", "second 1000: 1", "second 2000: 1", "first 3000", "second 3000: 1"]);
    assert.deepEqual(
      tester.completed.map((info) => info.batchTime.milliseconds),
      [1000, 2000, 3000],
    );
    assert.match(reasons(tester.completed[1])[0]!, /This is a failed job/);
    assert.deepEqual(
      [reasons(tester.completed[0]), reasons(tester.completed[1])[1]],
      [[undefined, undefined], undefined],
    );
  });

  it("surfaces in awaitTermination, the first one, and leaves the context ACTIVE", async () => {
    const logs = captureLogs();
    const tester = newTester();
    const numbers = tester.input([[1], [2]]);
    numbers.foreachRDD(() => Promise.reject(new Error("This is a failed job")));
    numbers.foreachRDD(() => {
      throw new Error("This is another failed job");
    });
    const terminated = tester.ssc.awaitTermination();
    await tester.start();
    await tester.advance("2 seconds");
    await assert.rejects(terminated, (error) => {
      assert.ok(isMillraceError(error, "CALLBACK_FAILED"));
      assert.match(error.message, /foreachRDD.* 1000 ms.*This is a failed job/);
      assert.match(error.site ?? "", /failures\.test\.ts/);
      return true;
    });
    assert.equal(tester.ssc.getState(), "ACTIVE");
    assert.match(reasons(tester.completed[0])[0]!, /This is a failed job/);
    assert.match(reasons(tester.completed[0])[1]!, /This is another failed job/);
    await assert.rejects(tester.ssc.awaitTerminationOrTimeout("1 second"), /This is a failed job/);
    await tester.stop();
    await assert.rejects(tester.ssc.awaitTermination(), /This is a failed job/);
    logs.stop();
    const errors = logs.records.filter(({ level }) => level === "error");
    assert.equal(errors.length, 4);
    assert.deepEqual(errors[0]!.category, ["millrace", "JobScheduler"]);
  });

  for (const master of ["local", "local[2]"]) {
    it(`of a closure on an executor is that of the output which computes it (${master})`, async () => {
      const tester = newTester({ master });
      const numbers = tester.input([[1], [2], [3]]);
      const odd = tester.output(
        numbers.map((n) => {
          if (n % 2 === 0) throw new RangeError(`${n} is even`);
          return n;
        }),
      );
      await tester.start();
      await tester.advance("3 seconds");
      assert.deepEqual(odd.records, [[1], [3]]);
      assert.ok(isMillraceError(tester.failure, "CLOSURE_FAILED"));
      assert.equal(tester.failure.operator, "map");
      assert.match(tester.failure.message, /2 is even/);
    });
  }

  it("of a job that an output started and did not await is the output's", async () => {
    const tester = newTester();
    tester.input([[1]]).foreachRDD((rdd) => {
      void rdd
        .map((n): number => {
          throw new Error(`not ${n}`);
        })
        .count();
    });
    await tester.start();
    await tester.advance("1 second");
    assert.match(reasons(tester.completed[0])[0]!, /not 1/);
  });

  it("while a batch is planned is that of the outputs that need it; the others run, and a window asks again", async () => {
    const tester = newTester();
    const numbers = tester.input([[1], [2], [3]]);
    const looked: number[] = [];
    const flaky = numbers.transform((rdd, time) => {
      looked.push(time.milliseconds);
      if (looked.length === 2) throw new Error("the lookup failed");
      return rdd;
    });
    const windows = tester.output(flaky.window("2 seconds"));
    const plain = tester.output(numbers);
    await tester.start();
    await tester.advance("3 seconds");
    assert.deepEqual(plain.records, [[1], [2], [3]]);
    assert.deepEqual(windows, { times: [1000, 3000], records: [[1], [2, 3]] });
    assert.deepEqual(looked, [1000, 2000, 2000, 3000]);
    assert.ok(isMillraceError(tester.failure, "CALLBACK_FAILED"));
    assert.match(reasons(tester.completed[1])[0]!, /transform.*2000 ms.*the lookup failed/);
  });

  it("of a job that a transform started and did not await is the transform's", async () => {
    const tester = newTester();
    const numbers = tester.input([[1], [2]]);
    const plain = tester.output(numbers);
    numbers
      .transform((rdd) => {
        void rdd
          .map((n): number => {
            throw new Error(`not ${n}`);
          })
          .count();
        return rdd;
      })
      .foreachRDD(() => {});
    await tester.start();
    await tester.advance("2 seconds");
    assert.deepEqual(plain.records, [[1], [2]]);
    assert.match(reasons(tester.completed[0])[1]!, /not 1/);
    assert.match(reasons(tester.completed[1])[1]!, /not 2/);
  });

  it("of the SparkContext, which the program has stopped, is that of every output", async () => {
    const tester = newTester();
    tester.output(
      tester
        .input([["a"], ["b"]])
        .map((word) => [word, 1])
        .reduceByKeyAndWindow((a, b) => a + b, "2 seconds"),
    );
    await tester.start();
    await tester.advance("2 seconds");
    await tester.ssc.sparkContext.stop();
    await tester.advance("5 seconds");
    assert.ok(isMillraceError(tester.failure, "CONTEXT_STOPPED"));
    assert.equal(tester.completed.length, 7);
  });

  it("of an input is that of the outputs that need it", async () => {
    const tester = newTester();
    const healthy = tester.output(tester.input([[1], [2]]));
    const broken = tester.ssc.inputStream(
      new PlannedInput<number>(() => {
        throw new Error("no such directory");
      }),
    );
    const output = tester.output(broken);
    await tester.start();
    await tester.advance("2 seconds");
    assert.deepEqual([healthy.records, output.records], [[[1], [2]], []]);
    assert.match(tester.failure!.message, /no such directory/);
    assert.ok(isMillraceError(tester.failure, "CALLBACK_FAILED"));
    assert.equal(tester.failure.operator, "inputStream");
  });

  it("in every batch leaves nothing behind: batches that failed are forgotten, too", async () => {
    const tester = newTester();
    const words = tester.input(Array.from({ length: 100 }, () => ["a", "b"]));
    const counts = words.map((word) => [word, 1]).reduceByKeyAndWindow((a, b) => a + b, "3 seconds");
    counts.foreachRDD(async (rdd) => {
      await rdd.collect();
      throw new Error("the sink is down");
    });
    const broken = words.transform(() => Promise.reject(new Error("never")));
    broken.foreachRDD(() => {});
    const blocks: number[] = [];
    await tester.start();
    for (let batch = 0; batch < 50; batch++) {
      await tester.advance("1 second");
      blocks.push(tester.ssc.sparkContext.blocksInUse.blocks);
    }
    assert.ok(blocks.at(-1)! <= blocks[9]!, `${blocks}`);
    assert.ok(tester.rememberedTimes(words).length <= 5);
    assert.deepEqual(tester.rememberedTimes(broken), []);
    assert.equal(tester.completed.length, 50);
  });

  it("of a listener harms no batch", async () => {
    const tester = newTester();
    const logs = captureLogs();
    tester.ssc.addStreamingListener({
      onBatchStarted() {
        throw new Error("the listener is broken");
      },
    });
    const output = tester.output(tester.input([[1]]));
    await tester.start();
    await tester.advance("1 second");
    assert.deepEqual(output.records, [[1]]);
    logs.stop();
    assert.match(logs.of("LISTENER_FAILED")[0]!, /onBatchStarted threw: Error: the listener is broken/);
    assert.equal(tester.failure, undefined);
  });
});
