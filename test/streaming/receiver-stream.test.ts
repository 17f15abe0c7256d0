import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { isMillraceError, Receiver, type ReceiverInfo, type StreamInputInfo, StreamingContext } from "millrace";
import { eventually } from "../eventually.ts";
import { captureLogs } from "../logs.ts";

type Conf = Readonly<Record<string, string | number>>;

/** A context that is stopped after the test, and what listeners were told. */
function streaming(t: TestContext, master: string, conf: Conf = {}) {
  const ssc = new StreamingContext({
    master,
    batchDuration: "20 ms",
    conf: { "spark.streaming.receiverRestartDelay": "20ms", ...conf },
    console: { log() {} },
  });
  const logs = captureLogs();
  t.after(async () => {
    await ssc.stop();
    logs.stop();
  });
  const events: [type: "started" | "error" | "stopped", info: ReceiverInfo][] = [];
  const inputs: StreamInputInfo[] = [];
  ssc.addStreamingListener({
    onReceiverStarted: ({ receiverInfo }) => events.push(["started", receiverInfo]),
    onReceiverError: ({ receiverInfo }) => events.push(["error", receiverInfo]),
    onReceiverStopped: ({ receiverInfo }) => events.push(["stopped", receiverInfo]),
    onBatchCompleted: ({ batchInfo }) => inputs.push(...batchInfo.streamIdToInputInfo.values()),
  });
  const types = () => events.map(([type]) => type);
  return { ssc, events, types, inputs };
}

/** Collects the records of a receiver's stream. */
function collected<T>(ssc: StreamingContext, receiver: Receiver<T>, options?: { thread?: "shared" | "own" }): T[] {
  const records: T[] = [];
  ssc.receiverStream(receiver, options).foreachRDD(async (rdd) => {
    records.push(...(await rdd.collect()));
  });
  return records;
}

class Reading {
  readonly plane: string;
  readonly celsius: number;

  constructor(plane: string, celsius: number) {
    this.plane = plane;
    this.celsius = celsius;
  }

  get isHot(): boolean {
    return this.celsius > 600;
  }
}

/** Stores a list, one record at a time. */
class Singles<T> extends Receiver<T> {
  readonly #items: readonly T[];

  constructor(items: readonly T[]) {
    super();
    this.#items = items;
  }

