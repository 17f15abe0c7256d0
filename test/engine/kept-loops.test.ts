import assert from "node:assert/strict";
import { test } from "node:test";
import { aggregateSink } from "#millrace/engine/embedded/executor/aggregate-sink.ts";
import { Executor } from "#millrace/engine/embedded/executor/executor.ts";
import { compileLoop, type FusedStep } from "#millrace/engine/embedded/executor/fused-loop.ts";
import type { RecordOperator } from "#millrace/rdd/operator.ts";
import { operatorOf } from "#millrace/rdd/operators/index.ts";

const map = operatorOf("map") as RecordOperator;

test("an executor compiles a loop once for all batches, and another where a function or an argument is another", () => {
  const executor = new Executor(1 << 20, "");
  let compiled = 0;
  const loopOf = (steps: readonly FusedStep[]) =>
    executor.loop(steps, () => {
      compiled++;
      return compileLoop(steps);
    });
  const pair = (word: unknown) => [word, 1];
  const add = (a: unknown, b: unknown) => (a as number) + (b as number);
  // Nodes and operators are made anew for each batch, and arguments come anew with each message.
  const steps = (node: number, f = pair, argument: unknown = { of: new Map([[1, "a"]]) }): FusedStep[] => [
    { node, operator: map, functions: [f] },
    { node, operator: aggregateSink("reduce", "values"), functions: [add], argument },
  ];
  const first = loopOf(steps(1));
  for (let batch = 2; batch < 10; batch++) assert.equal(loopOf(steps(batch)), first);
  const others = [
    steps(1, (word) => [word, 2]),
    steps(1, pair, { of: new Map([[1, "b"]]) }),
    steps(1, pair, 1),
    steps(1, pair, null),
    steps(1).slice(1),
  ].map((other) => [other, loopOf(other)] as const);
  assert.equal(new Set([first, ...others.map(([, loop]) => loop)]).size, 6);
  for (const [other, loop] of others) assert.equal(loopOf(other), loop);
  assert.equal(loopOf(steps(11)), first);
  assert.equal(compiled, 6);
});

test("an executor keeps the loops that were used last, and no more than it can use", () => {
  const executor = new Executor(1 << 20, "");
  const compiled = new Map<number, number>();
  const loopOf = (n: number) =>
    executor.loop([{ node: 1, operator: map, functions: [], argument: n }], () => {
      compiled.set(n, (compiled.get(n) ?? 0) + 1);
      return compileLoop([{ node: 1, operator: aggregateSink("group", "values"), functions: [] }]);
    });
  for (let n = 0; n < 300; n++) {
    loopOf(n);
    loopOf(0);
  }
  loopOf(299);
  loopOf(1);
  assert.deepEqual([compiled.get(0), compiled.get(299), compiled.get(1)], [1, 1, 2]);
});
