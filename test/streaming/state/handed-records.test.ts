import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { type DStream, isMillraceError, type State, StateSpec } from "millrace";
import { StreamTester } from "millrace/testing";

const directory = mkdtempSync(join(tmpdir(), "millrace-handed-test-"));
after(() => rmSync(directory, { recursive: true, force: true }));

/** However slow the machine is. */
const ALWAYS = { "millrace.task.together": "1 hour" };
const BATCHES = 12;

type Pairs = DStream<[string, unknown]>;

/** What comes of streams of these numbers, by batch, and for each map task whether it handed its records on. */
async function run<T>(
  batch: readonly number[],
  through: (numbers: DStream<number>) => DStream<T>,
): Promise<{ records: readonly (readonly T[])[]; handed: readonly boolean[] }> {
  const tester = new StreamTester({ master: "local[2, 3]", conf: ALWAYS });
  const handed: boolean[] = [];
  tester.ssc.sparkContext.addSparkListener({
    onTaskEnd: ({ metrics }) => {
      if (metrics!.shuffleWriteRecords > 0) handed.push(metrics!.shuffleWriteBytes === 0);
    },
  });
  const collected = tester.output(through(tester.input(Array.from({ length: BATCHES }, () => batch))));
  await tester.start();
  await tester.advance(`${BATCHES} seconds`);
  assert.equal(tester.failure, undefined);
  await tester.stop();
  assert.equal(tester.ssc.sparkContext.blocksInUse.blocks, 0);
  return { records: collected.records, handed };
}

/** Emits each value with how many its key has had. */
const counting = () =>
  StateSpec.function((_key: string, value: unknown, state: State<number>): { value: unknown; n: number } => {
    const n = (state.getOption() ?? 0) + 1;
    state.update(n);
    return { value, n };
  }).numPartitions(2);

