import assert from "node:assert/strict";
import { test } from "node:test";
import { userFrame } from "../../src/core/call-site.ts";
import { SparkContext } from "../../src/index.ts";

const own = new URL("../../src/rdd/rdd.ts", import.meta.url).href;

test("the user's line is that of the first frame which is neither millrace's own nor Node's", () => {
  const frames: readonly (readonly [frame: string, line: string | undefined])[] = [
    [`at RDD.count (${own}:1:2)`, undefined],
    ["at AsyncLocalStorage.run (node:internal/async_local_storage/async_context_frame:65:14)", undefined],
    ["at node:internal/main/run_main_module:36:49", undefined],
    ["at async Promise.all (index 0)", undefined],
    ["at file:///app/program.ts:3:4", "/app/program.ts:3:4"],
    ["at async file:///app/program.ts:3:4", "/app/program.ts:3:4"],
    ["at async run (file:///app/my%20program.ts:3:4)", "/app/my program.ts:3:4"],
    ["at new Program (/app (old)/program.cjs:3:4)", "/app (old)/program.cjs:3:4"],
    ["at Program.<anonymous> (C:\\app\\program.cjs:3:4)", "C:\\app\\program.cjs:3:4"],
  ];
  for (const [frame, line] of frames) assert.equal(userFrame(`Error\n    ${frame}`), line, frame);
  const stack = ["Error", ...frames.map(([frame]) => `    ${frame}`)].join("\n");
  assert.equal(userFrame(stack), "/app/program.ts:3:4");
});

test("each operator knows the line that called it, from however deep in the program", async () => {
  const sc = new SparkContext({ master: "local" });
  const numbers = sc.range(0, 4, 1, 2);
  const pairs = numbers.map((n): [number, number] => [n, n]);
  const deep = <R>(levels: number, call: () => R): R => (levels === 0 ? call() : deep(levels - 1, call));
  const rdds = deep(20, () => [
    numbers.map((n) => n),
    numbers.zip(numbers),
    numbers.distinct(),
    numbers.sortBy((n) => n),
    pairs.join(pairs),
    pairs.reduceByKey((a, b) => a + b),
    sc.union([numbers, numbers]),
  ]);
  const here = /call-site\.test\.ts:\d+:\d+$/;
  for (const { plan } of rdds) assert.match(plan.site.location, here, plan.site.operator);

  const jobs: string[] = [];
  sc.addSparkListener({ onJobStart: ({ description }) => jobs.push(description) });
  const actions = deep(20, () => [
    () => numbers.collect(),
    () => numbers.sum(),
    () => numbers.top(1),
    () => pairs.countByKey(),
    () => pairs.lookup(1),
    async () => {
      for await (const _ of numbers);
    },
  ]);
  for (const action of actions) {
    await action();
    assert.match(jobs.at(-1)!, here);
  }
  await sc.stop();
});
