import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type InputContext,
  InputDStream,
  isMillraceError,
  Receiver,
  ReceiverInputDStream,
  StreamingContext,
  type Time,
} from "millrace";
import { StreamTester } from "millrace/testing";
import { captureLogs } from "../logs.ts";
import { PlannedInput } from "./planned-input.ts";

const code = (expected: string) => (error: unknown) => isMillraceError(error) && error.code === expected;

describe("inputStream", () => {
  it("starts an input with its context, asks it for each batch in order, and stops it once", async () => {
    const tester = new StreamTester({ batchDuration: 10 });
    const times: number[] = [];
    const input = new PlannedInput((sc, time) => {
      times.push(time);
      return { rdd: sc.parallelize([time]), numRecords: 1, metadata: { offset: time } };
    });
    assert.throws(() => input.id, code("CONTEXT_STATE"));
    tester.input([]);
    const output = tester.output(tester.ssc.inputStream(input));
    assert.equal(input.id, 1);
    const infos: unknown[] = [];
    tester.ssc.addStreamingListener({
      onBatchCompleted: ({ batchInfo }) => infos.push(batchInfo.streamIdToInputInfo.get(1)),
    });
    assert.equal(input.starts, 0);
    await tester.start();
    assert.equal(input.starts, 1);
    await tester.advance(30);
    await tester.stop();
    await tester.stop();
    assert.deepEqual(times, [10, 20, 30]);
    assert.deepEqual(output.records, [[10], [20], [30]]);
    assert.deepEqual([input.starts, input.stops], [1, 1]);
    assert.deepEqual(infos[1], {
      inputStreamId: 1,
      numRecords: 1,
      metadata: { Description: "PlannedInput", offset: 20 },
    });
  });

  it("refuses what is no input, and an input twice", async () => {
    const ssc = new StreamingContext({ master: "local", batchDuration: "1 second" });
    const input = new PlannedInput<number>(() => undefined);
    ssc.inputStream(input);
    assert.throws(() => ssc.inputStream(input), code("INVALID_ARGUMENT"));
    assert.throws(() => ssc.inputStream({ plan() {} } as never), code("INVALID_ARGUMENT"));
    assert.throws(() => ssc.constantStream([1] as never), code("INVALID_ARGUMENT"));
    await ssc.stop();
  });

  it("refuses what is no batch, as the failure of the outputs that need it", async () => {
    for (const wrong of [null, [1], { numRecords: 1 }, { rdd: [1] }]) {
      const tester = new StreamTester();
      tester.output(tester.ssc.inputStream(new PlannedInput<number>(() => wrong as never)));
      await tester.start();
      await tester.advance("1 second");
      assert.ok(isMillraceError(tester.failure, "INVALID_ARGUMENT"), JSON.stringify(wrong));
      assert.match(tester.failure.site!, /input-dstream\.test/);
      await tester.stop();
    }
  });

  it("gives an input RDDs of sources, whose errors name the line of the stream", async () => {
    const tester = new StreamTester({ batchDuration: 10 });
    class Input extends InputDStream<number> {
      #context!: InputContext;
      override start(context: InputContext): void {
        this.#context = context;
      }
      plan({ milliseconds }: Time) {
        const compute = () => {
          if (milliseconds === 20) throw new Error("the log is gone");
          return [milliseconds];
        };
        return { rdd: this.#context.source({ partitions: () => [0], compute }) };
      }
    }
    const output = tester.output(tester.ssc.inputStream(new Input()));
    await tester.start();
    await tester.advance(30);
    await tester.stop();
    assert.deepEqual(output.records, [[10], [30]]);
    const { failure } = tester;
    assert.ok(isMillraceError(failure, "CLOSURE_FAILED"));
    assert.deepEqual([failure.operator, failure.partition], ["inputStream", 0]);
    assert.match(failure.site!, /input-dstream\.test\.ts/);
  });

  it("runs one receiver for an input, from its start on, and no other", async () => {
    class Silent extends Receiver<number> {
      onStart() {}
      onStop() {}
    }
    const wrong: ((context: InputContext) => unknown)[] = [
      (context) => [context.receive(new Silent()), context.receive(new Silent())],
      (context) => context.receive({} as never),
      (() => {
        const shared = new Silent();
        return (context: InputContext) => context.receive(shared);
      })(),
    ];
    const codes = ["CONTEXT_STATE", "INVALID_ARGUMENT", "INVALID_ARGUMENT"];
    for (const [i, start] of wrong.entries()) {
      const tester = new StreamTester();
      class Input extends ReceiverInputDStream<number> {
        getReceiver() {
          return new Silent();
        }
        override start(context: InputContext) {
          start(context);
        }
      }
      tester.output(tester.ssc.inputStream(new Input()));
      tester.output(tester.ssc.inputStream(new Input()));
      await assert.rejects(tester.start(), code(codes[i]!));
      await tester.stop();
    }
    let late!: InputContext;
    const tester = new StreamTester();
    class Late extends InputDStream<number> {
      override start(context: InputContext): void {
        late = context;
      }
      plan(): undefined {}
    }
    tester.output(tester.ssc.inputStream(new Late()));
    await tester.start();
    assert.throws(() => late.receive(new Silent()), code("CONTEXT_STATE"));
    await tester.stop();
  });

  it("fails the start, and stops the others, where an input does not start; one that does not stop only warns", async () => {
    const stopped: string[] = [];
    class Input extends InputDStream<number> {
      readonly #does: { start?: () => void; stop: () => void };
      constructor(does: { start?: () => void; stop: () => void }) {
        super();
        this.#does = does;
      }
      override start(_context: InputContext): void {
        this.#does.start?.();
      }
      override stop(): void {
        this.#does.stop();
      }
      plan(): undefined {}
    }
    const ssc = new StreamingContext({ master: "local", batchDuration: "1 second" });
    const failing = () => {
      throw new Error("no connection");
    };
    for (const does of [{ stop: failing }, { start: failing, stop: () => stopped.push("second") }]) {
      ssc.inputStream(new Input(does)).foreachRDD(() => {});
    }
    const logs = captureLogs();
    await assert.rejects(ssc.start(), /no connection/);
    logs.stop();
    assert.deepEqual(stopped, ["second"]);
    assert.equal(logs.of("INPUT_STOP").length, 1);
    await ssc.stop();
  });
});

it("constantStream has the same RDD in every batch", async () => {
  const tester = new StreamTester();
  const rdd = tester.ssc.sparkContext.parallelize(
    [
      ["a", 1],
      ["b", 2],
    ],
    2,
  );
  const table = tester.ssc.constantStream(rdd);
  const stream = tester.input([["a"], ["b", "c"]]).map((key) => [key, "x"]);
  const joined = tester.output(stream.join(table));
  const whole = tester.output(table);
  await tester.start();
  await tester.advance("2 seconds");
  await tester.stop();
  assert.deepEqual(joined.records, [[["a", ["x", 1]]], [["b", ["x", 2]]]]);
  assert.deepEqual(whole.records, [
    [
      ["a", 1],
      ["b", 2],
    ],
    [
      ["a", 1],
      ["b", 2],
    ],
  ]);
});