describe("records that a short map task hands on to a state", () => {
  const shared = { n: 1 };
  const when = new Date(5);
  const cases: [what: string, handed: boolean, map: (n: number) => [string, unknown]][] = [
    ["numbers", true, (n) => [`k${n}`, n / 2]],
    ["-0 and NaN", true, (n) => [`k${n}`, { negative: -0, none: Number.NaN, n }]],
    ["null and undefined", true, (n) => [`k${n}`, { a: null, b: undefined, c: n > 1 ? null : n }]],
    ["text, booleans and large integers", true, (n) => [`k${n}`, { text: `é ${n}`, is: n > 1, large: 2n ** 70n }]],
    ["literals inside", true, (n) => [`k${n}`, [{ at: n, next: n + 1 }, "x"]]],
    ["literals that lie deep inside", false, (n) => [`k${n}`, [{ at: [n, n + 1] }, "x"]]],
    ["one literal or another", true, (n) => (n > 1 ? [`k${n}`, { a: 1 }] : [`k${n}`, { a: 2 }])],
    ["keys that are numbers", true, (n) => [n as unknown as string, n]],
    ["dates", false, (n) => [`k${n}`, { when, n }]],
    ["arrays that somebody else has", false, (n) => [`k${n}`, [n].concat(n)]],
    ["objects that somebody else has", false, (n) => [`k${n}`, { shared, n }]],
    ["keys that are tuples", false, (n) => [[n].map(String) as unknown as string, n]],
    ["pairs that are no literal", false, (n) => [`k${n}`, n].slice() as [string, number]],
  ];
  for (const [what, handed, map] of cases) {
    it(`are ${handed ? "handed" : "encoded, not handed"}: ${what}`, async () => {
      const numbers = [3, 1, 2, 1];
      const result = await run(numbers, (stream) => stream.map(map).mapWithState(counting()));
      const one = numbers.map((n) => map(n)[1]);
      for (const [i, records] of result.records.entries()) {
        const values = (records as readonly { value: unknown; n: number }[]).map(({ value }) => value);
        assert.equal(values.length, one.length);
        for (const value of one)
          assert.ok(
            values.some((other) => isSame(value, other)),
            `${what} in batch ${i}`,
          );
        // Key 1 comes twice in a batch.
        assert.deepEqual(
          (records as readonly { n: number }[]).map(({ n }) => n).sort((a, b) => a - b),
          [i + 1, i + 1, 2 * i + 1, 2 * i + 2].sort((a, b) => a - b),
        );
      }
      assert.equal(
        result.handed.slice(-2).every((is) => is === handed),
        true,
        String(result.handed),
      );
    });
  }

  it("are handed from mapValues, and not where a function has had them before", async () => {
    const numbers = [3, 1, 2, 1];
    const pairs = (stream: DStream<number>): Pairs => stream.map((n): [string, number] => [`k${n}`, n]);
    const made = await run(numbers, (stream) =>
      pairs(stream)
        .mapValues((n) => ({ n }))
        .mapWithState(counting()),
    );
    assert.equal(made.handed.at(-1), true);
    const seen = await run(numbers, (stream) =>
      pairs(stream)
        .filter(() => true)
        .mapWithState(counting()),
    );
    assert.equal(seen.handed.at(-1), false);
  });

  it("are handed by one task and encoded by another, each as its records are, and read in their order", async () => {
    const { records, handed } = await run([3, 1, 2, 1], (stream) =>
      stream.map((n): [string, unknown] => ["a", { only: n === 3 ? when : n }]).mapWithState(counting()),
    );
    assert.deepEqual(handed.slice(-2), [false, true]);
    assert.deepEqual(
      records.map((some) => some.map(({ value }) => (value as { only: unknown }).only)),
      Array(BATCHES).fill([when, 1, 2, 1]),
    );
  });

  it("are the state's own to change and to keep, and what it emits is the next task's", async () => {
    const kept = () =>
      StateSpec.function((_key: string, given: { n: number } | undefined, state: State<{ n: number }>) => {
        const before = state.getOption()?.n ?? 0;
        given!.n += before;
        state.update(given!);
        return { n: given!.n };
      }).numPartitions(2);
    const { records, handed } = await run([1], (stream) =>
      stream
        .map((n): [string, { n: number }] => ["a", { n }])
        .mapWithState(kept())
        .map((emitted) => {
          emitted.n *= 100;
          return emitted.n;
        }),
    );
    assert.equal(handed.at(-1), true);
    assert.deepEqual(
      records,
      Array.from({ length: BATCHES }, (_, i) => [100 * (i + 1)]),
    );
  });

  it("are read once: of two outputs of a state each has what was emitted", async () => {
    const tester = new StreamTester({ master: "local[2]", conf: ALWAYS });
    const states = tester
      .input(Array.from({ length: BATCHES }, () => [1, 2]))
      .map((n): [string, number] => [`k${n}`, n])
      .mapWithState(counting());
    const changed = tester.output(
      states.map((emitted) => {
        emitted.n = -1;
        return emitted.n;
      }),
    );
    const read = tester.output(states.map(({ n }) => n));
    await tester.start();
    await tester.advance(`${BATCHES} seconds`);
    assert.deepEqual(changed.records, Array(BATCHES).fill([-1, -1]));
    assert.deepEqual(
      read.records,
      Array.from({ length: BATCHES }, (_, i) => [i + 1, i + 1]),
    );
    await tester.stop();
  });

  it("are made again, as they were, when a function of the state that had changed them fails", async () => {
    const failed = join(directory, "failed");
    const failing = () =>
      StateSpec.function((key: string, given: { n: number } | undefined, state: State<number>) => {
        const fs = process.getBuiltinModule("node:fs");
        const n = (state.getOption() ?? 0) + given!.n;
        given!.n = 1000;
        state.update(n);
        if (n === 18 && key === "k2" && !fs.existsSync(failed)) {
          fs.writeFileSync(failed, "");
          throw new Error("not now");
        }
        return { n };
      }).numPartitions(2);
    const { records } = await run([1, 2, 3], (stream) =>
      stream.map((n): [string, { n: number }] => [`k${n}`, { n }]).mapWithState(failing()),
    );
    assert.ok(existsSync(failed));
    assert.deepEqual(
      records.map((some) => some.map(({ n }) => n).sort((a, b) => a - b)),
      Array.from({ length: BATCHES }, (_, i) => [i + 1, 2 * (i + 1), 3 * (i + 1)]),
    );
  });

  it("are made again when the job is cancelled between the two, and the batch is computed with the next one", async () => {
    const tester = new StreamTester({ master: "local[2]", conf: ALWAYS });
    let controller: AbortController | undefined;
    let cancelled = 0;
    tester.ssc.sparkContext.addSparkListener({ onStageCompleted: () => controller?.abort() });
    const results: unknown[] = [];
    tester
      .input(Array.from({ length: BATCHES }, () => [1, 2]))
      .map((n): [string, number] => [`k${n}`, n])
      .mapWithState(counting())
      .map(({ n }) => n)
      .foreachRDD(async (rdd, { milliseconds }) => {
        if (milliseconds !== 1000 * (BATCHES - 1)) {
          results.push(await rdd.collect());
          return;
        }
        controller = new AbortController();
        await rdd.collect({ signal: controller.signal }).catch((error: unknown) => {
          assert.ok(isMillraceError(error, "JOB_CANCELLED"), String(error));
          cancelled++;
        });
        controller = undefined;
      });
    await tester.start();
    await tester.advance(`${BATCHES} seconds`);
    assert.equal(tester.failure, undefined);
    assert.equal(cancelled, 1);
    assert.deepEqual(
      results,
      Array.from({ length: BATCHES }, (_, i) => [i + 1, i + 1]).filter((_, i) => i !== BATCHES - 2),
    );
    await tester.stop();
    assert.equal(tester.ssc.sparkContext.blocksInUse.blocks, 0);
  });

  it("that cannot travel are refused as ever", async () => {
    const tester = new StreamTester({ master: "local[2]", conf: ALWAYS });
    const failures: unknown[] = [];
    tester
      .input(Array.from({ length: BATCHES }, (_, i) => [i]))
      .map((i): [string, unknown] => ["a", { i, f: i < BATCHES - 1 ? undefined : () => i }])
      .mapWithState(counting())
      .foreachRDD((rdd) =>
        rdd.count().then(
          () => undefined,
          (error: unknown) => void failures.push(error),
        ),
      );
    await tester.start();
    await tester.advance(`${BATCHES} seconds`);
    assert.equal(failures.length, 1);
    assert.ok(isMillraceError(failures[0], "UNSERIALISABLE_RECORD"), String(failures[0]));
    await tester.stop();
  });

  it("are as they would be, of many partitions, some of them empty", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 }), async (numbers) => {
        const { records, handed } = await run(numbers, (stream) =>
          stream
            .repartition(3)
            .map((n): [string, { n: number }] => [`k${n}`, { n }])
            .mapWithState(counting()),
        );
        assert.equal(handed.at(-1), true);
        const naive = new Map<number, number>();
        for (const batch of records) {
          const expected = numbers.map((n) => {
            naive.set(n, (naive.get(n) ?? 0) + 1);
            return `${n}: ${naive.get(n)}`;
          });
          const got = batch.map(({ value, n }) => `${(value as { n: number }).n}: ${n}`);
          assert.deepEqual(got.sort(), expected.sort());
        }
      }),
      { numRuns: 4, seed: 5 },
    );
  });
});

function isSame(one: unknown, other: unknown): boolean {
  try {
    assert.deepStrictEqual(other, one);
    return true;
  } catch {
    return false;
  }
}
