import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import {
  type ErrorCode,
  isMillraceError,
  SparkContext,
  StreamingContext,
  type StreamingContextOptions,
} from "millrace";
import { ManualClock } from "millrace/testing";

const code = (wanted: ErrorCode) => (error: unknown) => isMillraceError(error, wanted);

describe("the life of a StreamingContext", () => {
  const open: StreamingContext[] = [];

  /** A context under a clock of its own, with one output unless told. */
  function newContext({ outputs = 1, ...options }: Partial<StreamingContextOptions> & { outputs?: number } = {}) {
    const clock = new ManualClock();
    const ssc = new StreamingContext({ master: "local", batchDuration: "1 second", clock, ...options });
    open.push(ssc);
    const stream = ssc.queueStream<number>([]);
    for (let i = 0; i < outputs; i++) stream.foreachRDD(() => {});
    return { ssc, clock, stream };
  }

  /** Lets the tick at which the clock stands be planned and run. */
  const settled = (ssc: StreamingContext) => ssc.run!.generator.whenIdle();

  afterEach(async () => {
    for (const ssc of open.splice(0)) await ssc.stop({ stopSparkContext: true });
  });

  it("goes from INITIALIZED over ACTIVE to STOPPED, and takes the SparkContext along", async () => {
    const { ssc } = newContext();
    assert.equal(ssc.getState(), "INITIALIZED");
    await ssc.start();
    assert.equal(ssc.getState(), "ACTIVE");
    await ssc.stop();
    assert.equal(ssc.getState(), "STOPPED");
    assert.ok(ssc.sparkContext.isStopped);
    await ssc.awaitTermination();
  });

  it("starts once, however often it is told", async () => {
    const { ssc } = newContext();
    let started = 0;
    ssc.addStreamingListener({ onStreamingStarted: () => started++ });
    await Promise.all([ssc.start(), ssc.start()]);
    await ssc.start();
    assert.deepEqual([ssc.getState(), started], ["ACTIVE", 1]);
  });

  it("stops once, however often it is told, and does not start again", async () => {
    const { ssc } = newContext();
    await ssc.start();
    await Promise.all([ssc.stop(), ssc.stop()]);
    await ssc.stop();
    assert.equal(ssc.getState(), "STOPPED");
    await assert.rejects(ssc.start(), code("CONTEXT_STATE"));
  });

  it("stops before it has started, and while it starts", async () => {
    const { ssc } = newContext();
    await ssc.stop();
    assert.equal(ssc.getState(), "STOPPED");

    const other = newContext().ssc;
    const starting = other.start();
    await other.stop();
    await starting;
    assert.equal(other.getState(), "STOPPED");
  });

  it("leaves the SparkContext running when told, and stops it when told later", async () => {
    const { ssc } = newContext();
    await ssc.start();
    await ssc.stop({ stopSparkContext: false });
    assert.equal(ssc.sparkContext.isStopped, false);
    await ssc.stop({ stopSparkContext: true });
    assert.ok(ssc.sparkContext.isStopped);
  });

  it("does with the SparkContext as the conf says, where the call does not", async () => {
    const { ssc } = newContext({ conf: { "spark.streaming.stopSparkContextByDefault": false } });
    await ssc.stop();
    assert.equal(ssc.sparkContext.isStopped, false);
  });

  it("is built on a SparkContext, and on the next one when that has been stopped", async () => {
    const sc = new SparkContext({ master: "local", clock: new ManualClock() });
    for (let i = 0; i < 2; i++) {
      const ssc = new StreamingContext(sc, "1 second");
      ssc.queueStream<number>([]).print();
      await ssc.start();
      await ssc.stop({ stopSparkContext: false });
    }
    await sc.stop();
    assert.throws(() => new StreamingContext(sc, "1 second"), code("CONTEXT_STOPPED"));
  });

  it("does not start on a SparkContext that has been stopped meanwhile", async () => {
    const { ssc } = newContext();
    await ssc.sparkContext.stop();
    await assert.rejects(ssc.start(), code("CONTEXT_STOPPED"));
    assert.equal(ssc.getState(), "STOPPED");
  });

  it("is refused a batch duration that is none", () => {
    for (const batchDuration of [0, -1, 0.5, "soon", undefined]) {
      assert.throws(
        () => new StreamingContext({ master: "local", batchDuration: batchDuration as number }),
        code("INVALID_DURATION"),
      );
    }
  });

  it("is STOPPED when its start fails, and another can start then", async () => {
    const { ssc } = newContext({ outputs: 0 });
    await assert.rejects(ssc.start(), code("NO_OUTPUT_OPERATION"));
    assert.equal(ssc.getState(), "STOPPED");
    await assert.rejects(ssc.start(), code("CONTEXT_STATE"));
    assert.equal(ssc.sparkContext.isStopped, false);
    await newContext().ssc.start();
  });

  it("is alone in its process while it is ACTIVE", async () => {
    const first = newContext().ssc;
    const second = newContext().ssc;
    await first.start();
    await assert.rejects(second.start(), code("CONTEXT_STATE"));
    assert.equal(second.getState(), "INITIALIZED");
    await first.stop();
    await second.start();
    assert.equal(second.getState(), "ACTIVE");
  });

  it("is found by others while it is ACTIVE", async () => {
    assert.equal(StreamingContext.getActive(), undefined);
    const { ssc } = newContext();
    assert.equal(StreamingContext.getActive(), undefined);
    const other = newContext().ssc;
    assert.equal(
      StreamingContext.getActiveOrCreate(() => other),
      other,
    );
    await ssc.start();
    assert.equal(StreamingContext.getActive(), ssc);
    assert.equal(
      StreamingContext.getActiveOrCreate(() => assert.fail("there is one")),
      ssc,
    );
    await ssc.stop();
    assert.equal(StreamingContext.getActive(), undefined);
  });

  it("takes no operator, input, output or setting once it has started", async () => {
    const { ssc, stream } = newContext();
    const window = stream.window("2 seconds");
    await ssc.start();
    for (const late of [
      () => stream.map((n) => n),
      () => stream.print(),
      () => stream.foreachRDD(() => {}),
      () => stream.persist(),
      () => window.persist(),
      () => stream.window("1 second"),
      () => ssc.queueStream([]),
      () => ssc.union([stream, stream]),
      () => ssc.remember("1 minute"),
    ]) {
      assert.throws(late, (error) => code("CONTEXT_STATE")(error) && String(error).includes("life-cycle.test.ts"));
    }
    await ssc.stop();
    assert.throws(() => stream.print(), code("CONTEXT_STATE"));
  });

  it("can be asked to remember once", () => {
    const { ssc } = newContext();
    ssc.remember("3 seconds");
    assert.throws(() => ssc.remember("4 seconds"), code("CONTEXT_STATE"));
  });

  it("is awaited no longer than wanted", async () => {
    const { ssc, clock } = newContext();
    await ssc.start();
    const waiting = ssc.awaitTerminationOrTimeout("2 seconds");
    clock.advance(2000);
    assert.equal(await waiting, false);
    const ended = ssc.awaitTerminationOrTimeout("2 seconds");
    await ssc.stop();
    assert.equal(await ended, true);
    assert.equal(await ssc.awaitTerminationOrTimeout(0), true);
  });

  it("may be stopped by an output operation, which then ends first", async () => {
    const { ssc, clock, stream } = newContext({ outputs: 0 });
    const ran: string[] = [];
    stream.foreachRDD(async (rdd, time) => {
      await ssc.stop();
      await rdd.count();
      ran.push(`first ${time}`);
    });
    stream.foreachRDD((_, time) => ran.push(`second ${time}`));
    await ssc.start();
    clock.advance(5000);
    await ssc.awaitTermination();
    assert.deepEqual(ran, ["first 1000 ms"]);
    assert.equal(ssc.getState(), "STOPPED");
  });

  it("may be stopped by a transform", async () => {
    const { ssc, clock, stream } = newContext();
    stream
      .transform(async (rdd) => {
        await ssc.stop();
        return rdd;
      })
      .print();
    await ssc.start();
    clock.advance(1000);
    await ssc.awaitTermination();
  });

  it("may not be stopped by a listener, but after one", async () => {
    const { ssc, clock } = newContext();
    const refusals: unknown[] = [];
    const completed = new Promise<void>((resolve) =>
      ssc.addStreamingListener({
        onBatchCompleted() {
          try {
            void ssc.stop();
          } catch (error) {
            refusals.push(error);
          }
          resolve();
        },
      }),
    );
    await ssc.start();
    clock.advance(1000);
    await completed.then(() => ssc.stop());
    assert.equal(refusals.length, 1);
    assert.ok(code("CONTEXT_STATE")(refusals[0]));
  });

  it("drops batches that wait when it is stopped, and awaits the output that runs", async () => {
    const { ssc, clock, stream } = newContext({ outputs: 0 });
    const running = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const ran: string[] = [];
    stream.foreachRDD(async (_, time) => {
      running.resolve();
      await release.promise;
      ran.push(`${time}`);
    });
    await ssc.start();
    clock.advance(3000);
    await running.promise;
    const stopped = ssc.stop();
    assert.equal(ssc.getState(), "ACTIVE");
    release.resolve();
    await stopped;
    assert.deepEqual(ran, ["1000 ms"]);
  });

  it("processes what waits, and one tick more, when it is stopped gracefully", async () => {
    const { ssc, clock, stream } = newContext({ outputs: 0 });
    const release = Promise.withResolvers<void>();
    const bothWait = Promise.withResolvers<void>();
    const ran: string[] = [];
    stream.foreachRDD(async (_, time) => {
      await release.promise;
      ran.push(`${time}`);
    });
    ssc.addStreamingListener({
      onBatchSubmitted: ({ batchInfo }) => batchInfo.batchTime.milliseconds === 2000 && bothWait.resolve(),
    });
    await ssc.start();
    clock.advance(2000);
    await bothWait.promise;
    const stopped = ssc.stop({ stopGracefully: true });
    release.resolve();
    await settled(ssc);
    assert.equal(ssc.getState(), "ACTIVE");
    clock.advance(5000);
    await stopped;
    assert.deepEqual(ran, ["1000 ms", "2000 ms", "3000 ms"]);
  });

  it("does not wait for that tick longer than it is told", async () => {
    const { ssc, clock, stream } = newContext({
      outputs: 0,
      conf: { "spark.streaming.gracefulStopTimeout": "300 ms" },
    });
    const ran: string[] = [];
    stream.foreachRDD((_, time) => void ran.push(`${time}`));
    await ssc.start();
    clock.advance(1000);
    await settled(ssc);
    const stopped = ssc.stop({ stopGracefully: true });
    await new Promise(setImmediate);
    clock.advance(300);
    await stopped;
    clock.advance(5000);
    assert.deepEqual(ran, ["1000 ms"]);
  });

  it("gives up on a batch that does not end in an hour, when it is stopped gracefully", async () => {
    const { ssc, clock, stream } = newContext({ outputs: 0 });
    const begun = Promise.withResolvers<void>();
    stream.foreachRDD(() => {
      begun.resolve();
      return new Promise(() => {});
    });
    await ssc.start();
    clock.advance(1000);
    await begun.promise;
    let stopped = false;
    const stopping = ssc.stop({ stopGracefully: true }).then(() => {
      stopped = true;
    });
    for (const ms of [1000, 3_599_000]) {
      for (let i = 0; i < 20; i++) await new Promise(setImmediate);
      clock.advance(ms);
    }
    await new Promise(setImmediate);
    assert.equal(stopped, false);
    while (!stopped) {
      clock.advance(1000);
      await new Promise(setImmediate);
    }
    await stopping;
  });
});
