import assert from "node:assert/strict";
import { it } from "node:test";
import { ManualClock } from "../../../src/platform/manual-clock.ts";
import type { BatchPlanner } from "../../../src/streaming/scheduler/batch-planner.ts";
import { JobGenerator } from "../../../src/streaming/scheduler/job-generator.ts";
import type { JobScheduler } from "../../../src/streaming/scheduler/job-scheduler.ts";

const BATCH_MS = 5;
const WEEK_MS = 7 * 24 * 3600 * 1000;
const RUN_MS = process.env.MILLRACE_LONG === "1" ? WEEK_MS : WEEK_MS / 1000;
const ZERO_TIME = 1_700_000_000_000;

it(`ticks of 5 ms stay on their grid, each once and in order, over ${RUN_MS / 60_000} minutes of simulated time`, async () => {
  const clock = new ManualClock(ZERO_TIME);
  let ticks = 0;
  const planner = {
    async plan(time: number) {
      assert.equal(time, ZERO_TIME + ++ticks * BATCH_MS);
      return { inputs: new Map(), batch: undefined };
    },
    forget() {},
  } as unknown as BatchPlanner;
  const scheduler = { isFull: false, unfinished: 0, mostUnfinished: 1 } as unknown as JobScheduler;
  const generator = new JobGenerator({
    clock,
    batchMs: BATCH_MS,
    zeroTime: ZERO_TIME,
    planner,
    scheduler,
    onTick: () => {},
  });
  // The clock is read late, and by varying amounts: what one tick is late by must not be added to the next.
  for (let at = 0; at < RUN_MS; ) {
    at = Math.min(RUN_MS, at + 4.7 + (at % 3));
    clock.setTo(ZERO_TIME + at);
    await generator.whenIdle();
  }
  await generator.stop();
  assert.equal(ticks, RUN_MS / BATCH_MS);
});
