import assert, { AssertionError } from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "millrace";
import { StreamTester, testOperation } from "millrace/testing";

async function message(test: Promise<void>): Promise<string> {
  const error = await test.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error instanceof AssertionError, String(error));
  return error.message;
}

describe("testOperation", () => {
  it("passes where the batches are as expected", async () => {
    await testOperation({
      input: [[1, 2], [], null],
      operation: (numbers) => numbers.map((n) => n * 10),
      expected: [[10, 20], [], null],
    });
  });

  it("lists what was expected and what there was, batch by batch", async () => {
    const test = testOperation({
      input: [[1], [2], null, [4]],
      operation: (numbers) => numbers.map((n) => n * 2),
      expected: [[2], [5], [], [8]],
    });
    assert.equal(
      await message(test),
      [
        "2 of 4 batches differ (compared in order):",
        "  1000 ms  as expected  [ 2 ]",
        "  2000 ms  expected     [ 5 ]",
        "           actual       [ 4 ]",
        "  3000 ms  expected     []",
        "           actual       no RDD",
        "  4000 ms  as expected  [ 8 ]",
      ].join("\n"),
    );
  });

  it("compares in order, in any order, or as sets", async () => {
    const test = (compare: "ordered" | "multiset" | "set", expected: number[]) =>
      testOperation({ input: [[3, 1, 3]], operation: (numbers) => numbers, expected: [expected], compare });
    await test("ordered", [3, 1, 3]);
    await test("multiset", [3, 3, 1]);
    await test("set", [1, 3]);
    assert.match(await message(test("ordered", [3, 3, 1])), /in order/);
    assert.match(await message(test("multiset", [3, 1])), /in any order/);
    assert.match(await message(test("set", [1])), /as sets/);
  });

  it("runs as many batches as the slides need, or as many as it is told", async () => {
    await testOperation({
      input: [[1], [2], [3], [4]],
      operation: (numbers) => numbers.window("2 seconds", "2 seconds"),
      expected: [
        [1, 2],
        [3, 4],
      ],
    });
    const test = testOperation({ input: [[1], [2]], operation: (numbers) => numbers, expected: [[1]], numBatches: 2 });
    assert.match(await message(test), /1 of 2 batches differ/);
  });

  it("has a batch duration, a master and partitions as the test says", async () => {
    await testOperation({
      master: "local[2]",
      batchDuration: "10 minutes",
      inputPartitions: 3,
      input: [[1, 2, 3, 4]],
      operation: (numbers) =>
        numbers
          .mapPartitions((records) => [[...records].length])
          .transform((rdd, time) => rdd.map((n) => `${n} at ${time}`)),
      expected: [["1 at 600000 ms", "1 at 600000 ms", "2 at 600000 ms"]],
    });
  });

  it("rejects with the error of a batch, and leaves no context ACTIVE", async () => {
    const failing = () =>
      testOperation({
        input: [[1]],
        operation: (numbers) =>
          numbers.map((n): number => {
            throw new Error(`no ${n}`);
          }),
        expected: [[1]],
      });
    for (let i = 0; i < 2; i++) await assert.rejects(failing(), (error) => isMillraceError(error, "CLOSURE_FAILED"));
  });
});

describe("StreamTester", () => {
  it("stops at each batch on the way, however far the clock is turned", async () => {
    const tester = new StreamTester({ batchDuration: 100 });
    const clocks: number[] = [];
    tester.input([]).foreachRDD(() => void clocks.push(tester.clock.now()));
    await tester.start();
    await tester.advance(250);
    assert.deepEqual([clocks, tester.clock.now()], [[100, 200], 250]);
    await tester.advance("50 ms");
    assert.deepEqual(clocks, [100, 200, 300]);
    await tester.stop();
  });

  it("fails a batch that does not end", async () => {
    const tester = new StreamTester({ deadline: "20 ms" });
    const never = Promise.withResolvers<void>();
    tester.input([]).foreachRDD(() => never.promise);
    await tester.start();
    await assert.rejects(tester.advance("1 second"), /the batch of 1000 ms did not end within 20 ms/);
    never.resolve();
    await tester.stop();
  });
});
