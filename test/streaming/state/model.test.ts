import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type State, StateSpec, type TaskInfo, type Time } from "millrace";
import { StreamTester } from "millrace/testing";

const RUNS = process.env.MILLRACE_LONG ? 150 : 5;
const BATCH_MS = 1000;

type Record = [key: string, value: number];
type Batches = readonly (readonly Record[])[];

/** Sums, removes at every seventh value, and tells of keys that time out. */
function sumUp(time: Time, key: string, value: number | undefined, state: State<number>): string | undefined {
  if (state.isTimingOut()) return `${key} timed out at ${time.milliseconds} with ${state.get()}`;
  if (value! % 7 === 0) {
    if (!state.exists()) return undefined;
    state.remove();
    return `${key} removed`;
  }
  if (value! % 5 === 0) return `${key} is ${state.getOption()}`;
  state.update((state.getOption() ?? 0) + value!);
  return `${key} ${state.get()}`;
}

/** The same, over all batches so far, with a Map. */
function naive(batches: Batches, timeoutMs: number | undefined, initial: readonly Record[]) {
  const states = new Map(initial.map(([key, sum]) => [key, { sum, time: BATCH_MS }]));
  return batches.map((batch, i) => {
    const time = (i + 1) * BATCH_MS;
    const emitted: string[] = [];
    for (const [key, value] of batch) {
      const state = states.get(key);
      if (value % 7 === 0) {
        if (state !== undefined) emitted.push(`${key} removed`);
        states.delete(key);
      } else if (value % 5 === 0) {
        emitted.push(`${key} is ${state?.sum}`);
        if (state !== undefined && timeoutMs !== undefined) state.time = time;
      } else {
        const sum = (state?.sum ?? 0) + value;
        states.set(key, { sum, time });
        emitted.push(`${key} ${sum}`);
      }
    }
    for (const [key, { sum, time: touched }] of [...states]) {
      if (timeoutMs === undefined || touched >= time - timeoutMs) continue;
      emitted.push(`${key} timed out at ${time} with ${sum}`);
      states.delete(key);
    }
    return { emitted, snapshot: [...states].map(([key, { sum }]) => `${key}=${sum}`) };
  });
}

/** Counts values; a key with three silent batches in a row goes. */
function countUp(values: readonly number[], state: { readonly n: number; readonly silent: number } | undefined) {
  if (values.length > 0) return { n: (state?.n ?? 0) + values.length, silent: 0 };
  return state!.silent === 2 ? undefined : { n: state!.n, silent: state!.silent + 1 };
}

function naiveCounts(batches: Batches) {
  const states = new Map<string, { n: number; silent: number }>();
  return batches.map((batch) => {
    for (const key of new Set([...states.keys(), ...batch.map(([each]) => each)])) {
      const next = countUp(
        batch.flatMap(([each, value]) => (each === key ? [value] : [])),
        states.get(key),
      );
      if (next === undefined) states.delete(key);
      else states.set(key, next);
    }
    return [...states].map(([key, { n, silent }]) => `${key} ${n} ${silent}`);
  });
}

const batchesOf: fc.Arbitrary<Batches> = fc.array(
  fc.array(
    fc.tuple(
      fc.nat(8).map((n) => `key ${n}`),
      fc.nat(40),
    ),
    { maxLength: 12 },
  ),
  { minLength: 1, maxLength: 12 },
);

interface Program {
  readonly batches: Batches;
  readonly timeoutMs: number | undefined;
  readonly initial: readonly Record[];
  readonly partitions: number;
  readonly compactAfter: string;
  readonly together: string;
  /** Whether the records come from a function that returns literals, so that short stages hand them on as they are. */
  readonly mapped: boolean;
  /** Which task starts are followed by the death of their thread, after how many turns of the event loop. */
  readonly deaths: readonly { readonly start: number; readonly turns: number }[];
}

function programs(deaths: number): fc.Arbitrary<Program> {
  return fc.record({
    batches: batchesOf,
    timeoutMs: fc.constantFrom(undefined, 1000, 2000, 2500),
    initial: fc.constantFrom([], [["key 1", 3] as Record, ["other", 4] as Record]),
    partitions: fc.integer({ min: 1, max: 5 }),
    compactAfter: fc.constantFrom("1", "1k", "4m"),
    together: fc.constantFrom("0", "2ms", "1 hour"),
    mapped: fc.boolean(),
    deaths: fc.array(fc.record({ start: fc.nat(40), turns: fc.nat(12) }), {
      minLength: deaths / 2,
      maxLength: deaths,
    }),
  });
}

let died = 0;

async function check(master: string, program: Program): Promise<void> {
  const { batches, timeoutMs, initial, partitions, compactAfter, together, mapped: isMapped, deaths } = program;
  const conf = { "millrace.state.compactAfter": compactAfter, "millrace.task.together": together };
  const tester = new StreamTester({ master, conf });
  const { sparkContext } = tester.ssc;
  const spec = StateSpec.function(sumUp).numPartitions(partitions);
  if (timeoutMs !== undefined) spec.timeout(timeoutMs);
  if (initial.length > 0) spec.initialState(sparkContext.parallelize(initial, 2));
  const given = tester.input(batches);
  const input = isMapped ? given.map(([key, value]): Record => [key, value]) : given;
  const mapped = input.mapWithState(spec);
  const emitted = tester.output(mapped);
  const snapshots = tester.output(mapped.stateSnapshots());
  const lastThree = tester.output(mapped.window("3 seconds"));
  const counts = tester.output(input.updateStateByKey(countUp, partitions));
  let starts = 0;
  sparkContext.addSparkListener({
    onTaskStart({ executorId }: TaskInfo) {
      const death = deaths.find(({ start }) => start === starts);
      starts++;
      if (death !== undefined) void afterTurns(death.turns, () => sparkContext.killExecutor(executorId) && died++);
    },
  });
  try {
    await tester.start();
    await tester.advance(batches.length * BATCH_MS);
    assert.equal(tester.failure, undefined);
    const expected = naive(batches, timeoutMs, initial);
    const expectedCounts = naiveCounts(batches);
    for (const [i] of batches.entries()) {
      assert.deepEqual(emitted.records[i]!.toSorted(), expected[i]!.emitted.toSorted(), `batch ${i}`);
      const snapshot = snapshots.records[i]!.map(([key, sum]) => `${key}=${sum}`);
      assert.deepEqual(snapshot.sort(), expected[i]!.snapshot.toSorted(), `the snapshot of batch ${i}`);
      const window = expected.slice(Math.max(0, i - 2), i + 1).flatMap((batch) => batch.emitted);
      assert.deepEqual(lastThree.records[i]!.toSorted(), window.sort(), `the window at batch ${i}`);
      const counted = counts.records[i]!.map(([key, { n, silent }]) => `${key} ${n} ${silent}`);
      assert.deepEqual(counted.sort(), expectedCounts[i]!.toSorted(), `the counts of batch ${i}`);
    }
  } finally {
    await tester.stop();
  }
}

async function afterTurns(turns: number, body: () => unknown): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(setImmediate);
  body();
}

describe("state beside a naive model", () => {
  it("is the same for random batches, timeouts and partitions", () =>
    fc.assert(
      fc.asyncProperty(programs(0), (program) => check("local", program)),
      { numRuns: 6 * RUNS, seed: 20261125 },
    ));

  it("is the same when threads die at random moments", async () => {
    await fc.assert(
      fc.asyncProperty(programs(6), (program) => check("local[2]", program)),
      { numRuns: RUNS, seed: 20261125 },
    );
    assert.ok(died >= RUNS / 2, `only ${died} threads died`);
  });
});
