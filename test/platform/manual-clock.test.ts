import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { sleepUntil } from "../../src/platform/clock.ts";
import { ManualClock } from "../../src/platform/manual-clock.ts";

suite("a ManualClock", () => {
  test("fires what comes due in the order of times, then of calls, each at its own time", () => {
    const times = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 30 });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 25 }), (due, end) => {
        const clock = new ManualClock(0);
        const fired: [time: number, order: number, now: number][] = [];
        for (const [order, time] of due.entries()) clock.at(time, () => fired.push([time, order, clock.now()]));
        clock.setTo(end);
        const expected = [...due.entries()]
          .filter(([, time]) => time <= end)
          .sort(([i, a], [j, b]) => a - b || i - j)
          .map(([order, time]) => [time, order, time]);
        assert.deepEqual(fired, expected);
        assert.equal(clock.now(), end);
      }),
    );
  });

  test("does not depend on how many steps it is turned in", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 })), steps, (due, by) => {
        const run = (turns: readonly number[]) => {
          const clock = new ManualClock(0);
          const fired: number[] = [];
          for (const time of due) clock.at(time, () => fired.push(time));
          for (const ms of turns) clock.advance(ms);
          return fired;
        };
        assert.deepEqual(run(by), run([by.reduce((sum, ms) => sum + ms, 0)]));
      }),
    );
  });

  test("fires nothing early, and nothing twice", () => {
    const clock = new ManualClock(100);
    let fired = 0;
    clock.at(200, () => fired++);
    clock.setTo(199);
    assert.equal(fired, 0);
    clock.advance(1);
    clock.advance(1_000);
    assert.equal(fired, 1);
  });

  test("does not go back", () => {
    const clock = new ManualClock(100);
    clock.setTo(50);
    assert.equal(clock.now(), 100);
  });

  test("fires what is already due at the next turn, not within the call", async () => {
    const clock = new ManualClock(100);
    const fired: string[] = [];
    clock.at(100, () => fired.push("now"));
    clock.at(50, () => fired.push("past"));
    assert.deepEqual(fired, []);
    await Promise.resolve();
    assert.deepEqual(fired, ["past", "now"]);
    assert.equal(clock.now(), 100);
  });

  test("does not fire what was cancelled, before or on the way", async () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    const never = clock.at(5, () => fired.push("never"));
    const other = clock.at(7, () => fired.push("cancelled on the way"));
    const due = clock.at(0, () => fired.push("cancelled while due"));
    clock.at(6, () => other.cancel());
    never.cancel();
    never.cancel();
    due.cancel();
    clock.setTo(10);
    await Promise.resolve();
    assert.deepEqual(fired, []);
    other.cancel();
  });

  test("fires what a callback adds on the way, in its place", () => {
    const clock = new ManualClock(0);
    const fired: number[] = [];
    const tick = () => {
      fired.push(clock.now());
      if (clock.now() < 50) clock.at(clock.now() + 10, tick);
    };
    clock.at(10, tick);
    clock.at(25, () => fired.push(clock.now()));
    clock.setTo(35);
    assert.deepEqual(fired, [10, 20, 25, 30]);
    clock.setTo(100);
    assert.deepEqual(fired, [10, 20, 25, 30, 40, 50]);
  });

  test("can be turned from within a callback", () => {
    const clock = new ManualClock(0);
    const fired: [string, number][] = [];
    clock.at(10, () => {
      clock.setTo(30);
      fired.push(["outer", clock.now()]);
    });
    clock.at(20, () => fired.push(["inner", clock.now()]));
    clock.setTo(15);
    assert.deepEqual(fired, [
      ["inner", 20],
      ["outer", 30],
    ]);
    assert.equal(clock.now(), 30);
  });

  test("goes on after a callback that throws", () => {
    const clock = new ManualClock(0);
    let fired = 0;
    clock.at(1, () => {
      throw new Error("on purpose");
    });
    clock.at(2, () => fired++);
    assert.throws(() => clock.setTo(5), /on purpose/);
    clock.setTo(5);
    assert.equal(fired, 1);
  });
});

suite("sleepUntil", () => {
  test("resolves when the clock gets there", async () => {
    const clock = new ManualClock(0);
    let woken = false;
    const sleep = sleepUntil(clock, 10).then(() => {
      woken = true;
    });
    clock.setTo(9);
    await Promise.resolve();
    assert.ok(!woken);
    clock.setTo(10);
    await sleep;
    assert.ok(woken);
  });

  test("rejects with the reason of its signal, and lets go of the clock", async () => {
    const clock = new ManualClock(0);
    const controller = new AbortController();
    const sleep = sleepUntil(clock, 10, controller.signal);
    controller.abort(new Error("enough"));
    await assert.rejects(sleep, /enough/);
    clock.setTo(20);
    await assert.rejects(sleepUntil(clock, 30, controller.signal), /enough/);
  });
});
