import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RDD } from "millrace";
import { StreamTester } from "millrace/testing";

describe("queueStream", () => {
  async function batchesOf(
    oneAtATime: boolean,
    pushes: readonly (readonly string[][])[],
    fallback?: string[],
  ): Promise<string[][]> {
    const tester = new StreamTester();
    const sc = tester.ssc.sparkContext;
    const queue: RDD<string>[] = [];
    const output = tester.output(tester.ssc.queueStream(queue, oneAtATime, fallback && sc.parallelize(fallback)));
    await tester.start();
    for (const push of pushes) {
      queue.push(...push.map((records) => sc.parallelize(records)));
      await tester.advance("1 second");
    }
    await tester.stop();
    return output.records.map((records) => [...records]);
  }

  it("takes one RDD at a time", async () => {
    assert.deepEqual(await batchesOf(true, [[["1"], ["2"]], [["3"], ["4"]], [["5"]], [], [], []]), [
      ["1"],
      ["2"],
      ["3"],
      ["4"],
      ["5"],
      [],
    ]);
  });

  it("takes all that there are", async () => {
    assert.deepEqual(await batchesOf(false, [[["1"], ["2"], ["3"]], [["4"], ["5"]], []]), [
      ["1", "2", "3"],
      ["4", "5"],
      [],
    ]);
  });

  it("falls back on a default when the queue is empty", async () => {
    assert.deepEqual(await batchesOf(true, [[["1"]], [], []], ["none"]), [["1"], ["none"], ["none"]]);
  });
});
