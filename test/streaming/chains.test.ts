import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { DStream, StreamingContext, TaskInfo } from "millrace";
import { StreamTester } from "millrace/testing";
import { grouped, type NaiveStream, naive, sum } from "./naive-stream.ts";

const long = process.env.MILLRACE_LONG === "1";
const BATCH = 1000;

/** One operator, on a stream and on its definition. */
interface Op {
  readonly name: string;
  stream(stream: DStream<number>, ssc: StreamingContext): DStream<number>;
  naive(stream: NaiveStream): NaiveStream;
}

/** An operator on each batch by itself. */
function perBatch(
  name: string,
  stream: Op["stream"],
  f: (batch: readonly number[], time: number) => readonly number[],
): fc.Arbitrary<Op> {
  return fc.constant({ name, stream, naive: (parent) => naive.perBatch(parent, f) });
}

/** An operator on windows, whose length and slide are multiples of its parent's slide. */
function perWindow(
  name: string,
  stream: (stream: DStream<number>, length: number, slide: number) => DStream<number>,
  definition: (parent: NaiveStream, length: number, slide: number) => NaiveStream,
): fc.Arbitrary<Op> {
  const multiple = fc.integer({ min: 1, max: 3 });
  return fc.tuple(multiple, fc.constantFrom(1, 1, 2)).map(([length, slide]) => ({
    name: `${name}(${length}, ${slide})`,
    stream: (parent) => {
      const step = parent.slideDuration.milliseconds;
      return stream(parent, length * step, slide * step);
    },
    naive: (parent) => definition(parent, length * parent.slide, slide * parent.slide),
  }));
}

const add = (a: number, b: number) => a + b;
const subtract = (a: number, b: number) => a - b;
const keyed = (stream: DStream<number>) => stream.map((n) => [n % 4 || 0, n]);
/** Keeps a number small and whole, whatever the chain makes of it. */
const small = (n: number) => n % 1009 || 0;

