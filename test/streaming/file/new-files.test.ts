import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { NewFiles } from "../../../src/streaming/file/new-files.ts";

const BATCH_MS = 10;
const WINDOW_MS = 50;

function fileAt(path: string, mtimeMs: number) {
  return { path, mtimeMs, size: 1, isDirectory: false, isFile: true };
}

/** A file's life: it shows up with a modification time that is already `age` old, and may be written again later. */
const lives = fc.array(
  fc.record({
    from: fc.integer({ min: 1, max: 200 }),
    age: fc.integer({ min: 0, max: 80 }),
    rewritten: fc.option(fc.integer({ min: 201, max: 280 }), { nil: undefined }),
  }),
  { maxLength: 20 },
);

describe("NewFiles", () => {
  it("rounds the window up to whole batches", () => {
    const windowMs = (batchMs: number) =>
      new NewFiles({ batchMs, minRememberMs: 60_000, ignoreUntil: 0, filter: () => true }).windowMs;
    assert.deepEqual([1000, 7000, 60_000, 120_000].map(windowMs), [60_000, 63_000, 60_000, 120_000]);
  });

  it("takes what a naive reading of the rule takes, and takes no file twice that was not written again", () => {
    fc.assert(
      fc.property(lives, fc.constantFrom(0, 60), (files, ignoreUntil) => {
        const rule = new NewFiles({ batchMs: BATCH_MS, minRememberMs: WINDOW_MS, ignoreUntil, filter: () => true });
        const batches: { readonly time: number; readonly paths: readonly string[] }[] = [];
        for (let time = BATCH_MS; time <= 300; time += BATCH_MS) {
          const there = files.flatMap(({ from, age, rewritten }, i) => {
            if (from > time) return [];
            return [fileAt(`f${i}`, rewritten !== undefined && rewritten <= time ? rewritten : from - age)];
          });
          const naive = there.filter(
            ({ path, mtimeMs }) =>
              mtimeMs > Math.max(ignoreUntil, time - WINDOW_MS) &&
              mtimeMs <= time &&
              !batches.some((batch) => batch.time > time - WINDOW_MS && batch.paths.includes(path)),
          );
          const { fresh } = rule.select(there, time);
          assert.deepEqual(fresh, naive);
          const paths = fresh.map(({ path }) => path);
          rule.take(paths, time);
          batches.push({ time, paths });
        }
        files.forEach(({ rewritten, from, age }, i) => {
          const taken = batches.filter(({ paths }) => paths.includes(`f${i}`)).length;
          if (rewritten === undefined) assert.ok(taken <= 1);
          // A file that shows up in time is never missed.
          if (age + BATCH_MS < WINDOW_MS && from - age > ignoreUntil) assert.ok(taken >= 1);
        });
      }),
      { numRuns: 300, seed: 9 },
    );
  });

  it("names the files that show up too late, once, and not those that were there before the first batch", () => {
    const rule = new NewFiles({ batchMs: BATCH_MS, minRememberMs: WINDOW_MS, ignoreUntil: 0, filter: () => true });
    const late = (time: number, ...names: string[]) =>
      rule
        .select(
          names.map((name) => fileAt(name, 5)),
          time,
        )
        .late.map(({ path }) => path);
    assert.deepEqual(late(100, "old"), []);
    assert.deepEqual(late(110, "old", "moved in"), ["moved in"]);
    assert.deepEqual(late(120, "old", "moved in"), []);
    assert.deepEqual(late(130, "moved in"), []);
    assert.deepEqual(late(140, "moved in", "old"), ["old"]);
  });
});
