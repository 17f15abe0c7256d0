import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import {
  isMillraceError,
  type RddSource,
  type RecordChunks,
  type RunningTask,
  SparkContext,
  type SparkContextOptions,
  TaskContext,
} from "millrace";
import { eventually } from "../eventually.ts";

const code = (expected: string) => (error: unknown) => isMillraceError(error) && error.code === expected;

const context = (options: SparkContextOptions) => new SparkContext({ conf: { "spark.ui.enabled": false }, ...options });

interface Stretch {
  readonly from: number;
  readonly until: number;
}

/** The squares of some numbers: a source with fields, one of them private. */
class Squares implements RddSource<number, Stretch> {
  readonly #add: number;
  readonly stretches: readonly Stretch[];

  constructor(add: number, stretches: readonly Stretch[]) {
    this.#add = add;
    this.stretches = stretches;
  }

  partitions() {
    return this.stretches;
  }

  *compute({ from, until }: Stretch) {
    for (let n = from; n < until; n++) yield n * n + this.#add;
  }
}

class Celsius {
  readonly degrees: number;
  constructor(degrees: number) {
    this.degrees = degrees;
  }
  get isHot() {
    return this.degrees > 600;
  }
}

for (const master of ["local", "local[2]"]) {
  describe(`source (${master})`, () => {
    const sc = context({ master });
    after(() => sc.stop());

    it("has the records of all partitions, whatever form compute gives them in", async () => {
      const partitions = () => [3, 0, 4];
      const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);
      const sources = [
        sc.source({ partitions, compute: (n) => numbers(n) }),
        sc.source({ partitions: async () => partitions(), compute: async (n) => new Set(numbers(n)) }),
        sc.source({
          partitions: () => new Set([3, 0, 4]),
          *compute(n) {
            yield* numbers(n);
          },
        }),
        sc.source({
          partitions,
          async *compute(n) {
            for (const one of numbers(n)) yield one;
          },
        }),
        sc.source({
          partitions,
          compute(n): RecordChunks<number> {
            const chunks = [[], numbers(n)];
            return { nextSync: () => chunks.shift() };
          },
        }),
        sc.source({
          partitions,
          compute(n): RecordChunks<number> {
            const chunks = [numbers(n), []];
            return { next: async () => chunks.shift(), close: async () => {} };
          },
        }),
        sc.source({
          partitions,
          compute(length): RecordChunks<number> {
            let done = false;
            return {
              nextSync: () => (done ? undefined : numbers(length)),
              nextRange() {
                const range = done ? undefined : { start: 0, step: 1, from: 0, length };
                done = true;
                return range;
              },
            };
          },
        }),
      ];
      for (const [i, rdd] of sources.entries()) {
        assert.equal(await rdd.getNumPartitions(), 3);
        assert.deepEqual(await rdd.glom().collect(), [[0, 1, 2], [], [0, 1, 2, 3]], `source ${i}`);
        assert.deepEqual(await rdd.map((n) => n + 1).collect(), [1, 2, 3, 1, 2, 3, 4], `source ${i}`);
      }
    });

    it("computes with the fields of an instance, and the variables that a function captures", async () => {
      const source = new Squares(100, [
        { from: 0, until: 2 },
        { from: 2, until: 4 },
      ]);
      assert.deepEqual(await sc.source(source).collect(), [100, 101, 104, 109]);
      const factor = 7;
      // What only the driver needs may be what cannot travel.
      const rdd = sc.source({ partitions: () => [sc.defaultParallelism * 0 + 1, 2], compute: (n) => [n * factor] });
      assert.deepEqual(await rdd.collect(), [7, 14]);
    });

    it("keeps the classes of what partitions are told, and of records", async () => {
      const rdd = sc.source({
        partitions: () => [new Celsius(640), new Celsius(20)],
        compute: (celsius) => [celsius, new Celsius(celsius.degrees + 10)],
      });
      assert.deepEqual(await rdd.map((celsius) => celsius.isHot).collect(), [true, true, false, false]);
      assert.ok((await rdd.first()) instanceof Celsius);
    });

    it("is asked once for its partitions, and computed again for each job, but where it is kept", async () => {
      let asked = 0;
      const computed = sc.longAccumulator();
      const rdd = sc.source({
        partitions(planning) {
          asked++;
          assert.equal(planning.defaultParallelism, sc.defaultParallelism);
          return [1, 2];
        },
        compute(n) {
          computed.add(1);
          return [n];
        },
      });
      assert.equal(await rdd.count(), 2);
      assert.equal(await rdd.count(), 2);
      assert.deepEqual([asked, computed.value], [1, 4]);
      rdd.persist();
      assert.equal(await rdd.count(), 2);
      assert.equal(await rdd.count(), 2);
      assert.deepEqual([asked, computed.value], [1, 6]);
      rdd.unpersist();
    });

    it("knows its task", async () => {
      const rdd = sc.source({
        partitions: () => ["a", "b"],
        compute: (name, task: RunningTask) => [[name, task.partitionId, TaskContext.get()?.partitionId]],
      });
      assert.deepEqual(await rdd.collect(), [
        ["a", 0, 0],
        ["b", 1, 1],
      ]);
    });

    it("takes part in everything that RDDs do", async () => {
      const rdd = sc.source(
        new Squares(
          0,
          [0, 1, 2].map((k) => ({ from: 4 * k, until: 4 * k + 4 })),
        ),
      );
      const numbers = Array.from({ length: 12 }, (_, n) => n * n);
      assert.equal(await rdd.reduce((a, b) => a + b), 506);
      assert.deepEqual(
        await rdd
          .zip(sc.range(0, 12, 1, 3))
          .map(([square, n]) => square - n * n)
          .distinct()
          .collect(),
        [0],
      );
      assert.deepEqual(
        (
          await rdd
            .map((n) => [n % 3, 1])
            .reduceByKey((a, b) => a + b)
            .collect()
        ).sort(),
        [
          [0, 4],
          [1, 8],
        ],
      );
      assert.deepEqual(await rdd.union(rdd).coalesce(1).collect(), [...numbers, ...numbers]);
      assert.deepEqual(await rdd.sortBy((n) => -n).take(2), [121, 100]);
      const iterated: number[] = [];
      for await (const n of rdd) iterated.push(n);
      assert.deepEqual(iterated, numbers);
      const slow = sc.source({
        partitions: () => [0],
        async *compute() {
          for (let n = 0; n < 3; n++) yield n;
        },
      });
      assert.deepEqual(await slow.mapPartitions((all) => [[...all]]).collect(), [[0, 1, 2]]);
    });

    it("reads no more than is taken, and ends what it has begun", async () => {
      for (const kind of ["sync", "async", "chunks"] as const) {
        const read = sc.longAccumulator();
        const ended = sc.longAccumulator();
        const endless = sc.source({
          partitions: () => [0, 1, 2],
          compute() {
            function* counted() {
              try {
                for (let n = 0; ; n++) {
                  read.add(1);
                  yield n;
                }
              } finally {
                ended.add(1);
              }
            }
            const numbers = counted();
            async function* later() {
              try {
                for (const n of numbers) yield n;
              } finally {
                // The task waits for what comes late.
                await new Promise(setImmediate);
                ended.add(10);
              }
            }
            if (kind === "sync") return numbers;
            if (kind === "async") return later();
            return { nextSync: () => [numbers.next().value as number], close: () => void ended.add(1) };
          },
        });
        assert.deepEqual(await endless.take(3), [0, 1, 2], kind);
        assert.equal(await endless.first(), 0, kind);
        assert.ok(read.value <= 2 * 1024, `${kind}: ${read.value} records were read`);
        assert.equal(ended.value, kind === "async" ? 22 : 2, kind);
      }
    });

    it("hands on what comes slowly, instead of waiting for a thousand records", { timeout: 60_000 }, async () => {
      const slow = sc.source({
        partitions: () => [0],
        async *compute() {
          for (let n = 0; ; n++) {
            yield n;
            await new Promise((resolve) => setTimeout(resolve, 11));
          }
        },
      });
      assert.deepEqual(await slow.take(2), [0, 1]);
    });

    it("ends what it has begun where an operator after it fails", async () => {
      const left: number[] = [];
      const rdd = sc.source({
        partitions: () => [0],
        compute: () => ({
          [Symbol.iterator]() {
            const numbers = new Array<number>(5000).fill(0).keys();
            return {
              next: () => numbers.next(),
              return() {
                left.push(1);
                throw new Error("a failure of the end, which must not hide the first one");
              },
            };
          },
        }),
      });
      await assert.rejects(
        rdd
          .map((n) => {
            if (n === 2) throw new Error("the second");
            return n;
          })
          .collect(),
        (error) =>
          isMillraceError(error, "CLOSURE_FAILED") && error.operator === "map" && /the second/.test(error.what),
      );
      if (master === "local") assert.deepEqual(left, [1]);
    });

    it("fails with the line, the partition and the operator of what compute throws", async () => {
      const wrong = new Error("no route to the table");
      const computes: ((
        n: number,
      ) => Iterable<number> | AsyncIterable<number> | Promise<number[]> | RecordChunks<number>)[] = [
        (n) => {
          if (n === 1) throw new Error("no route to the table");
          return [];
        },
        async (n) => {
          if (n === 1) throw new Error("no route to the table");
          return [];
        },
        function* (n) {
          yield n;
          if (n === 1) throw new Error("no route to the table");
        },
        async function* (n) {
          yield n;
          if (n === 1) throw new Error("no route to the table");
        },
        (n) => ({
          nextSync() {
            if (n === 1) throw new Error("no route to the table");
            return undefined;
          },
        }),
        (n) => ({
          async next() {
            if (n === 1) throw new Error("no route to the table");
            return undefined;
          },
        }),
      ];
      for (const compute of computes) {
        await assert.rejects(sc.source({ partitions: () => [0, 1], compute }).count(), (error) => {
          assert.ok(isMillraceError(error, "CLOSURE_FAILED"), String(error));
          assert.deepEqual([error.operator, error.partition], ["source", 1]);
          assert.match(error.site!, /source\.test\.ts/);
          assert.match(error.what, /no route to the table\s+at .*source\.test\.ts:\d+/);
          assert.equal((error.cause as Error).message, wrong.message);
          return true;
        });
      }
    });

    it("fails where what it returns has no records, or is not what it should be", async () => {
      for (const returned of [undefined, null, 5, {}, { next: () => Promise.resolve({ done: true }) }]) {
        await assert.rejects(
          sc.source({ partitions: () => [0], compute: () => returned as never }).count(),
          (error) => isMillraceError(error, "NOT_ITERABLE") && error.operator === "source" && error.partition === 0,
          String(returned),
        );
      }
      const rdd = sc.source({ partitions: () => 5 as never, compute: () => [1] });
      await assert.rejects(
        rdd.count(),
        (error) => isMillraceError(error, "NOT_ITERABLE") && error.operator === "source",
      );
    });

    it("asks again for partitions that could not be had", async () => {
      let asked = 0;
      const rdd = sc.source({
        partitions() {
          if (asked++ === 0) throw new Error("not yet");
          return [1];
        },
        compute: (n) => [n],
      });
      await assert.rejects(rdd.count(), (error) => {
        return isMillraceError(error, "CALLBACK_FAILED") && error.operator === "source" && /not yet/.test(error.what);
      });
      assert.equal(await rdd.count(), 1);
    });

    it("refuses what is no source, what cannot travel, and records and partitions that cannot cross", async () => {
      assert.throws(() => sc.source({} as never), code("INVALID_ARGUMENT"));
      assert.throws(() => sc.source(null as never), code("INVALID_ARGUMENT"));
      assert.throws(() => sc.source({ partitions: () => [1], compute: () => [sc.master] }), code("CONTEXT_IN_CLOSURE"));
      await assert.rejects(
        sc.source({ partitions: () => [() => 1], compute: () => [1] }).count(),
        (error) => isMillraceError(error, "UNSERIALISABLE_RECORD") && error.operator === "source",
      );
      await assert.rejects(
        sc.source({ partitions: () => [1], compute: () => [() => 1] }).collect(),
        code("UNSERIALISABLE_RECORD"),
      );
    });

    it("ends at once where its job is cancelled, whatever it waits for", { timeout: 60_000 }, async () => {
      const waits = [
        sc.source({
          partitions: () => [0],
          async *compute(): AsyncGenerator<number> {
            await new Promise(() => {});
          },
        }),
        sc.source({ partitions: () => [0], compute: () => new Promise<number[]>(() => {}) }),
        sc.source({
          partitions: () => [0],
          compute: (): RecordChunks<number> => ({ next: () => new Promise(() => {}) }),
        }),
        sc.source({
          partitions: () => [0],
          async *compute() {
            for (let n = 0; ; n++) {
              yield n;
              await new Promise(setImmediate);
            }
          },
        }),
      ];
      for (const rdd of waits) {
        const abort = new AbortController();
        const started = Promise.withResolvers<void>();
        const listener = { onTaskStart: () => started.resolve() };
        sc.addSparkListener(listener);
        const counting = rdd.count({ signal: abort.signal });
        await started.promise;
        abort.abort();
        await assert.rejects(counting, code("JOB_CANCELLED"));
        sc.removeSparkListener(listener);
      }
    });
  });
}

