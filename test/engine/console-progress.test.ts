import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConsoleProgress } from "../../src/engine/console-progress.ts";
import { ManualClock } from "../../src/platform/manual-clock.ts";

describe("the progress line", () => {
  const stage = { stageId: 3, jobId: 1, name: "collect", rddId: 1, numTasks: 8, failureReason: undefined };
  const task = { taskId: 1, stageId: 3, partition: 0, attempt: 0, executorId: "executor-1" };

  function setUp() {
    const lines: string[] = [];
    const clock = new ManualClock();
    const progress = new ConsoleProgress({ columns: 40, redraw: (line) => lines.push(line) }, clock);
    return { lines, clock, progress };
  }

  it("shows a slow stage as Spark does, and goes when it ends", () => {
    const { lines, clock, progress } = setUp();
    progress.onStageSubmitted({ ...stage, time: 0 });
    for (let i = 0; i < 5; i++) progress.onTaskStart({ ...task, time: 0 });
    for (let i = 0; i < 3; i++)
      progress.onTaskEnd({ ...task, time: 0, runMs: 1, failureReason: undefined, killed: false, metrics: undefined });
    clock.advance(700);
    progress.onStageCompleted({ ...stage, time: 700 });
    clock.advance(1000);
    assert.deepEqual(lines, [
      "[Stage 3:=======>           (3 + 2) / 8]",
      "[Stage 3:=======>           (3 + 2) / 8]",
      "",
    ]);
  });

  it("never shows a quick one", () => {
    const { lines, clock, progress } = setUp();
    for (let time = 0; time < 5000; time += 100) {
      progress.onStageSubmitted({ ...stage, time });
      clock.advance(100);
      progress.onStageCompleted({ ...stage, time });
    }
    assert.deepEqual(lines, []);
  });

  it("shares the width between stages that run at once", () => {
    const { lines, clock, progress } = setUp();
    progress.onStageSubmitted({ ...stage, time: 0 });
    progress.onStageSubmitted({ ...stage, stageId: 4, time: 0 });
    clock.advance(500);
    assert.equal(lines[0], "[Stage 3:(0 + 0) / 8][Stage 4:(0 + 0) / 8]");
  });
});
