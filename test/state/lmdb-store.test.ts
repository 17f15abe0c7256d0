import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { type State, StateSpec } from "millrace";
import { LmdbStateStore } from "millrace/state";
import { StreamTester, testStateStore } from "millrace/testing";

const KEYS = 4000;
const BATCHES = 6;

const directory = mkdtempSync(join(tmpdir(), "millrace-lmdb-"));
after(() => rmSync(directory, { recursive: true, force: true }));

describe("LmdbStateStore", () => testStateStore(it, () => LmdbStateStore.open(mkdtempSync(join(directory, "store-")))));

describe("a stream whose state is in LMDB", () => {
  for (const master of ["local", "local[2]"]) {
    it(`is as one in memory, when a thread dies, too, on ${master}`, async () => {
      const conf = { "millrace.state.store": "lmdb", "spark.local.dir": directory };
      const tester = new StreamTester({ master, conf });
      const spec = StateSpec.function((word: string, one: number | undefined, state: State<{ n: number }>) => {
        if (state.isTimingOut()) return `${word} gone`;
        state.update({ n: (state.getOption()?.n ?? 0) + one! });
        return `${word} ${state.get().n}`;
      })
        .timeout("1 second")
        .numPartitions(3);
      const words = tester.input([["a", "b"], ["a"], [], ["b", "a"], []]).map((word) => [word, 1] as [string, number]);
      const mapped = words.mapWithState(spec);
      const out = tester.output(mapped);
      const snapshots = tester.output(mapped.stateSnapshots());
      const counts = tester.output(words.updateStateByKey((ones, n: number = 0) => n + ones.length));
      const executors = new Set<string>();
      tester.ssc.sparkContext.addSparkListener({ onTaskStart: ({ executorId }) => void executors.add(executorId) });
      await tester.start();
      await tester.advance("2 seconds");
      for (const id of executors) tester.ssc.sparkContext.killExecutor(id);
      await tester.advance("3 seconds");
      assert.equal(tester.failure, undefined);
      assert.deepEqual(
        out.records.map((records) => records.toSorted()),
        [["a 1", "b 1"], ["a 2"], ["b gone"], ["a 3", "b 1"], []],
      );
      assert.deepEqual(
        snapshots.records.map((records) => records.map(([key, { n }]) => `${key} ${n}`).sort()),
        [["a 1", "b 1"], ["a 2", "b 1"], ["a 2"], ["a 3", "b 1"], ["a 3", "b 1"]],
      );
      assert.deepEqual(
        counts.records.map((records) => records.map(([key, n]) => `${key} ${n}`).sort()),
        [
          ["a 1", "b 1"],
          ["a 2", "b 1"],
          ["a 2", "b 1"],
          ["a 3", "b 2"],
          ["a 3", "b 2"],
        ],
      );
      await tester.stop();
    });
  }

  it("loses nothing, and ends no process, where threads are ended in its middle", async () => {
    const conf = { "millrace.state.store": "lmdb", "spark.local.dir": directory };
    const tester = new StreamTester({ master: "local[2]", conf });
    const { sparkContext } = tester.ssc;
    const count = StateSpec.function((_key: string, one: number | undefined, state: State<number>) => {
      state.update((state.getOption() ?? 0) + one!);
      return state.get();
    });
    const input = Array.from({ length: BATCHES }, () => sparkContext.range(0, KEYS, 1, 2).map((n) => [`key ${n}`, 1]));
    const sums = tester.output(
      tester.ssc
        .queueStream(input)
        .mapWithState(count.numPartitions(2))
        .reduce((a, b) => a + b),
    );
    let starts = 0;
    sparkContext.addSparkListener({
      onTaskStart({ executorId }) {
        starts++;
        if (starts % 6 === 0) setTimeout(() => sparkContext.killExecutor(executorId), starts);
      },
    });
    await tester.start();
    await tester.advance(`${BATCHES} seconds`);
    assert.equal(tester.failure, undefined);
    assert.deepEqual(
      sums.records.flat(),
      Array.from({ length: BATCHES }, (_, batch) => KEYS * (batch + 1)),
    );
    await tester.stop();
  });
});
