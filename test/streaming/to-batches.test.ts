import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError, type StreamBatch, type StreamBatches } from "millrace";
import { StreamTester } from "millrace/testing";

/** Lets all that does not wait for the clock go on. */
async function turns(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise(setImmediate);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

/** Reads in the background. */
function reading<T>(batches: StreamBatches<T>): { readonly read: StreamBatch<T>[]; readonly ended: Promise<void> } {
  const read: StreamBatch<T>[] = [];
  const ended = (async () => {
    for await (const batch of batches) read.push(batch);
  })();
  return { read, ended };
}

/** A stream of numbers, the batches of which are noted as they complete. */
function newTester(master = "local") {
  const tester = new StreamTester({ master });
  const completed: number[] = [];
  tester.ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => void completed.push(batchInfo.batchTime.milliseconds),
  });
  return { tester, completed, numbers: tester.input([[1, 2], [3], [4], [5], [6], [7]]) };
}

describe("toBatches", () => {
  for (const master of ["local", "local[2]"]) {
    it(`gives the batches in order, until the context stops (${master})`, async () => {
      const { tester, numbers } = newTester(master);
      const { read, ended } = reading(numbers.map((n) => n * 10).toBatches());
      await tester.start();
      await tester.advance("3 seconds");
      await tester.stop();
      await ended;
      assert.deepEqual(
        read.map(({ time, records }) => [time.milliseconds, records]),
        [
          [1000, [10, 20]],
          [2000, [30]],
          [3000, [40]],
        ],
      );
    });
  }

  it("lets the job wait when highWaterMark batches are unread", async () => {
    const { tester, numbers, completed } = newTester();
    const batches = numbers.toBatches({ highWaterMark: 2 });
    await tester.start();
    const iterator = batches[Symbol.asyncIterator]();
    tester.clock.advance(5000);
    await until(() => completed.length === 2);
    await turns();
    assert.deepEqual(completed, [1000, 2000]);
    assert.deepEqual((await iterator.next()).value?.records, [1, 2]);
    await until(() => completed.length === 3);
    await turns();
    assert.deepEqual(completed, [1000, 2000, 3000]);
    for (const expected of [[3], [4], [5], [6]]) assert.deepEqual((await iterator.next()).value?.records, expected);
    const last = iterator.next();
    await tester.stop();
    assert.deepEqual(await last, { done: true, value: undefined });
    assert.equal(batches.dropped, 0);
  });

  it("holds one batch by default", async () => {
    const { tester, numbers, completed } = newTester();
    const iterator = numbers.toBatches()[Symbol.asyncIterator]();
    await tester.start();
    tester.clock.advance(3000);
    await until(() => completed.length === 1);
    await turns();
    assert.deepEqual(completed, [1000]);
    await iterator.next();
    await until(() => completed.length === 2);
    await tester.stop();
  });

  it("drops batches, uncomputed, when nobody has begun to read within one batch of the start", async () => {
    const { tester, numbers, completed } = newTester();
    const computed = tester.ssc.sparkContext.longAccumulator();
    const batches = numbers
      .map((n) => {
        computed.add(1);
        return n;
      })
      .toBatches();
    await tester.start();
    await tester.advance("3 seconds");
    assert.deepEqual(completed, [1000, 2000, 3000]);
    assert.equal(batches.dropped, 3);
    assert.ok(computed.value <= 2);
    // Whoever begins later has what comes from then on.
    const { read, ended } = reading(batches);
    await tester.advance("1 second");
    await tester.stop();
    await ended;
    assert.deepEqual(
      read.map(({ records }) => records),
      [[5]],
    );
    assert.equal(batches.dropped, 3);
  });

  it("drops batches when the iteration has been left, and what was unread", async () => {
    const { tester, numbers, completed } = newTester();
    const batches = numbers.toBatches();
    const left = (async () => {
      for await (const { records } of batches) return records;
      return undefined;
    })();
    await tester.start();
    await tester.advance("1 second");
    assert.deepEqual(await left, [1, 2]);
    await tester.advance("3 seconds");
    assert.deepEqual(completed, [1000, 2000, 3000, 4000]);
    assert.equal(batches.dropped, 3);
    await tester.stop();
  });

  it("lets a job that waits go on when the iteration is left", async () => {
    const { tester, numbers, completed } = newTester();
    const batches = numbers.toBatches();
    await tester.start();
    const iterator = batches[Symbol.asyncIterator]();
    tester.clock.advance(3000);
    await until(() => completed.length === 1);
    await iterator.return!();
    await until(() => completed.length === 3);
    assert.equal(batches.dropped, 3);
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    await tester.stop();
  });

  it("may be read by whoever stops the context, gracefully too", async () => {
    for (const stopGracefully of [false, true]) {
      const { tester, numbers } = newTester();
      const batches = numbers.toBatches();
      const read: number[][] = [];
      const ended = (async () => {
        for await (const { records } of batches) {
          read.push([...records]);
          if (read.length === 1) await tester.ssc.stop({ stopGracefully });
        }
      })();
      await tester.start();
      tester.clock.advance(2000);
      await until(() => read.length === 1);
      await turns();
      if (stopGracefully) tester.clock.advance(1000);
      await ended;
      if (stopGracefully) assert.deepEqual(read, [[1, 2], [3], [4]]);
      else assert.ok(read.length <= 3, String(read));
      await tester.stop();
    }
  });

  it("leaves out a batch that fails", async () => {
    const tester = new StreamTester();
    const { read, ended } = reading(
      tester
        .input([[1], [2], [3]])
        .map((n) => {
          if (n === 2) throw new Error("two");
          return n;
        })
        .toBatches(),
    );
    await tester.start();
    await tester.advance("3 seconds");
    await tester.stop();
    await ended;
    assert.ok(isMillraceError(tester.failure, "CLOSURE_FAILED"));
    assert.deepEqual(
      read.map(({ time }) => time.milliseconds),
      [1000, 3000],
    );
  });

  it("refuses what makes no sense", async () => {
    const { tester, numbers } = newTester();
    for (const highWaterMark of [0, -1, 1.5, Number.NaN, "2" as never]) {
      assert.throws(
        () => numbers.toBatches({ highWaterMark }),
        (error) => isMillraceError(error, "INVALID_ARGUMENT"),
      );
    }
    const batches = numbers.toBatches();
    const iterator = batches[Symbol.asyncIterator]();
    assert.throws(
      () => batches[Symbol.asyncIterator](),
      (error) => isMillraceError(error, "CONTEXT_STATE"),
    );
    await tester.start();
    assert.throws(
      () => numbers.toBatches(),
      (error) => isMillraceError(error, "CONTEXT_STATE"),
    );
    await tester.stop();
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  });

  it("ends where the context never starts", async () => {
    const { tester, numbers } = newTester();
    const { ended } = reading(numbers.toBatches());
    await tester.stop();
    await ended;
  });
});
