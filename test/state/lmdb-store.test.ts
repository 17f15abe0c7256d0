import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { type State, StateSpec } from "millrace";
import { LmdbStateStore } from "millrace/state";
import { StreamTester, testStateStore } from "millrace/testing";
import { holdsStatesAsInMemory } from "./as-in-memory.ts";

const KEYS = 4000;
const BATCHES = 6;

const directory = mkdtempSync(join(tmpdir(), "millrace-lmdb-"));
after(() => rmSync(directory, { recursive: true, force: true }));

describe("LmdbStateStore", () => testStateStore(it, () => LmdbStateStore.open(mkdtempSync(join(directory, "store-")))));

describe("a stream whose state is in LMDB", () => {
  for (const master of ["local", "local[2]"]) {
    it(`is as one in memory, when a thread dies, too, on ${master}`, async () => {
      const conf = { "millrace.state.store": "lmdb", "spark.local.dir": directory };
      await holdsStatesAsInMemory(new StreamTester({ master, conf }));
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