const op: fc.Arbitrary<Op> = fc.oneof(
  perBatch(
    "map",
    (s) => s.map((n) => n + 1),
    (b) => b.map((n) => n + 1),
  ),
  perBatch(
    "filter",
    (s) => s.filter((n) => n % 3 !== 0),
    (b) => b.filter((n) => n % 3 !== 0),
  ),
  perBatch(
    "flatMap",
    (s) => s.flatMap((n) => (n % 2 === 0 ? [n, -n] : [])),
    (b) => b.flatMap((n) => (n % 2 === 0 ? [n, -n] : [])),
  ),
  perBatch(
    "mapAsync",
    (s) => s.mapAsync(async (n) => n - 1),
    (b) => b.map((n) => n - 1),
  ),
  perBatch(
    "mapPartitions, glom",
    (s) =>
      s
        .mapPartitions((records) => [...records].map((n) => n * 2))
        .glom()
        .flatMap((all) => [...all]),
    (b) => b.map((n) => n * 2),
  ),
  perBatch(
    "union",
    (s, ssc) => ssc.union([s, s.map((n) => -n)]).union(s),
    (b) => [...b, ...b.map((n) => -n), ...b],
  ),
  perBatch(
    "count",
    (s) => s.count(),
    (b) => [b.length],
  ),
  perBatch(
    "reduce",
    (s) => s.reduce(add).map(small),
    (b) => (b.length === 0 ? [] : [small(sum(b))]),
  ),
  perBatch(
    "countByValue",
    (s) => s.countByValue(3).map(([n, count]) => small(n * 10 + count)),
    (b) =>
      grouped(
        b,
        (n) => n,
        (n, all) => small(n * 10 + all.length),
      ),
  ),
  perBatch(
    "repartition",
    (s) => s.repartition(3),
    (b) => b,
  ),
  perBatch(
    "persist",
    (s) => s.persist(),
    (b) => b,
  ),
  perBatch(
    "transform",
    (s) =>
      s.transform(async (rdd, time) => {
        const more = (await rdd.count()) + time.milliseconds / BATCH;
        return rdd.map((n) => n + more);
      }),
    (b, time) => b.map((n) => n + b.length + time),
  ),
  perBatch(
    "transformWith",
    (s) =>
      s.transformWith(
        s.map((n) => n + 5),
        (a, b) => a.union(b).distinct(),
      ),
    (b) => [...new Set([...b, ...b.map((n) => n + 5)].map((n) => n || 0))],
  ),
  perBatch(
    "mapValues, flatMapValues",
    (s) =>
      keyed(s)
        .mapValues((n) => n + 1)
        .flatMapValues((n) => [n, n])
        .map(([, n]) => n),
    (b) => b.flatMap((n) => [n + 1, n + 1]),
  ),
  perBatch(
    "reduceByKey",
    (s) =>
      keyed(s)
        .reduceByKey(add, 2)
        .map(([k, n]) => small(k * 100 + n)),
    (b) =>
      grouped(
        b,
        (n) => n % 4,
        (k, all) => small(k * 100 + sum(all)),
      ),
  ),
  perBatch(
    "groupByKey",
    (s) =>
      keyed(s)
        .groupByKey()
        .map(([k, all]) => small(k + all.length)),
    (b) =>
      grouped(
        b,
        (n) => n % 4,
        (k, all) => small(k + all.length),
      ),
  ),
  fc.boolean().chain((mapSideCombine) =>
    perBatch(
      `combineByKey(${mapSideCombine})`,
      (s) =>
        keyed(s)
          .combineByKey(
            (n) => [n] as number[],
            (all, n) => [...all, n],
            (all, more) => [...all, ...more],
            2,
            { mapSideCombine },
          )
          .map(([, all]) => small(all.reduce((a, b) => a + b))),
      (b) =>
        grouped(
          b,
          (n) => n % 4,
          (_, all) => small(sum(all)),
        ),
    ),
  ),
  perBatch(
    "joins and cogroup",
    (s) => {
      const left = s.map((n) => [n, n]);
      const right = s.filter((n) => n % 2 === 0).map((n) => [n, 1]);
      return left
        .join(right)
        .map(([, [a, b]]) => a + b)
        .union(left.leftOuterJoin(right).map(([, [a, b]]) => a + (b ?? 7)))
        .union(right.rightOuterJoin(left).map(([, [b, a]]) => a + (b ?? 8)))
        .union(left.fullOuterJoin(right).map(([, [a, b]]) => (a ?? 0) + (b ?? 9)))
        .union(left.cogroup(right, 3).map(([, [as, bs]]) => as.length - bs.length))
        .map(small);
    },
    (b) => {
      const counts = Map.groupBy(b, (n) => n || 0);
      return [...counts].flatMap(([n, all]) => {
        const inner = n % 2 === 0 ? Array<number>(all.length ** 2).fill(n + 1) : [];
        const outer = (absent: number) => (n % 2 === 0 ? inner : all.map(() => n + absent));
        const difference = n % 2 === 0 ? 0 : all.length;
        return [...inner, ...outer(7), ...outer(8), ...outer(9), difference].map(small);
      });
    },
  ),
  fc.constant<Op>({
    name: "updateStateByKey",
    stream: (s) =>
      keyed(s)
        .updateStateByKey((values, before: number = 0) => small(before + values.length))
        .map(([k, n]) => k * 10 + n),
    naive: (parent) =>
      naive.overHistory(parent, (batches) =>
        grouped(
          batches.flat(),
          (n) => n % 4,
          (k, all) => k * 10 + small(all.length),
        ),
      ),
  }),
  perWindow("window", (s, length, slide) => s.window(length, slide), naive.window),
  perWindow(
    "reduceByWindow",
    (s, length, slide) => s.reduceByWindow((a, b) => Math.max(a, b), length, slide),
    (parent, length, slide) =>
      naive.perBatch(naive.window(parent, length, slide), (b) => (b.length === 0 ? [] : [Math.max(...b)])),
  ),
  perWindow(
    "groupByKeyAndWindow",
    (s, length, slide) =>
      keyed(s)
        .groupByKeyAndWindow(length, slide, 3)
        .map(([k, all]) => small(k * 100 + all.length)),
    (parent, length, slide) =>
      naive.perBatch(naive.window(parent, length, slide), (b) =>
        grouped(
          b,
          (n) => n % 4,
          (k, all) => small(k * 100 + all.length),
        ),
      ),
  ),
  perWindow(
    "reduceByKeyAndWindow",
    (s, length, slide) =>
      keyed(s)
        .reduceByKeyAndWindow(add, length, slide)
        .map(([k, n]) => small(k * 100 + n)),
    (parent, length, slide) =>
      naive.perBatch(naive.window(parent, length, slide), (b) =>
        grouped(
          b,
          (n) => n % 4,
          (k, all) => small(k * 100 + sum(all)),
        ),
      ),
  ),
  perWindow(
    "reduceByWindow, incremental",
    (s, length, slide) => s.reduceByWindow(add, subtract, length, slide).map(small),
    (parent, length, slide) =>
      naive.everInWindow(parent, length, slide, (b, ever) => (ever.length === 0 ? [] : [small(sum(b))])),
  ),
  perWindow(
    "countByWindow",
    (s, length, slide) => s.countByWindow(length, slide),
    (parent, length, slide) =>
      naive.everInWindow(parent, length, slide, (b, ever) => (ever.length === 0 ? [] : [b.length])),
  ),
  perWindow(
    "countByValueAndWindow",
    (s, length, slide) => s.countByValueAndWindow(length, slide, 2).map(([n, count]) => small(n * 10 + count)),
    (parent, length, slide) =>
      naive.perBatch(naive.window(parent, length, slide), (b) =>
        grouped(
          b,
          (n) => n,
          (n, all) => small(n * 10 + all.length),
        ),
      ),
  ),
  perWindow(
    "reduceByKeyAndWindow, incremental",
    (s, length, slide) =>
      keyed(s)
        .reduceByKeyAndWindow(add, subtract, length, slide)
        .map(([k, n]) => small(k * 100 + n)),
    (parent, length, slide) =>
      naive.everInWindow(parent, length, slide, (b, ever) =>
        grouped(
          ever,
          (n) => n % 4,
          (k) => small(k * 100 + sum(b.filter((n) => (n % 4 || 0) === k))),
        ),
      ),
  ),
  perWindow(
    "reduceByKeyAndWindow, incremental and filtered",
    (s, length, slide) =>
      keyed(s)
        .mapValues((n) => [1, n])
        .reduceByKeyAndWindow(
          (a, b) => [a[0] + b[0], a[1] + b[1]],
          (a, b) => [a[0] - b[0], a[1] - b[1]],
          length,
          slide,
          3,
          ([, [count]]) => count > 0,
        )
        .map(([k, [count, total]]) => small(k * 100 + count + total)),
    (parent, length, slide) =>
      naive.perBatch(naive.window(parent, length, slide), (b) =>
        grouped(
          b,
          (n) => n % 4,
          (k, all) => small(k * 100 + all.length + sum(all)),
        ),
      ),
  ),
);

const batches = fc.array(fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 6 }), { minLength: 1, maxLength: 8 });
const program = fc.record({
  batches,
  inputPartitions: fc.integer({ min: 1, max: 3 }),
  ops: fc.array(op, { minLength: 1, maxLength: 4 }),
  /** Whether only the last stream has an output, so that what is above it is computed as far as it needs it. */
  lastOnly: fc.boolean(),
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
          const tester = new StreamTester({ master });
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
        const tester = new StreamTester({ master: "local[2]", conf });
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
