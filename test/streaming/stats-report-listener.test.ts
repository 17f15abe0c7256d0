import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError, StatsReportListener, StreamingContext } from "millrace";
import { ManualClock } from "millrace/testing";

describe("StatsReportListener", () => {
  it("tells how the delays of the last batches are distributed", async () => {
    const clock = new ManualClock();
    const ssc = new StreamingContext({ master: "local", batchDuration: 1000, clock });
    const lines: string[] = [];
    const stats = new StatsReportListener(4, { console: { log: (text) => lines.push(text) } });
    ssc.addStreamingListener(stats);
    assert.equal(stats.totalDelay, undefined);
    const waits = [400, 10, 30, 20, 40];
    ssc.queueStream<number>([]).foreachRDD((_, time) => clock.advance(waits[time.milliseconds / 1000 - 1]!));
    await ssc.start();
    for (let i = 1; i <= waits.length; i++) {
      clock.setTo(i * 1000);
      await ssc.run!.generator.whenIdle();
    }
    await ssc.stop();
    // The first one is no longer among the last four.
    const { count, mean, stdev, min, max, quantiles } = stats.processingTime!;
    assert.deepEqual([count, mean, min, max], [4, 25, 10, 40]);
    assert.ok(Math.abs(stdev - Math.sqrt(125)) < 1e-9);
    assert.deepEqual(quantiles, [10, 10, 10, 20, 30, 40, 40, 40, 40]);
    assert.deepEqual(stats.totalDelay, stats.processingTime);
    assert.equal(lines.length, 10);
    assert.deepEqual(lines.at(-2)!.split("\n"), [
      "Total delay: (count: 4, mean: 25.000000, stdev: 11.180340, max: 40.000000, min: 10.000000)",
      "\t0%\t5%\t10%\t25%\t50%\t75%\t90%\t95%\t100%",
      "\t10 ms\t10 ms\t10 ms\t20 ms\t30 ms\t40 ms\t40 ms\t40 ms\t40 ms",
    ]);
    assert.match(lines.at(-1)!, /^Processing time: \(count: 4, /);
  });

  it("needs a whole number of batches", () => {
    for (const n of [0, -1, 1.5, Number.NaN])
      assert.throws(
        () => new StatsReportListener(n),
        (error) => isMillraceError(error, "INVALID_ARGUMENT"),
      );
  });
});
