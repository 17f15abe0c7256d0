import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError, type RDD } from "millrace";
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

  it("refuses what is no queue of RDDs, at the call or when it is its turn", async () => {
    for (const oneAtATime of [true, false]) {
      const tester = new StreamTester();
      const { ssc } = tester;
      for (const wrong of [() => ssc.queueStream("queue" as never), () => ssc.queueStream([], true, [1] as never)]) {
        assert.throws(wrong, (error) => isMillraceError(error, "INVALID_ARGUMENT"));
      }
      const output = tester.output(
        ssc.queueStream<number>([[1, 2] as never, ssc.sparkContext.range(0, 2)], oneAtATime),
      );
      await tester.start();
      await tester.advance("2 seconds");
      assert.ok(isMillraceError(tester.failure, "INVALID_ARGUMENT"));
      assert.equal(tester.failure.operator, "queueStream");
      assert.match(tester.failure.site!, /queue-stream\.test/);
      assert.deepEqual(output.records, oneAtATime ? [[0, 1]] : [[]]);
      await tester.stop();
    }
  });
});
