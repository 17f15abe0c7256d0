import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Fault, FEED_START, Feed } from "../../demo/airliners/feed.ts";
import { startFeeder } from "../../demo/airliners/feeder-process.ts";
import { runAirliners } from "../../demo/airliners/program.ts";
import type { Alert, Health } from "../../demo/airliners/screen.ts";

const SPEED = 60;
const SEED = 1;
const PLANES = 200;
const MINUTE = 60_000;
const WINDOW = MINUTE;

/** An alert, when it was on the screen, and when the batch that raised it was due. */
interface Shown extends Alert {
  readonly shownAt: number;
  dueAt?: number;
}

describe("the airliners demo", () => {
  it("gives one alert for each fault of an hour, within two windows, and no other", { timeout: 180_000 }, async (t) => {
    const hour = FEED_START + 60 * MINUTE;
    const faults = new Feed({ seed: SEED, planes: PLANES }).faultsUntil(hour);
    const alerts: Shown[] = [];
    let open = 0;
    let last: Health | undefined;
    const hourEnded = Promise.withResolvers<void>();
    const feeder = await startFeeder({ speed: SPEED, planes: PLANES, seed: SEED });
    t.after(() => feeder.stop());
    const program = await runAirliners({
      host: "127.0.0.1",
      port: feeder.port,
      speed: SPEED,
      screen: {
        alert: (alert) => {
          open += alert.holds ? 1 : -1;
          if (alert.holds) alerts.push({ ...alert, shownAt: Date.now() });
        },
        health: (health) => {
          for (const alert of alerts) alert.dueAt ??= Date.now() - (health.batch.totalDelay ?? 0);
          last = health;
          if (health.feedTime >= hour) hourEnded.resolve();
        },
        note: () => {},
      },
    });
    t.after(() => program.stop());
    const startedAt = await feeder.startedAt;
    await Promise.race([hourEnded.promise, program.ended, feeder.ended]);

    const named = ({ kind, subject }: { kind: string; subject: string }) => `${kind} ${subject}`;
    const inHour = alerts.filter((alert) => alert.time < hour);
    assert.deepEqual(inHour.map(named).sort(), faults.map(named).sort());
    // By the real clock, in feed time. Every batch that raises an alert is due within two windows of the moment when the
    // fault's first line was; how soon its results are on the screen also depends on what else this machine is doing.
    const since = (fault: Fault, at: number) => (at - startedAt) * SPEED - (fault.begins - FEED_START);
    const shownAfter: number[] = [];
    for (const fault of faults) {
      const alert = alerts.find((other) => named(other) === named(fault))!;
      const after = since(fault, alert.dueAt!);
      assert.ok(
        after > 0 && after <= 2 * WINDOW,
        `${named(fault)} was due ${after / 1000} feed seconds after its beginning`,
      );
      shownAfter.push(since(fault, alert.shownAt));
    }
    shownAfter.sort((a, b) => a - b);
    t.diagnostic(`shown after ${shownAfter.map((ms) => Math.round(ms / 1000)).join(", ")} feed seconds`);
    assert.ok(
      shownAfter[Math.floor(shownAfter.length / 2)]! <= 2 * WINDOW,
      `shown after ${shownAfter} ms of feed time`,
    );

    assert.equal(open, 0);
    assert.ok(last !== undefined);
    assert.ok(last.badLines === 21 || last.badLines === 22, `${last.badLines} bad lines`); // one is due 20 s after the hour
    assert.match(last.lastBad?.reason ?? "", /./);
  });
});
