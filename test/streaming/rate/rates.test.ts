import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError, PIDRateEstimator, RateController, type RateEstimator, Time } from "millrace";
import { StreamTester } from "millrace/testing";
import { SparkConf } from "../../../src/spark-conf.ts";
import { BatchHold } from "../../../src/streaming/rate/batch-hold.ts";
import { RateControl } from "../../../src/streaming/rate/rate-control.ts";
import { initialRate, receiverRateController } from "../../../src/streaming/rate/receiver-rate.ts";
import { SteadyRateEstimator } from "../../../src/streaming/rate/steady-rate-estimator.ts";
import type { BatchInfo } from "../../../src/streaming/scheduler/streaming-listener.ts";
import { PlannedInput } from "../planned-input.ts";
import { seeded } from "../receiver/harness.ts";

const invalid = (error: unknown) => isMillraceError(error, "INVALID_ARGUMENT");

describe("PIDRateEstimator", () => {
  const estimator = (settings = {}) =>
    new PIDRateEstimator({ batchInterval: 20, integral: 0, minRate: 10, ...settings });

  it("refuses settings that make no sense", () => {
    for (const settings of [
      { proportional: -1 },
      { integral: -1 },
      { derivative: -1 },
      { minRate: 0 },
      { minRate: -5 },
      { batchInterval: 0 },
    ]) {
      assert.throws(() => estimator(settings), invalid);
    }
  });

  it("says nothing at first, without records, processing time or progress in time", () => {
    const pid = estimator();
    assert.equal(pid.compute(0, 0, 10, 0), undefined);
    assert.equal(pid.compute(0, 10, 0, 0), undefined);
    assert.equal(pid.compute(0, 10, 10, 0), undefined);
    assert.equal(pid.compute(10, 10, 10, 0), 1000);
    assert.equal(pid.compute(10, 10, 10, 0), undefined);
    assert.equal(pid.compute(20, 0, 10, 0), undefined);
    assert.equal(pid.compute(20, 10, 0, 0), undefined);
    assert.equal(pid.compute(20, 20, 10, 0), 2000);
  });

  it("follows the processing speed where nothing has piled up, with or without the integral", () => {
    for (const integral of [0, 1]) {
      const pid = estimator({ integral });
      for (let i = 1; i <= 50; i++) assert.equal(pid.compute(20 * i, 20 * i, 20, 0), i === 1 ? undefined : 1000 * i);
    }
  });

  it("slows down with what has piled up, and with the error's growth where that counts, never below minRate", () => {
    const piling = estimator({ integral: 1, minRate: 5 });
    for (let i = 0; i < 50; i++) assert.equal(piling.compute(20 * i, 1, 20, 100), i === 0 ? undefined : 5);
    const random = seeded(3);
    for (const settings of [{ derivative: 0.005 }, { integral: 1, derivative: 0.005 }]) {
      const pid = estimator({ ...settings, minRate: 10 });
      for (let i = 0; i < 1000; i++) {
        const rate = pid.compute(20 * i, random(100), random(30), random(50));
        assert.ok(rate === undefined || rate >= 10);
      }
    }
  });
});

describe("SteadyRateEstimator", () => {
  it("takes back no rate from a program that keeps up, and any from one that does not", () => {
    const rates: (number | undefined)[] = [undefined, 2000, 1000, 50, undefined, 80, 70];
    const fake: RateEstimator = { compute: () => rates.shift() };
    const steady = new SteadyRateEstimator(fake, 100, 1000);
    const compute = (processing: number, scheduling: number) => steady.compute(0, 49, processing, scheduling);
    assert.deepEqual(
      [
        compute(50, 0),
        compute(50, 50),
        compute(50, 0),
        compute(50, 51),
        compute(50, 60),
        compute(50, 0),
        compute(50, 0),
      ],
      [undefined, 2000, undefined, 50, undefined, 80, undefined],
    );
  });

  it("goes by the first batch where the estimator only begins, up, and down if that took too long", () => {
    const first = (processing: number) =>
      new SteadyRateEstimator({ compute: () => undefined }, 100, 1000).compute(0, 50, processing, 0);
    assert.deepEqual([first(10), first(100), first(200)], [5000, undefined, 250]);
  });

  it("grows to twenty times what a batch had at most, so that one of a few records does not open the flood", () => {
    const pid = new PIDRateEstimator({ batchInterval: 1000 });
    const steady = new SteadyRateEstimator(pid, 1000, 10_000);
    // 17,000 records a second, and then, after a pause, 390 in 1.7 ms.
    assert.equal(steady.compute(1000, 10_000, 588, 0), (10_000 / 588) * 1000);
    assert.equal(steady.compute(2000, 390, 1.7, 0), (10_000 / 588) * 1000);
    assert.equal(steady.compute(3000, 1000, 1, 0), 20_000);
    assert.equal(steady.compute(4000, 20_000, 100, 0), 200_000);
  });
});

