import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { suite, test } from "node:test";
import { SystemClock, sleepUntil, stopwatch, yieldToEventLoop } from "../../src/platform/clock.ts";

/** How late a busy machine may be. What must never happen, firing early, has no such slack. */
const GENEROUS_MS = 5_000;

suite("the SystemClock", () => {
  const clock = new SystemClock();

  test("shows the wall clock's time and never goes back", () => {
    assert.ok(Math.abs(clock.now() - Date.now()) < GENEROUS_MS);
    let last = clock.now();
    for (let i = 0; i < 10_000; i++) {
      const now = clock.now();
      assert.ok(now >= last);
      last = now;
    }
  });

  for (const ms of [0.5, 1, 3, 20]) {
    test(`fires after ${ms} ms: not before, once, and soon`, async () => {
      const due = clock.now() + ms;
      let fired = 0;
      await new Promise<void>((resolve) => {
        clock.at(due, () => {
          fired++;
          resolve();
        });
      });
      const late = clock.now() - due;
      assert.ok(late >= 0 && late < GENEROUS_MS, `${late} ms late`);
      await sleepUntil(clock, clock.now() + 5);
      assert.equal(fired, 1);
    });
  }

  test("fires what is due or past at the next turn, not within the call", async () => {
    let fired = false;
    clock.at(clock.now() - 1_000, () => {
      fired = true;
    });
    assert.ok(!fired);
    await sleepUntil(clock, clock.now());
    assert.ok(fired);
  });

  for (const [when, busyMs] of Object.entries({ "": 0, ", late ones too": 30 })) {
    test(`fires in order of time${when}`, async () => {
      const start = clock.now();
      const fired: number[] = [];
      const all = [12, 4, 8, 1].map((ms) => sleepUntil(clock, start + ms).then(() => fired.push(ms)));
      while (clock.now() < start + busyMs);
      await Promise.all(all);
      assert.deepEqual(fired, [1, 4, 8, 12]);
    });
  }

  test("fires in order of time what is due within the same millisecond, whenever it was set", async () => {
    const start = clock.now();
    const fired: number[] = [];
    const alarms = Array.from({ length: 40 }, (_, i) => ((i * 7) % 40) / 10);
    const all = alarms.map(async (ms, i) => {
      if (i % 2 === 1) await yieldToEventLoop();
      // What has come too late to be in order says nothing.
      if (clock.now() > start + ms) return;
      await sleepUntil(clock, start + ms);
      assert.ok(clock.now() >= start + ms);
      fired.push(ms);
    });
    await Promise.all(all);
    assert.deepEqual(
      fired,
      fired.toSorted((a, b) => a - b),
    );
  });

  test("fires the others when one throws, and what an alarm has set when it is due", async () => {
    const program = `
      import { SystemClock } from ${JSON.stringify(new URL("../../src/platform/clock.ts", import.meta.url).href)};
      const clock = new SystemClock();
      const due = clock.now() + 2;
      process.on("uncaughtException", () => console.log("thrown"));
      clock.at(due, () => { throw new Error("on purpose"); });
      clock.at(due, () => clock.at(due, () => console.log("set by another")));
      clock.at(due, () => console.log("after it"));
    `;
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program],
      { stdio: ["ignore", "pipe", "inherit"], timeout: 30_000 },
    );
    assert.equal((await child.stdout.toArray()).join(""), "thrown\nafter it\nset by another\n");
  });

  test("fires what keeps no process alive as soon as all else", async () => {
    for (let i = 0; i < 20; i++) {
      // Nothing else wakes the event loop meanwhile.
      const fallback = setTimeout(() => assert.fail("it was slept over"), GENEROUS_MS);
      const due = clock.now() + 3.2 + i / 20;
      await new Promise<void>((resolve) => clock.at(due, resolve, { keepAlive: false }));
      clearTimeout(fallback);
      assert.ok(clock.now() >= due);
    }
  });

  test("does not fire what was cancelled, however near", async () => {
    const fired: number[] = [];
    const alarms = [-1, 0.5, 1.5, 6].map((ms) => clock.at(clock.now() + ms, () => fired.push(ms)));
    for (const alarm of alarms) alarm.cancel();
    await sleepUntil(clock, clock.now() + 12);
    assert.deepEqual(fired, []);
  });

  test("waits for times further off than a timer of Node's can wait", async () => {
    let fired = false;
    const alarm = clock.at(clock.now() + 2 ** 33, () => {
      fired = true;
    });
    await sleepUntil(clock, clock.now() + 5);
    assert.ok(!fired);
    alarm.cancel();
  });

  test("is aborted by a signal", async () => {
    const controller = new AbortController();
    const sleep = sleepUntil(clock, clock.now() + 60_000, controller.signal);
    controller.abort(new Error("enough"));
    await assert.rejects(sleep, /enough/);
  });

  test("does not keep the process alive where it is told so", async () => {
    const program = `
      import { SystemClock } from ${JSON.stringify(new URL("../../src/platform/clock.ts", import.meta.url).href)};
      const clock = new SystemClock();
      for (const ms of [60_000, 1, 3]) clock.at(clock.now() + ms, () => {}, { keepAlive: false });
    `;
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program],
      {
        stdio: "inherit",
        timeout: 30_000,
      },
    );
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });
});

test("a stopwatch runs forward", async () => {
  const elapsed = stopwatch();
  const first = elapsed();
  await yieldToEventLoop();
  assert.ok(first >= 0 && elapsed() >= first);
});
