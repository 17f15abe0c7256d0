import assert from "node:assert";
import { it } from "node:test";
import { ManualClock } from "../../../src/platform/manual-clock.ts";
import { DropReport, REPORT_INTERVAL_MS } from "../../../src/streaming/receiver/drop-report.ts";
import { type DropCounts, noDrops } from "../../../src/streaming/receiver/receiver-protocol.ts";

it("tells of the first of a kind in a connection at once, and of all others once in an interval", () => {
  const clock = new ManualClock();
  const counts = noDrops();
  const told: Partial<DropCounts>[] = [];
  const report = new DropReport(clock, counts, (fresh) => {
    told.push(Object.fromEntries(Object.entries(fresh).filter(([, count]) => count > 0)));
  });
  const drop = (kind: keyof DropCounts, count = 1) => {
    counts[kind] += count;
    report.check();
    return told.splice(0);
  };
  const after = (ms: number) => {
    clock.advance(ms);
    return told.splice(0);
  };

  report.connectionOpened();
  report.check();
  assert.deepEqual(drop("droppedLines"), [{ droppedLines: 1 }]);
  assert.deepEqual(drop("droppedLines", 5), []);
  assert.deepEqual(drop("droppedLines"), []);
  assert.deepEqual(drop("invalidUtf8Lines"), [{ droppedLines: 6, invalidUtf8Lines: 1 }]);
  assert.deepEqual(drop("invalidUtf8Lines"), []);
  assert.deepEqual(after(REPORT_INTERVAL_MS - 1), []);
  assert.deepEqual(after(1), [{ invalidUtf8Lines: 1 }]);
  assert.deepEqual(after(10 * REPORT_INTERVAL_MS), []);
  assert.deepEqual(drop("droppedLines"), [{ droppedLines: 1 }]);

  report.connectionOpened();
  assert.deepEqual(drop("droppedLines"), [{ droppedLines: 1 }]);
  drop("droppedLines", 3);
  assert.deepEqual(report.take(), { ...noDrops(), droppedLines: 3 });
  assert.deepEqual(after(10 * REPORT_INTERVAL_MS), [], "what was taken is not told again");
});