describe("BatchHold", () => {
  const records = (numRecords: number) => new Map([[0, { inputStreamId: 0, numRecords, metadata: {} }]]);

  it("lasts from the first batch with records to its end, and while one waits", () => {
    const hold = new BatchHold(1);
    hold.submitted(10, records(0));
    assert.equal(hold.isHeld(1), false);
    hold.submitted(20, records(5));
    assert.equal(hold.isHeld(1), true);
    hold.ended(10);
    hold.submitted(30, records(5));
    assert.equal(hold.isHeld(1), true);
    hold.ended(20);
    assert.deepEqual(
      [1, 2, 3, 4].map((unfinished) => hold.isHeld(unfinished)),
      [false, true, true, true],
    );
  });
});

describe("rate control", () => {
  class Recorded extends RateController {
    readonly published: number[] = [];
    readonly seen: number[] = [];

    constructor() {
      const seen: number[] = [];
      super({
        compute(_time, elements) {
          seen.push(elements);
          return elements * 10;
        },
      });
      this.seen = seen;
    }

    protected publish(rate: number): void {
      this.published.push(rate);
    }
  }

  it("is told of each batch with what came since the one before, once it has ended", () => {
    const controller = new Recorded();
    const control = new RateControl(new Map([[7, controller]]));
    const inputs = (numRecords: number) => new Map([[7, { inputStreamId: 7, numRecords, metadata: {} }]]);
    const completed = (time: number) =>
      control.batchCompleted({
        batchTime: new Time(time),
        processingEndTime: time + 5,
        processingDelay: 5,
        schedulingDelay: 0,
      } as BatchInfo);
    control.settled(10, inputs(1), false);
    control.settled(20, inputs(2), true);
    control.settled(30, new Map(), false);
    control.settled(40, inputs(4), true);
    completed(20);
    completed(40);
    completed(40);
    assert.deepEqual(controller.seen, [3, 4]);
    assert.deepEqual(controller.published, [30, 40]);
    assert.equal(controller.latestRate, 40);
  });

  it("reaches an input of the program's, also where an output is due only now and then", async () => {
    const tester = new StreamTester({ batchDuration: 10 });
    const controller = new Recorded();
    class Controlled extends PlannedInput<number> {
      override get rateController(): RateController {
        return controller;
      }
    }
    const input = new Controlled((sc, time) => ({ rdd: sc.parallelize([time]), numRecords: time / 10 }));
    tester.output(tester.ssc.inputStream(input).window(30, 20));
    await tester.start();
    await tester.advance(60);
    await tester.stop();
    assert.deepEqual(controller.seen, [1 + 2, 3 + 4, 5 + 6]);
    assert.equal(input.stops, 1);
  });

  it("of receivers is the one that the configuration says", () => {
    const controller = (conf: Record<string, string | boolean>) =>
      receiverRateController(new SparkConf(conf), 1000, () => {});
    assert.ok(controller({}));
    assert.equal(controller({ "spark.streaming.backpressure.enabled": false }), undefined);
    assert.throws(() => controller({ "spark.streaming.backpressure.rateEstimator": "guess" }), invalid);
    assert.throws(() => controller({ "spark.streaming.backpressure.pid.minRate": "0" }), invalid);
    assert.throws(() => controller({ "spark.streaming.backpressure.initialRate": "0" }), invalid);
    for (const [limit, rate] of [
      ["500", 500],
      ["0", 10_000],
      ["-1", 10_000],
    ] as const) {
      assert.equal(initialRate(new SparkConf({ "spark.streaming.receiver.maxRate": limit })), rate);
    }
  });
});
