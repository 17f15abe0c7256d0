import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StateHome } from "../../src/engine/embedded/state/state-home.ts";

const MEGABYTE = 1 << 20;

function batches(home: StateHome, n: number, runMs: number, bytes = 0): void {
  for (let i = 0; i < n; i++) home.note(runMs, bytes);
}

describe("where a state lives", () => {
  it("is one thread once some batches in a row have been short", () => {
    const home = new StateHome(2);
    batches(home, 3, 1);
    home.note(3, 0);
    batches(home, 3, 1);
    assert.equal(home.gathered, false);
    home.note(1, 0);
    assert.equal(home.gathered, true);
  });

  it("stays as it is where all of it would take long to move", () => {
    const home = new StateHome(2);
    batches(home, 100, 1, 20 * MEGABYTE);
    assert.equal(home.gathered, false);
    batches(home, 1, 1, MEGABYTE);
    assert.equal(home.gathered, true);
    // It may grow there.
    batches(home, 100, 1, 20 * MEGABYTE);
    assert.equal(home.gathered, true);
  });

  it("is all threads again when what batches lose comes to what the move costs", () => {
    const home = new StateHome(2);
    batches(home, 4, 1);
    batches(home, 2, 500);
    home.note(1, 0);
    batches(home, 50, 4);
    assert.equal(home.gathered, true, "neither two slow batches nor such between the limit and its double");
    batches(home, 3, 100);
    assert.equal(home.gathered, false);
  });

  it("is left sooner for long batches than for those that are hardly long, and a small state sooner than a large one", () => {
    const until = (runMs: number, bytes: number) => {
      const home = new StateHome(2);
      batches(home, 4, 1);
      let n = 0;
      for (; home.gathered; n++) home.note(runMs, bytes);
      return n;
    };
    assert.equal(until(1000, 0), 3);
    assert.equal(until(5, 0), 8);
    assert.ok(until(20, 50 * MEGABYTE) > 5 * until(20, 0));
  });

  it("changes ever less often where the batches do", () => {
    const home = new StateHome(2);
    let moves = 0;
    for (let i = 0; i < 10_000; i++) {
      const before = home.gathered;
      home.note(Math.floor(i / 50) % 2 === 0 ? 1 : 50, 0);
      if (home.gathered !== before) moves++;
    }
    assert.ok(moves < 10, `${moves} moves`);
  });

  it("is always all threads where no batch is short", () => {
    const home = new StateHome(0);
    batches(home, 100, 0);
    assert.equal(home.gathered, false);
  });
});
