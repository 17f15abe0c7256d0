import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { type DStream, isMillraceError, StorageLevel } from "millrace";
import { type Batches, StreamTester, testOperation } from "millrace/testing";
import { PlannedInput } from "./planned-input.ts";

const long = process.env.MILLRACE_LONG === "1";
const BATCH = 1000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The reduced batches of a window of ten and their shuffles, in two partitions, and the newest window, with room. */
const MOST_BLOCKS = 60;

const add = (a: number, b: number) => a + b;
const subtract = (a: number, b: number) => a - b;

for (const master of ["local", "local[2]"]) {
  describe(`windows made of the one before (${master})`, () => {
    it("reduceByKeyAndWindow: without a filter a key stays for ever", async () => {
      await testOperation({
        master,
        input: [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b"], ["a"], []],
        operation: (words) => words.map((word) => [word, 1]).reduceByKeyAndWindow(add, subtract, "2 seconds"),
        expected: [
          [["a", 1]],
          [
            ["a", 2],
            ["b", 1],
          ],
          [
            ["a", 2],
            ["b", 2],
            ["c", 1],
          ],
          [
            ["a", 2],
            ["b", 2],
            ["c", 1],
          ],
          [
            ["a", 2],
            ["b", 1],
            ["c", 0],
          ],
          [
            ["a", 1],
            ["b", 0],
            ["c", 0],
          ],
        ],
        compare: "multiset",
      });
    });

    it("reduceByKeyAndWindow: a filter lets it go", async () => {
      await testOperation({
        master,
        input: [["a"], ["a", "b"], ["a"], [], ["b"]],
        operation: (words) =>
          words
            .map((word) => [word, 1])
            .reduceByKeyAndWindow(add, subtract, "2 seconds", "1 second", 3, ([, count]) => count !== 0),
        expected: [
          [["a", 1]],
          [
            ["a", 2],
            ["b", 1],
          ],
          [
            ["a", 2],
            ["b", 1],
          ],
          [["a", 1]],
          [["b", 1]],
        ],
        compare: "multiset",
      });
    });

    it("keys and values may be structures, and slides longer than a batch, or than the window", async () => {
      const readings: [[string, number], [number, number]][][] = [1, 2, 3, 4, 5, 6].map((n) => [
        [
          ["a", n % 2],
          [1, n],
        ],
      ]);
      const operation =
        (length: string, slide: string) =>
        (stream: DStream<[[string, number], [number, number]]>): DStream<[[string, number], [number, number]]> =>
          stream.reduceByKeyAndWindow(
            (a, b) => [a[0] + b[0], a[1] + b[1]],
            (a, b) => [a[0] - b[0], a[1] - b[1]],
            length as "4 seconds",
            slide as "2 seconds",
            undefined,
            ([, [count]]) => count > 0,
          );
      await testOperation({
        master,
        input: readings,
        operation: operation("4 seconds", "2 seconds"),
        expected: [
          [
            [
              ["a", 1],
              [1, 1],
            ],
            [
              ["a", 0],
              [1, 2],
            ],
          ],
          [
            [
              ["a", 1],
              [2, 4],
            ],
            [
              ["a", 0],
              [2, 6],
            ],
          ],
          [
            [
              ["a", 1],
              [2, 8],
            ],
            [
              ["a", 0],
              [2, 10],
            ],
          ],
        ],
        compare: "multiset",
      });
      await testOperation({
        master,
        input: readings,
        operation: operation("1 second", "3 seconds"),
        expected: [
          [
            [
              ["a", 1],
              [1, 3],
            ],
          ],
          [
            [
              ["a", 0],
              [1, 6],
            ],
          ],
        ],
      });
    });

    it("reduceByWindow, countByWindow, countByValueAndWindow", async () => {
      await testOperation({
        master,
        input: [[], [1, 2], [3], [], [], [4]],
        operation: (numbers) => numbers.reduceByWindow(add, subtract, "2 seconds"),
        expected: [[], [3], [6], [3], [0], [4]],
      });
      await testOperation({
        master,
        input: [[], ["a", "b"], ["c"], [], [], ["d"]],
        operation: (words) => words.countByWindow("2 seconds", "1 second"),
        expected: [[], [2], [3], [1], [0], [1]],
      });
      await testOperation({
        master,
        input: [["a", "a"], ["b"], [], ["b"]],
        operation: (words) => words.countByValueAndWindow("2 seconds", "1 second", 2),
        expected: [
          [["a", 2]],
          [
            ["a", 2],
            ["b", 1],
          ],
          [["b", 1]],
          [["b", 1]],
        ],
        compare: "multiset",
      });
    });

    it("a batch that fails is made up for by the next one", async () => {
      const tester = new StreamTester({ master });
      const { sparkContext } = tester.ssc;
      let failing = true;
      const sums = tester
        .input([[1], [2], [3], [4], [5]])
        // On the driver: it fails when it is planned, and works when the next window asks for it.
        .transform((rdd, time) => {
          if (time.milliseconds === 3000 && failing) {
            failing = false;
            throw new Error("not now");
          }
          return rdd;
        })
        .reduceByWindow(add, subtract, "2 seconds");
      const output = tester.output(sums);
      await tester.start();
      await tester.advance("5 seconds");
      assert.deepEqual(
        output.times.map((time, i) => [time, output.records[i]]),
        [
          [1000, [1]],
          [2000, [3]],
          [4000, [7]],
          [5000, [9]],
        ],
      );
      assert.ok(isMillraceError(tester.failure, "CALLBACK_FAILED"));
      assert.ok(!sparkContext.isStopped);
      await tester.stop();
    });
  });
}

describe("a filter that hides a key that the window still has values of", () => {
  const visible = ([, sum]: readonly [string, number]) => sum !== 0;
  const run = (input: Batches<readonly [string, number]>) =>
    testOperation({
      input,
      operation: (pairs) => pairs.reduceByKeyAndWindow(add, subtract, "2 seconds", "1 second", 2, visible),
      expected: [[], [], [], []],
      numBatches: 4,
    });

  it("makes a later window fail, and says so", async () => {
    const hidden = (error: unknown) =>
      isMillraceError(error, "LIVE_KEY_FILTERED") &&
      error.operator === "reduceByKeyAndWindow" &&
      /incremental-windows\.test/.test(error.site ?? "");
    await assert.rejects(run([[["a", 1]], [["a", -1]], []]), hidden);
    // Also where values come in at the same time, which Spark would take for all that there are.
    await assert.rejects(run([[["a", 1]], [["a", -1]], [["a", 5]]]), hidden);
  });

  it("is told of whatever the key is", async () => {
    for (const [key, text] of [
      [12n, "12n"],
      [Number.NaN, "NaN"],
      [["EC-MIG", new Date(0)], "[ 'EC-MIG', 1970-01-01T00:00:00.000Z ]"],
    ] as const) {
      const tester = new StreamTester();
      const pairs = tester.input<readonly [unknown, number]>([[[key, 1]], [[key, -1]]]);
      tester.output(pairs.reduceByKeyAndWindow(add, subtract, "2 seconds", "1 second", 2, ([, sum]) => sum !== 0));
      await tester.start();
      await tester.advance("3 seconds");
      assert.ok(isMillraceError(tester.failure, "LIVE_KEY_FILTERED"), tester.failure?.message);
      assert.ok(tester.failure.what.includes(` ${text} `), tester.failure.what);
      await tester.stop();
    }
  });

  it("does no harm where the window has lost all its values", async () => {
    await testOperation({
      input: [[["a", 1]], [], [], [["a", 2]]],
      operation: (pairs) => pairs.reduceByKeyAndWindow(add, subtract, "2 seconds", "1 second", 2, visible),
      expected: [[["a", 1]], [["a", 1]], [], [["a", 2]]],
    });
  });
});

describe("windows made of the one before", () => {
  it("are those made of their batches, with batches missing, for any length and slide", async () => {
    const batches: fc.Arbitrary<Batches<number>> = fc.array(
      fc.option(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), { freq: 4 }),
      { minLength: 1, maxLength: 14 },
    );
    const multiple = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(batches, multiple, multiple, async (input, length, slide) => {
        const tester = new StreamTester();
        const pairs = tester.input(input).map((n) => [n, [1, n]]);
        const reduce = (a: readonly [number, number], b: readonly [number, number]): [number, number] => [
          a[0] + b[0],
          a[1] + b[1],
        ];
        const invert = (a: readonly [number, number], b: readonly [number, number]): [number, number] => [
          a[0] - b[0],
          a[1] - b[1],
        ];
        const anew = tester.output(pairs.reduceByKeyAndWindow(reduce, length * BATCH, slide * BATCH));
        const onwards = tester.output(
          pairs.reduceByKeyAndWindow(
            reduce,
            invert,
            length * BATCH,
            slide * BATCH,
            undefined,
            ([, [count]]) => count > 0,
          ),
        );
        await tester.start();
        await tester.advance(input.length * BATCH);
        await tester.stop();
        assert.equal(tester.failure, undefined);
        const sorted = (batch: readonly unknown[]) => batch.map((pair) => JSON.stringify(pair)).sort();
        assert.deepEqual(onwards.times, anew.times);
        assert.deepEqual(onwards.records.map(sorted), anew.records.map(sorted));
      }),
      { numRuns: long ? 500 : 40, seed: 20261127 },
    );
  });

  it("need their parent as long as what leaves them, and are persisted", async () => {
    const tester = new StreamTester();
    const numbers = tester.input<number>([]);
    const sums = numbers.map((n) => [n, n]).reduceByKeyAndWindow(add, subtract, "4 seconds", "2 seconds");
    assert.equal(sums.storageLevel, StorageLevel.MEMORY_ONLY_SER);
    assert.equal(sums.slideDuration.milliseconds, 2000);
    tester.output(sums);
    await tester.start();
    await tester.advance("20 seconds");
    // The window at 22 s: (18, 22], and (14, 16] leaves.
    assert.ok(tester.rememberedTimes(numbers)[0]! <= 15_000);
    assert.ok(tester.rememberedTimes(numbers)[0]! > 13_000);
    await tester.stop();
  });

  it("refuse what is no function, and lengths that do not fit", async () => {
    const tester = new StreamTester();
    const pairs = tester.input<[string, number]>([]);
    const socket: unknown = Promise.resolve();
    for (const [code, wrong] of [
      ["INVALID_ARGUMENT", () => pairs.reduceByKeyAndWindow(add, subtract, "1500 ms")],
      ["INVALID_ARGUMENT", () => pairs.reduceByKeyAndWindow(add, subtract, "2 seconds", "1 second", 0)],
      ["INVALID_ARGUMENT", () => pairs.reduceByKeyAndWindow(add, subtract, "2 seconds", "1 second", 2, 5 as never)],
      ["INVALID_DURATION", () => pairs.reduceByKeyAndWindow(add, subtract, undefined as never)],
      ["UNSHIPPABLE_CLOSURE", () => pairs.reduceByKeyAndWindow(add, (a, b) => a - b + Number(socket), "2 seconds")],
    ] as const) {
      assert.throws(wrong, (error) => isMillraceError(error, code), String(wrong));
    }
    await tester.stop();
  });

  for (const { master, batches } of [
    { master: "local", batches: long ? 100_000 : 3_000 },
    { master: "local[2]", batches: long ? 10_000 : 300 },
  ]) {
    it(`take no more memory, nor longer plans, after ${batches} batches (${master})`, async () => {
      // Without the live page, which remembers the last thousand batches.
      const tester = new StreamTester({ master, batchDuration: "1 ms", conf: { "spark.ui.enabled": false } });
      const words = tester.ssc.inputStream(
        new PlannedInput((sc, time) => ({ rdd: sc.parallelize([`word ${time % 50}`, "the"], 2) })),
      );
      const counts = words.countByValueAndWindow("10 ms", "2 ms", 2);
      let seen = 0;
      let planned = "";
      counts.foreachRDD(async (rdd) => {
        seen += (await rdd.values().collect()).reduce(add);
        planned = await rdd.toDebugString();
      });
      await tester.start();
      const measure = async () => {
        await tester.advance(batches / 10);
        // What a weak reference has given out stays until the turn of the event loop is over.
        await new Promise(setImmediate);
        collectGarbage();
        assert.ok(tester.ssc.sparkContext.blocksInUse.blocks <= MOST_BLOCKS);
        return { heap: process.memoryUsage().heapUsed, planned };
      };
      await measure();
      const early = await measure();
      let late = early;
      for (let i = 2; i < 10; i++) late = await measure();
      assert.equal(tester.failure, undefined);
      assert.equal(late.planned.split("\n").length, early.planned.split("\n").length);
      const growth = late.heap - early.heap;
      // Lists of V8's own grow by 20 to 40 bytes a batch; whatever is held of each batch takes more.
      assert.ok(
        growth < Math.max(2e6, 64 * 0.8 * batches),
        `the heap grew by ${growth} bytes in ${batches * 0.8} batches`,
      );
      assert.equal(seen, 10 * batches - 2 * (8 + 6 + 4 + 2));
      await tester.stop();
      assert.deepEqual(tester.ssc.sparkContext.blocksInUse, { blocks: 0, bytes: 0 });
    });
  }
});
