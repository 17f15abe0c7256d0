/** Cases of the timer that makes batches: Spark's RecurringTimer is the alarm that the job generator sets for its next tick. */
import { ManualClock } from "millrace/testing";
import type { BatchPlanner } from "../../../src/streaming/scheduler/batch-planner.ts";
import { JobGenerator } from "../../../src/streaming/scheduler/job-generator.ts";
import type { JobScheduler } from "../../../src/streaming/scheduler/job-scheduler.ts";
import { check } from "../compare.ts";
import { NotYet } from "../not-yet.ts";
import { checkFields, Parameters } from "../parameters.ts";
import type { Case } from "../table.ts";

type Step = Readonly<Record<string, unknown>>;

export async function timer(item: Case): Promise<void> {
  checkFields(item, ["steps"]);
  const parameters = new Parameters(item.parameters);
  const batchMs = parameters.number("periodMs")!;
  const startMs = parameters.number("startMs") ?? 0;
  parameters.checkAllTaken(item.operation);
  const clock = new ManualClock(startMs);
  const ticks: number[] = [];
  const planner = {
    plan: async (time: number) => {
      ticks.push(time);
      return { inputs: new Map(), batch: undefined };
    },
    forget: () => undefined,
  } as unknown as BatchPlanner;
  const scheduler = { isFull: false, unfinished: 0, mostUnfinished: 1 } as unknown as JobScheduler;
  // Spark's timer begins with the time that it is given, a grid of batches one batch after it.
  const zeroTime = startMs - batchMs;
  const generator = new JobGenerator({ clock, batchMs, zeroTime, planner, scheduler, onTick: () => undefined });
  try {
    for (const step of item.steps as readonly Step[]) await take(step, item, clock, generator, ticks);
  } finally {
    await generator.stop();
  }
}

async function take(
  { advanceMs, expectTicks, stop, returns, ...others }: Step,
  { operation }: Case,
  clock: ManualClock,
  generator: JobGenerator,
  ticks: readonly number[],
): Promise<void> {
  const left = Object.keys(others)[0];
  if (left !== undefined) throw new NotYet(`${operation} with the step "${left}"`);
  if (typeof advanceMs === "number") clock.advance(advanceMs);
  if (stop === "immediately") await generator.stop();
  else if (stop !== undefined) throw new NotYet(`${operation}: stop ${stop}`);
  else await generator.whenIdle();
  if (expectTicks !== undefined) check(expectTicks, ticks, { mode: "ordered" }, "the ticks");
  if (returns !== undefined) check(returns, ticks.at(-1), { mode: "ordered" }, "the last tick");
}