  async onStart(): Promise<void> {
    for (const item of this.#items) await this.storeItem(item);
  }

  onStop(): void {}
}

for (const master of ["local", "local[2]"]) {
  describe(`receiverStream (${master})`, () => {
    it("brings each single record to one batch, in order, whatever it is", async (t) => {
      const { ssc, events, types, inputs } = streaming(t, master);
      const numbers = Array.from({ length: 10_000 }, (_, i) => i);
      const stored = collected(ssc, new Singles(numbers));
      const pairs = collected(
        ssc,
        new Singles<[string, number]>([
          ["a", 1],
          ["b", 2],
        ]),
        { thread: "own" },
      );
      const readings = collected(ssc, new Singles([new Reading("EC-MIG", 640), new Reading("F-GRHU", 590)]));
      const hot: string[] = [];
      ssc
        .receiverStream(new Singles([new Reading("D-AIMA", 700)]))
        .filter((reading) => reading.isHot)
        .foreachRDD(async (rdd) => {
          hot.push(...(await rdd.map(({ plane }) => plane).collect()));
        });
      await ssc.start();
      await eventually(
        "all records",
        () => stored.length >= 10_000 && pairs.length > 1 && readings.length > 1 && hot.length > 0,
      );
      assert.deepEqual(stored, numbers);
      assert.deepEqual(pairs, [
        ["a", 1],
        ["b", 2],
      ]);
      assert.ok(readings.every((reading) => reading instanceof Reading));
      assert.deepEqual(
        readings.map(({ isHot }) => isHot),
        [true, false],
      );
      assert.deepEqual(hot, ["D-AIMA"]);
      await ssc.stop({ stopSparkContext: false });
      assert.deepEqual(types(), [
        "started",
        "started",
        "started",
        "started",
        "stopped",
        "stopped",
        "stopped",
        "stopped",
      ]);
      assert.equal(events.find(([, { streamId }]) => streamId === 0)![1].name, "Singles-0");
      assert.equal(
        inputs.filter(({ inputStreamId }) => inputStreamId === 0).reduce((sum, { numRecords }) => sum + numRecords, 0),
        10_000,
      );
      assert.deepEqual(ssc.sparkContext.blocksInUse, { blocks: 0, bytes: 0 });
      await ssc.sparkContext.stop();
    });

    it("stores several at once as one block, resolves when the driver has it, and passes metadata on", async (t) => {
      const { ssc, inputs } = streaming(t, master);
      class Several extends Receiver<string> {
        async onStart(): Promise<void> {
          await this.store(["a", "b"], { offset: 2 });
          await this.store(new Set(["c"]), { offset: 3 });
          await this.store([]);
          await this.store(
            (async function* () {
              yield "d";
              yield "e";
            })(),
          );
          await this.store("all have arrived");
        }
        onStop(): void {}
      }
      const partitions: string[][] = [];
      ssc.receiverStream(new Several()).foreachRDD(async (rdd) => {
        partitions.push(...(await rdd.glom().collect()));
      });
      await ssc.start();
      await eventually("all blocks", () => partitions.length >= 4);
      assert.deepEqual(partitions, [["a", "b"], ["c"], ["d", "e"], ["all have arrived"]]);
      const metadata = inputs.flatMap((input) => (input.metadata.blocks ?? []) as unknown[]);
      assert.deepEqual(metadata, [{ offset: 2 }, { offset: 3 }]);
    });

    it("refuses as a whole what cannot be stored, and drops single records that cannot, loudly", async (t) => {
      const { ssc, events } = streaming(t, master);
      class Bad extends Receiver<unknown> {
        async onStart(): Promise<void> {
          await this.store(["good", () => "bad"]).catch((error) => this.store(error.code));
          await this.store(["good"], () => "metadata").catch((error) => this.store(`metadata: ${error.name}`));
          await this.store(new Uint8Array(20)).catch((error) => this.store(error.code));
          await this.store("between");
          await this.store(() => "no record");
          await this.store("last");
        }
        onStop(): void {}
      }
      const stored = collected(ssc, new Bad());
      await ssc.start();
      await eventually("the last record", () => stored.includes("last"));
      // On the driver's thread metadata is not copied.
      const fromMetadata = master === "local" ? ["good"] : ["metadata: DataCloneError"];
      const expected = ["UNSERIALISABLE_RECORD", ...fromMetadata, "INVALID_ARGUMENT", "between", "last"];
      assert.deepEqual(new Set(stored), new Set(expected));
      const [type, info] = events[1]!;
      assert.equal(type, "error");
      assert.match(info.lastErrorMessage, /^1 records could not be stored and are lost: .*UNSERIALISABLE_RECORD/s);
      assert.equal(info.active, true);
    });

    it("tells listeners of errors that the receiver reports, with what they were", async (t) => {
      const { ssc, events } = streaming(t, master);
      class Reporting extends Receiver<string> {
        onStart(): void {
          this.reportError("test report error", new Error("test exception"));
          this.store("still here");
        }
        onStop(): void {}
      }
      const stored = collected(ssc, new Reporting());
      await ssc.start();
      await eventually("the record", () => stored.length > 0);
      const [started, error] = events;
      assert.equal(started![0], "started");
      assert.equal(error![0], "error");
      assert.match(error![1].lastErrorMessage, /test report error/);
      assert.match(error![1].lastError, /Error: test exception\n +at /);
      assert.ok(error![1].lastErrorTime > 0);
      assert.equal(error![1].active, true);
    });

    it("restarts as the same instance, after a delay, having stopped before", async (t) => {
      const { ssc, events, types } = streaming(t, master);
      class Restarting extends Receiver<string> {
        calls = ["made"];
        onStart(): void {
          this.calls.push("onStart");
          assert.ok(this.isStarted() && !this.isStopped());
          const { signal } = this;
          if (this.calls.length > 3) this.store([`${this.calls} by ${this.streamId}`]);
          else {
            this.restart("for a change", new Error("test"), 5);
            // It is stopped from now on, and onStop is called later.
            this.calls.push(`${this.isStopped()},${signal.aborted}`);
          }
        }
        async onStop(): Promise<void> {
          this.calls.push("onStop");
        }
      }
      const stored = collected(ssc, new Restarting());
      await ssc.start();
      await eventually("the record", () => stored.length > 0);
      assert.deepEqual(stored, ["made,onStart,true,true,onStop,onStart by 0"]);
      assert.deepEqual(types(), ["started", "error", "stopped", "started"]);
      assert.match(events[2]![1].lastErrorMessage, /^Restarting receiver with delay 5 ms: for a change/);
      assert.deepEqual(
        events.map(([, { active }]) => active),
        [true, true, false, true],
      );
    });

    it("is started anew when it has stopped itself, until the context stops", async (t) => {
      const { ssc, types } = streaming(t, master);
      class Stopping extends Receiver<string> {
        timer: NodeJS.Timeout | undefined;
        onStart(): void {
          this.timer = setTimeout(() => {
            this.store("before the stop");
            this.stop("test stop");
            setTimeout(() => this.store("after it").catch((error) => this.reportError(error.code)), 1);
          }, 1);
        }
        onStop(): void {
          clearTimeout(this.timer);
        }
      }
      const stored = collected(ssc, new Stopping());
      await ssc.start();
      await eventually("three starts", () => types().filter((type) => type === "started").length >= 3);
      assert.deepEqual(types().slice(0, 4), ["started", "stopped", "error", "started"]);
      await eventually("the records", () => stored.length > 1);
      assert.ok(stored.every((record) => record === "before the stop"));
    });

    it("is started anew when onStart throws or rejects", async (t) => {
      for (const asynchronous of [false, true]) {
        const { ssc, events, types } = streaming(t, master);
        class Failing extends Receiver<string> {
          onStart(): void | Promise<void> {
            if (asynchronous) return Promise.reject(new Error("test rejection"));
            throw new Error("test exception");
          }
          onStop(): void {}
        }
        collected(ssc, new Failing());
        await ssc.start();
        await eventually("a second start", () => types().filter((type) => type === "started").length >= 2);
        assert.deepEqual(types().slice(0, 4), ["started", "error", "stopped", "started"]);
        assert.match(events[2]![1].lastError, asynchronous ? /test rejection/ : /test exception/);
        assert.equal(events[2]![1].active, false);
        await ssc.stop();
      }
    });

    it("holds to maxRate with single records, awaited or not, and not with several", async (t) => {
      for (const awaited of [true, false]) {
        const { ssc, types } = streaming(t, master, { "spark.streaming.receiver.maxRate": 1000 });
        class Fast extends Receiver<number> {
          async onStart(): Promise<void> {
            await this.store(Array.from({ length: 5000 }, () => -1));
            const started = performance.now();
            let n = 0;
            while (performance.now() - started < 400) {
              const stored = this.store(n++);
              if (awaited) await stored;
              else if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
            }
            this.reportError("done", performance.now() - started);
          }
          onStop(): void {}
        }
        let several = 0;
        let single = 0;
        ssc.receiverStream(new Fast()).foreachRDD(async (rdd) => {
          for (const n of await rdd.collect()) {
            if (n === -1) several++;
            else single++;
          }
        });
        const started = performance.now();
        await ssc.start();
        await eventually("the receiver is done", () => types().includes("error") && several > 0 && single > 20);
        assert.equal(several, 5000);
        assert.ok(single <= performance.now() - started + 200, `${single} in ${performance.now() - started} ms`);
        await ssc.stop();
      }
    });

    it("uses broadcasts, and what else functions may use", async (t) => {
      const { ssc } = streaming(t, master);
      const cities = ssc.sparkContext.broadcast(new Map([["CDG", "Paris"]]));
      class Cities extends Receiver<string> {
        onStart(): void {
          this.store(cities.value.get("CDG")!);
        }
        onStop(): void {}
      }
      const stored = collected(ssc, new Cities());
      await ssc.start();
      await eventually("the record", () => stored.length > 0);
      assert.deepEqual(stored, ["Paris"]);
    });

    it("loses nothing that was stored when it is stopped gracefully", async (t) => {
      const { ssc } = streaming(t, master, {
        "spark.streaming.blockInterval": "1h",
        "spark.streaming.receiver.maxRate": 100,
      });
      class Last extends Receiver<string> {
        onStart(): void {
          // More than may pass at once: what waits at the gate must not be lost either.
          for (let i = 0; i < 30; i++) this.store(`early ${i}`);
        }
        async onStop(): Promise<void> {
          await new Promise((resolve) => setTimeout(resolve, 10));
          this.store("late");
        }
      }
      const stored = collected(ssc, new Last());
      await ssc.start();
      await ssc.stop({ stopGracefully: true });
      assert.deepEqual(stored, [...Array.from({ length: 30 }, (_, i) => `early ${i}`), "late"]);
    });

    it("is refused where it cannot travel, is of another stream, or is none", async (t) => {
      const { ssc } = streaming(t, master);
      class WithContext extends Receiver<string> {
        readonly context = ssc;
        onStart(): void {}
        onStop(): void {}
      }
      class WithPromise extends Receiver<string> {
        readonly promise = Promise.resolve();
        onStart(): void {}
        onStop(): void {}
      }
      const code = (expected: string) => (error: unknown) => isMillraceError(error) && error.code === expected;
      assert.throws(() => ssc.receiverStream(new WithContext()), code("CONTEXT_IN_CLOSURE"));
      assert.throws(() => ssc.receiverStream(new WithPromise()), code("UNSHIPPABLE_CLOSURE"));
      assert.throws(() => ssc.receiverStream({} as never), code("INVALID_ARGUMENT"));
      const one = new Singles([1]);
      ssc.receiverStream(one);
      assert.throws(() => ssc.receiverStream(one), code("INVALID_ARGUMENT"));
      assert.throws(() => one.store(1), code("CONTEXT_STATE"));
    });
  });
}

describe("receivers in threads", () => {
  it("that fail where nobody catches it are started anew, and their neighbours do not notice", async (t) => {
    const { ssc, events } = streaming(t, "local[2]");
    class Crashing extends Receiver<string> {
      readonly how: string;
      constructor(how: string) {
        super();
        this.how = how;
      }
      onStart(): void {
        const error = new Error(`test ${this.how}`);
        if (this.how === "rejection") void Promise.reject(error);
        else
          setTimeout(() => {
            throw error;
          }, 1);
      }
      onStop(): void {}
    }
    class Steady extends Receiver<number> {
      timer: NodeJS.Timeout | undefined;
      onStart(): void {
        let n = 0;
        this.timer = setInterval(() => this.store(n++), 1);
      }
      onStop(): void {
        clearInterval(this.timer);
      }
    }
    collected(ssc, new Crashing("rejection"));
    collected(ssc, new Crashing("timer"));
    const steady = collected(ssc, new Steady());
    await ssc.start();
    const starts = (streamId: number) =>
      events.filter(([type, info]) => type === "started" && info.streamId === streamId).length;
    await eventually("both are started again", () => starts(0) > 1 && starts(1) > 1 && steady.length > 20);
    assert.equal(starts(2), 1);
    assert.deepEqual(
      steady,
      Array.from(steady, (_, i) => i),
    );
    for (const [streamId, how] of ["rejection", "timer"].entries()) {
      const error = events.find(([type, info]) => type === "error" && info.streamId === streamId)![1];
      assert.match(error.lastError, new RegExp(`Error: test ${how}`));
    }
  });

  it("that end their thread get another, as new copies; a thread of their own shields the others", async (t) => {
    const { ssc, events } = streaming(t, "local[2]");
    class Ending extends Receiver<string> {
      onStart(): void {
        this.store(["stored before"]).then(() => process.exit(3));
      }
      onStop(): void {}
    }
    const stored = collected(ssc, new Ending(), { thread: "own" });
    const other = collected(ssc, new Singles(["unharmed"]));
    await ssc.start();
    await eventually("it came back", () => stored.length > 1 && other.length > 0);
    const own = events.filter(([, { streamId }]) => streamId === 0).map(([type]) => type);
    assert.deepEqual(own.slice(0, 3), ["started", "error", "started"]);
    const shared = events.filter(([, { streamId }]) => streamId === 1).map(([type]) => type);
    assert.deepEqual(shared, ["started"]);
    const executors = new Map(events.map(([, { streamId, executorId }]) => [streamId, executorId]));
    assert.deepEqual([executors.get(0), executors.get(1)], ["receiver-0", "receiver"]);
  });

  it("that block their thread do not hold up batches for long", async (t) => {
    const { ssc } = streaming(t, "local[2]");
    class Blocking extends Receiver<string> {
      async onStart(): Promise<void> {
        await this.store(["before"]);
        const started = performance.now();
        while (performance.now() - started < 3000);
        await this.store(["after"]);
      }
      onStop(): void {}
    }
    const stored: string[] = [];
    let batchesBetween = 0;
    ssc.receiverStream(new Blocking(), { thread: "own" }).foreachRDD(async (rdd) => {
      stored.push(...(await rdd.collect()));
      if (stored.length === 1) batchesBetween++;
    });
    await ssc.start();
    await eventually("both records", () => stored.length === 2);
    assert.ok(batchesBetween > 20, `${batchesBetween} batches`);
  });
});
