import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DStream, isMillraceError, Time } from "millrace";
import { StreamTester } from "millrace/testing";

const INPUT = [[1], [2], [3], [4]];

async function slices(stream: DStream<number>, from: number, to: number): Promise<number[][]> {
  const rdds = await stream.slice(new Time(from), new Time(to));
  return Promise.all(rdds.map((rdd) => rdd.collect()));
}

describe("slice", () => {
  it("has the RDDs from one time to another, rounded down to slides", async () => {
    const tester = new StreamTester();
    const numbers = tester.input(INPUT);
    const pairs = numbers.window("2 seconds", "2 seconds");
    tester.output(pairs);
    tester.ssc.remember("1 minute");
    await tester.start();
    await tester.advance("4 seconds");
    assert.deepEqual(await slices(numbers, 0, 1000), [[1]]);
    assert.deepEqual(await slices(numbers, 1000, 3999), [[1], [2], [3]]);
    assert.deepEqual(await slices(numbers, 3000, 2000), []);
    assert.deepEqual(await slices(pairs, 3999, 5000), [
      [1, 2],
      [3, 4],
    ]);
    await tester.stop();
  });

  it("has nothing of batches that have not come, and does not keep them from coming", async () => {
    const tester = new StreamTester();
    const doubled = tester.input(INPUT).map((n) => n * 2);
    const output = tester.output(doubled);
    await tester.start();
    await tester.advance(1000);
    assert.deepEqual(await slices(doubled, 0, 4000), [[2]]);
    await tester.advance(1000);
    assert.deepEqual(output.records, [[2], [4]]);
    await tester.stop();
  });

  it("has nothing of batches that are forgotten", async () => {
    const tester = new StreamTester();
    const doubled = tester.input(INPUT).map((n) => n * 2);
    tester.output(doubled);
    tester.ssc.remember("2 seconds");
    await tester.start();
    await tester.advance("4 seconds");
    assert.deepEqual(await slices(doubled, 0, 4000), [[6], [8]]);
    await tester.stop();
  });

  it("has one RDD of a time, where that is one of the stream's", async () => {
    const tester = new StreamTester();
    const numbers = tester.input(INPUT);
    const pairs = numbers.window("2 seconds", "2 seconds");
    tester.output(pairs);
    await assert.rejects(pairs.compute(new Time(2000)), (error) => isMillraceError(error, "CONTEXT_STATE"));
    tester.ssc.remember("2 seconds");
    await tester.start();
    await tester.advance("4 seconds");
    const computed = async (time: number) => (await pairs.compute(new Time(time)))?.collect();
    assert.deepEqual(await computed(4000), [3, 4]);
    assert.equal(await computed(3000), undefined, "between two of its times");
    assert.equal(await computed(2000), undefined, "forgotten");
    assert.equal(await computed(6000), undefined, "to come");
    await tester.stop();
  });

  it("knows the streams that a stream is made from, and its context", async () => {
    const tester = new StreamTester();
    const numbers = tester.input(INPUT);
    const doubled = numbers.map((n) => n * 2);
    const all = doubled.union(numbers);
    assert.deepEqual(all.dependencies, [doubled, numbers]);
    assert.equal(all.dependencies[0], doubled);
    assert.deepEqual(numbers.dependencies, []);
    assert.equal(all.context, tester.ssc);
    tester.output(all);
    await tester.start();
    assert.equal(doubled.dependencies[0], numbers, "also once the context has started");
    await tester.stop();
  });

  it("plans what no output has asked for", async () => {
    const tester = new StreamTester();
    const numbers = tester.input(INPUT);
    let calls = 0;
    const transformed = numbers.transform((rdd, time) => {
      calls++;
      return rdd.map((n) => n * time.milliseconds);
    });
    // Only every other batch of it is needed.
    tester.output(transformed.window("1 second", "2 seconds"));
    tester.ssc.remember("1 minute");
    await tester.start();
    await tester.advance("4 seconds");
    assert.equal(calls, 2);
    assert.deepEqual(await slices(transformed, 0, 4000), [[1000], [4000], [9000], [16000]]);
    assert.equal(calls, 4);
    await tester.stop();
  });

  it("needs a context that is ACTIVE, and a stream that an output needs", async () => {
    const tester = new StreamTester();
    const numbers = tester.input(INPUT);
    tester.output(numbers);
    const unused = numbers.map((n) => n);
    const refused = (error: unknown) => isMillraceError(error, "CONTEXT_STATE") && error.operator === "slice";
    await assert.rejects(numbers.slice(new Time(0), new Time(1000)), refused);
    await tester.start();
    await tester.advance(1000);
    await assert.rejects(unused.slice(new Time(0), new Time(1000)), refused);
    await tester.stop();
    await assert.rejects(numbers.slice(new Time(0), new Time(1000)), refused);
  });
});
