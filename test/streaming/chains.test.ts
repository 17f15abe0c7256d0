import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { StateSpec, type TaskInfo } from "millrace";
import { StreamTester } from "millrace/testing";
import { BATCH, countOrPart, op } from "./chain-operators.ts";
import { naive } from "./naive-stream.ts";

const long = process.env.MILLRACE_LONG === "1";

const batches = fc.array(fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 6 }), {
  minLength: 1,
  maxLength: 10,
});
const program = fc.record({
  batches,
  inputPartitions: fc.integer({ min: 1, max: 3 }),
  ops: fc.array(op, { minLength: 1, maxLength: 4 }),
  /** Whether only the last stream has an output, so that what is above it is computed as far as it needs it. */
  lastOnly: fc.boolean(),
  /** Whether all batches, none, or those that are, are taken for short: then one thread runs them, with their states. */
  together: fc.constantFrom("0", "2ms", "1 hour"),
});

/** Runs a chain, and compares every batch of its streams with their definitions. */
async function run(
  { batches, inputPartitions, ops, lastOnly }: typeof program extends fc.Arbitrary<infer P> ? P : never,
  tester: StreamTester,
): Promise<void> {
  const streams = [tester.input(batches, inputPartitions)];
  const definitions = [naive.input(batches)];
  for (const next of ops) {
    streams.push(next.stream(streams.at(-1)!, tester.ssc));
    definitions.push(next.naive(definitions.at(-1)!));
  }
  const outputs = streams.map((stream, i) => (lastOnly && i < ops.length ? undefined : tester.output(stream)));
  await tester.start();
  await tester.advance(batches.length * BATCH);
  if (tester.failure !== undefined) throw tester.failure;
  for (const [i, definition] of definitions.entries()) {
    const output = outputs[i];
    if (output === undefined) continue;
    const due = Array.from(
      { length: Math.floor(batches.length / definition.slide) },
      (_, k) => (k + 1) * definition.slide,
    );
    const what = ["input", ...ops.map(({ name }) => name)].slice(0, i + 1).join(".");
    assert.deepEqual(
      output.times,
      due.map((time) => time * BATCH),
      what,
    );
    assert.deepEqual(
      output.records.map(sorted),
      due.map((time) => sorted(definition.at(time))),
      what,
    );
  }
}

const sorted = (numbers: readonly number[]) => numbers.map((n) => n || 0).sort((a, b) => a - b);

/** Methods that make no stream of a stream. */
const NO_OPERATORS =
  "constructor compute named partitioner print foreachRDD saveAsTextFiles saveAsObjectFiles slice toBatches";

it("every operator of a stream is among those that chains are made of", async () => {
  const tester = new StreamTester();
  const called = new Set<string>();
  const methods: string[] = [];
  const undo: (() => void)[] = [];
  const states = tester
    .input([[1]])
    .map((n) => [n, n])
    .mapWithState(StateSpec.function(countOrPart));
  for (let on = Object.getPrototypeOf(states); on !== Object.prototype; on = Object.getPrototypeOf(on)) {
    for (const name of Object.getOwnPropertyNames(on)) {
      const method = Object.getOwnPropertyDescriptor(on, name)!.value;
      if (typeof method !== "function" || NO_OPERATORS.split(" ").includes(name)) continue;
      methods.push(name);
      on[name] = function (this: unknown, ...args: unknown[]) {
        called.add(name);
        return method.apply(this, args);
      };
      undo.push(() => {
        on[name] = method;
      });
    }
  }
  for (const { stream } of fc.sample(op, { numRuns: 400, seed: 1 })) stream(tester.input([[1]]), tester.ssc);
  for (const restore of undo) restore();
  await tester.stop();
  assert.deepEqual(methods.filter((name) => !called.has(name)).sort(), []);
});

describe("any chain of operators equals the naive computation over the list of all batches", () => {
  for (const [master, runs] of [
    ["local", 40],
    ["local[1]", 5],
    ["local[2]", 8],
    ["local[3]", 5],
  ] as const) {
    it(`on ${master}`, async () => {
      await fc.assert(
        fc.asyncProperty(program, async (drawn) => {
          const tester = new StreamTester({ master, conf: { "millrace.task.together": drawn.together } });
          try {
            await run(drawn, tester);
          } finally {
            await tester.stop();
          }
        }),
        { numRuns: long ? runs * 20 : runs, seed: 20261125 },
      );
    });
  }

  it("with threads that die at random moments", async () => {
    const numRuns = long ? 200 : 10;
    // A task survives three threads: so no more than three die in a run. Which of its tasks' starts they follow, and how
    // many turns of the event loop later, is drawn.
    const kills = fc.array(fc.record({ start: fc.nat(40), turns: fc.nat(20) }), { maxLength: 3 });
    // With a checkpoint directory all states are in files; without one, windows are not.
    const directory = mkdtempSync(join(tmpdir(), "millrace-"));
    const conf = fc.constantFrom({}, { "spark.streaming.checkpoint.directory": directory });
    let killed = 0;
    await fc.assert(
      fc.asyncProperty(program, kills, conf, async (drawn, moments, conf) => {
        const tester = new StreamTester({
          master: "local[2]",
          conf: { ...conf, "millrace.task.together": drawn.together },
        });
        const { sparkContext } = tester.ssc;
        let starts = 0;
        sparkContext.addSparkListener({
          onTaskStart({ executorId }: TaskInfo) {
            const moment = moments.find(({ start }) => start === starts);
            starts++;
            if (moment === undefined) return;
            void afterTurns(moment.turns).then(() => {
              if (sparkContext.killExecutor(executorId)) killed++;
            });
          },
        });
        try {
          await run(drawn, tester);
        } finally {
          await tester.stop();
        }
      }),
      { numRuns, seed: 20261126 },
    );
    rmSync(directory, { recursive: true });
    assert.ok(killed > numRuns / 3, `only ${killed} threads died`);
  });
});

async function afterTurns(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(setImmediate);
}