it("a source is computed again where its thread dies", async () => {
  const sc = context({ master: "local[2]" });
  const killed: string[] = [];
  sc.addSparkListener({
    onTaskStart({ executorId, partition }) {
      if (killed.length === 0 && partition === 1) {
        killed.push(executorId);
        setImmediate(() => sc.killExecutor(executorId));
      }
    },
  });
  const rdd = sc.source({
    partitions: () => [0, 1, 2],
    async *compute(n, task) {
      for (let i = 0; i < 100; i++) yield n * 100 + i;
      // The first attempt waits for its end.
      if (n === 1 && task.attemptNumber === 0) await new Promise(() => {});
    },
  });
  assert.deepEqual(
    await rdd.collect(),
    Array.from({ length: 300 }, (_, i) => i),
  );
  assert.equal(killed.length, 1);
  await sc.stop();
});

it("what a source says that it has read is in the metrics of its task", async () => {
  const sc = context({ master: "local[2]" });
  const read: number[] = [];
  sc.addSparkListener({
    onTaskEnd: ({ metrics }) => {
      if (metrics !== undefined) read.push(metrics.inputRecords, metrics.inputBytes);
    },
  });
  await sc
    .source({
      partitions: () => [0],
      compute() {
        const chunks: RecordChunks<string> & { bytesRead: number } = {
          bytesRead: 0,
          nextSync() {
            if (this.bytesRead === 30) return undefined;
            this.bytesRead += 10;
            return ["a", "b"];
          },
        };
        return chunks;
      },
    })
    .count();
  await eventually("the task has ended", () => read.length > 0);
  assert.deepEqual(read, [6, 30]);
  await sc.stop();
});
