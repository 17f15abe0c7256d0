import assert from "node:assert/strict";
import { type State, StateSpec } from "millrace";
import type { StreamTester } from "millrace/testing";

/**
 * Runs states of all kinds in the stores of `tester`, whose threads die after two batches, and holds them to what they are in memory.
 * `beforeDeaths` is called when the two have been computed.
 */
export async function holdsStatesAsInMemory(tester: StreamTester, beforeDeaths: () => void = () => {}): Promise<void> {
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
  const snapshots = tester.output(mapped.stateSnapshots().mapValues(({ n }) => n));
  const counts = tester.output(words.updateStateByKey((ones, n: number = 0) => n + ones.length));
  const windows = tester.output(
    words.reduceByKeyAndWindow(
      (a, b) => a + b,
      (a, b) => a - b,
      "2 seconds",
      "1 second",
      2,
      ([, n]) => n > 0,
    ),
  );
  const executors = new Set<string>();
  tester.ssc.sparkContext.addSparkListener({ onTaskStart: ({ executorId }) => void executors.add(executorId) });
  await tester.start();
  await tester.advance("2 seconds");
  beforeDeaths();
  for (const id of executors) tester.ssc.sparkContext.killExecutor(id);
  await tester.advance("3 seconds");
  assert.equal(tester.failure, undefined);
  const sorted = (batches: readonly (readonly unknown[])[]) => batches.map((batch) => batch.map(String).sort());
  assert.deepEqual(sorted(out.records), [["a 1", "b 1"], ["a 2"], ["b gone"], ["a 3", "b 1"], []]);
  assert.deepEqual(sorted(snapshots.records), [
    ["a,1", "b,1"],
    ["a,2", "b,1"],
    ["a,2"],
    ["a,3", "b,1"],
    ["a,3", "b,1"],
  ]);
  assert.deepEqual(sorted(counts.records), [
    ["a,1", "b,1"],
    ["a,2", "b,1"],
    ["a,2", "b,1"],
    ["a,3", "b,2"],
    ["a,3", "b,2"],
  ]);
  assert.deepEqual(sorted(windows.records), [["a,1", "b,1"], ["a,2", "b,1"], ["a,1"], ["a,1", "b,1"], ["a,1", "b,1"]]);
  await tester.stop();
}
