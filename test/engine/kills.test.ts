import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type RDD, SparkContext, type TaskInfo } from "millrace";

/** A fixed seed for the sample that every run takes; the long run takes more. */
const RUNS = process.env.MILLRACE_LONG ? 200 : 10;

interface Program {
  readonly slices: number;
  readonly partitions: number;
  readonly shape: "reduce" | "group" | "join" | "twice" | "persisted";
}

/** Programs with shuffles, over the numbers below `size`. */
function build(sc: SparkContext, size: number, { slices, partitions, shape }: Program): RDD<[number, number]> {
  const pairs = sc.range(0, size, 1, slices).map((n) => [n % 11, n] as [number, number]);
  switch (shape) {
    case "reduce":
      return pairs.reduceByKey((a, b) => a + b, partitions);
    case "group":
      return pairs.groupByKey(partitions).mapValues((values) => values.length);
    case "join":
      return pairs
        .reduceByKey((a, b) => a + b, partitions)
        .join(pairs.groupByKey(partitions + 1))
        .mapValues(([sum, values]) => sum + values.length);
    case "twice":
      return pairs
        .reduceByKey((a, b) => a + b, partitions)
        .map(([k, sum]) => [k % 3, sum])
        .repartition(slices)
        .reduceByKey((a, b) => Math.max(a, b));
    case "persisted":
      return pairs
        .map(([k, n]) => [k, n * 2])
        .persist()
        .reduceByKey((a, b) => a + b, partitions);
  }
}

describe("threads that die at random moments", () => {
  it("change no result", async () => {
    const reference = new SparkContext({ master: "local" });
    const sc = new SparkContext({ master: "local[3]" });
    const program: fc.Arbitrary<Program> = fc.record({
      slices: fc.integer({ min: 1, max: 6 }),
      partitions: fc.integer({ min: 1, max: 4 }),
      shape: fc.constantFrom("reduce", "group", "join", "twice", "persisted"),
    });
    // A task survives three threads: so no more than three die in a job. Which of the job's task starts they follow, and
    // how many turns of the event loop later, is drawn.
    const kills = fc.array(fc.record({ start: fc.nat(12), turns: fc.nat(20) }), { maxLength: 3 });
    let killed = 0;
    await fc.assert(
      fc.asyncProperty(program, kills, async (drawn, moments) => {
        let starts = 0;
        const listener = {
          onTaskStart({ executorId }: TaskInfo) {
            const moment = moments.find(({ start }) => start === starts);
            starts++;
            if (moment !== undefined)
              void after(
                moment.turns,
                () => killed++,
                () => sc.killExecutor(executorId),
              );
          },
        };
        sc.addSparkListener(listener);
        const result = await build(sc, 3000, drawn).collect();
        sc.removeSparkListener(listener);
        assert.deepEqual(sorted(result), sorted(await build(reference, 3000, drawn).collect()));
      }),
      { numRuns: RUNS, seed: 20260105 },
    );
    assert.ok(killed > RUNS / 3, `only ${killed} threads died`);
    await Promise.all([sc.stop(), reference.stop()]);
  });
});

async function after(turns: number, count: () => void, kill: () => boolean): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(setImmediate);
  if (kill()) count();
}

function sorted(pairs: readonly (readonly [number, number])[]): string[] {
  return pairs.map((pair) => pair.join("=")).sort();
}
