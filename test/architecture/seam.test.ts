import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { seamViolations } from "./seam.ts";
import { parseSource, sourceFiles } from "./sources.ts";

test("time, timers, chance, files, sockets and threads are reached through src/platform only", () => {
  const found = sourceFiles("src/**/*.ts")
    .filter(({ path }) => !path.startsWith("src/platform/"))
    .flatMap(seamViolations);
  assert.ok(
    found.length === 0,
    `A simulator could not stand in for these:\n${found.map((line) => `  ${line}`).join("\n")}`,
  );
});

suite("the rule", () => {
  const refused: readonly [what: string, text: string][] = [
    ["the wall clock", "export const now = Date.now();"],
    ["the wall clock, as a date", "export const now = new Date();"],
    ["the wall clock, as a text", "export const now = Date();"],
    ["the wall clock, through globalThis", "export const now = globalThis.Date.now();"],
    ["the monotonic clock", "export const now = performance.now();"],
    ["a timer", "setTimeout(() => {}, 10);"],
    ["a timer that is passed on", "export const timers = [setImmediate];"],
    ["a timer through globalThis", "globalThis.setInterval(() => {}, 10);"],
    ["a timer of an abort signal", "AbortSignal.timeout(10);"],
    ["chance", "export const n = Math.random();"],
    ["chance from crypto", 'import { createHash, randomBytes } from "node:crypto";'],
    ["chance from the global crypto", "crypto.randomUUID();"],
    ["waiting on shared memory", 'Atomics["wait"](new Int32Array(4), 0, 0);'],
    ["a file", 'import { readFileSync } from "node:fs";'],
    ["a file, later", 'export const fs = import("node:fs/promises");'],
    ["a socket", 'import "node:net";'],
    ["the network", 'fetch("https://localhost");'],
    ["a thread", 'import { Worker } from "node:worker_threads";'],
    ["a module that nobody thought of", 'import { Readable } from "node:stream";'],
  ];
  for (const [what, text] of refused) {
    test(`refuses ${what}`, () => {
      const found = seamViolations(parseSource("src/core/x.ts", `\n${text}\n`));
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0]!, /^src\/core\/x\.ts:2: (uses|imports) .+; .+/);
    });
  }

  test("accepts what only looks alike", () => {
    const text = `
      import type { Worker } from "node:worker_threads";
      import { type Stats } from "node:fs";
      import { createHash } from "node:crypto";
      import { isMainThread } from "../platform/threads.ts";
      // Date.now() in a comment
      export const text = "Math.random()";
      export const then = new Date(0);
      export const isDate = (value: unknown) => value instanceof Date;
      export function later(clock: { setTimeout(): void }, performance: { now(): number }): number {
        clock.setTimeout();
        return performance.now() + Math.max(1, 2);
      }
      export const view = Atomics.load(new Int32Array(4), 0);
    `.replace(/^ {6}/gm, "");
    assert.deepEqual(seamViolations(parseSource("src/core/x.ts", text)), []);
  });
});
