import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Batches, StreamTester, testOperation } from "millrace/testing";

const BATCH = 1000;
const long = process.env.MILLRACE_LONG === "1";

const batches: fc.Arbitrary<Batches<number>> = fc.array(
  fc.option(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }), { freq: 5 }),
  { minLength: 1, maxLength: 12 },
);
const multiple = fc.integer({ min: 1, max: 5 });

/** The union of the batches in (t - length, t], by definition (S2); times in batches. */
function naiveWindow(input: Batches<number>, t: number, length: number): number[] {
  return input.slice(Math.max(0, t - length), t).flatMap((batch) => batch ?? []);
}

function naiveSums(numbers: readonly number[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const n of numbers) sums.set(n % 3, (sums.get(n % 3) ?? 0) + n);
  return sums;
}

for (const master of ["local", "local[2]"]) {
  describe(`operators on windows (${master})`, () => {
    it("reduceByKeyAndWindow", async () => {
      await testOperation({
        master,
        input: [[["a", 1]], [["a", 2]], [["a", 3]], [["a", 4]], [["a", 5]], [["a", 6]], [], []],
        operation: (pairs) => pairs.reduceByKeyAndWindow((a, b) => a + b, "4 seconds", "2 seconds"),
        expected: [[["a", 3]], [["a", 10]], [["a", 18]], [["a", 11]]],
      });
    });

    it("reduceByWindow: one record, or none", async () => {
      await testOperation({
        master,
        input: [[1, 2, 3], [4], [], [], [5], []],
        operation: (numbers) => numbers.reduceByWindow((a, b) => a + b, "2 seconds"),
        expected: [[6], [10], [4], [], [5], [5]],
      });
      await testOperation({
        master,
        input: [[1], [2], [3], [4]],
        operation: (numbers) => numbers.reduceByWindow((a, b) => a + b, "3 seconds", "2 seconds"),
        expected: [[3], [9]],
      });
    });

    it("groupByKeyAndWindow: values in the order of their batches", async () => {
      await testOperation({
        master,
        input: [
          [["a", 1]],
          [
            ["a", 2],
            ["a", 3],
            ["b", 4],
          ],
          [],
          [["b", 5]],
        ],
        inputPartitions: 1,
        operation: (pairs) => pairs.groupByKeyAndWindow("3 seconds", "1 second", 2),
        expected: [
          [["a", [1]]],
          [
            ["a", [1, 2, 3]],
            ["b", [4]],
          ],
          [
            ["a", [1, 2, 3]],
            ["b", [4]],
          ],
          [
            ["a", [2, 3]],
            ["b", [4, 5]],
          ],
        ],
        compare: "multiset",
      });
    });
  });
}

describe("windows", () => {
  it("are those of naive arrays, for any length and slide, nested or not, with batches missing", async () => {
    await fc.assert(
      fc.asyncProperty(
        batches,
        multiple,
        multiple,
        multiple,
        multiple,
        async (input, length, slide, outerLength, outerSlide) => {
          const tester = new StreamTester();
          const numbers = tester.input(input);
          const inner = numbers.window(length * BATCH, slide * BATCH);
          const outer = inner.window(outerLength * slide * BATCH, outerSlide * slide * BATCH);
          const windows = tester.output(inner);
          const nested = tester.output(outer);
          const sums = tester.output(
            numbers.map((n) => [n % 3, n]).reduceByKeyAndWindow((a, b) => a + b, length * BATCH, slide * BATCH),
          );
          await tester.start();
          await tester.advance(input.length * BATCH);
          await tester.stop();
          assert.equal(tester.failure, undefined);

          const ticks = Array.from({ length: input.length }, (_, i) => i + 1);
          const due = ticks.filter((t) => t % slide === 0);
          assert.deepEqual(
            windows.times,
            due.map((t) => t * BATCH),
          );
          assert.deepEqual(
            windows.records,
            due.map((t) => naiveWindow(input, t, length)),
          );
          assert.deepEqual(
            sums.records.map((pairs) => new Map(pairs)),
            due.map((t) => naiveSums(naiveWindow(input, t, length))),
          );

          const outerDue = ticks.filter((t) => t % (slide * outerSlide) === 0);
          const naiveNested = outerDue.map((t) =>
            due
              .filter((inner) => inner > t - outerLength * slide && inner <= t)
              .flatMap((inner) => naiveWindow(input, inner, length)),
          );
          assert.deepEqual(nested.records, naiveNested);
        },
      ),
      { numRuns: long ? 500 : 60 },
    );
  });
});
