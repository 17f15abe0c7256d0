import { MillraceError } from "../../errors.ts";
import type { SparkConf } from "../../spark-conf.ts";
import { PIDRateEstimator } from "./pid-rate-estimator.ts";
import { RateController } from "./rate-controller.ts";
import type { RateEstimator } from "./rate-estimator.ts";
import { SteadyRateEstimator } from "./steady-rate-estimator.ts";

/** What bounds the first batch, records a second: little, for nobody knows yet how much the program does with each. */
const INITIAL_RATE = 10_000;

/** `spark.streaming.receiver.maxRate`, or infinite. */
export function maxRate(conf: SparkConf): number {
  return conf.value("spark.streaming.receiver.maxRate") ?? Number.POSITIVE_INFINITY;
}

/** The rate of a receiver before the first batch has been processed. Throws `INVALID_ARGUMENT` for a rate of 0. */
export function initialRate(conf: SparkConf): number {
  if (!conf.value("spark.streaming.backpressure.enabled")) return maxRate(conf);
  const rate = conf.value("spark.streaming.backpressure.initialRate") ?? INITIAL_RATE;
  if (rate > 0) return Math.min(rate, maxRate(conf));
  throw new MillraceError("INVALID_ARGUMENT", "spark.streaming.backpressure.initialRate cannot be 0", {
    remedy: "Receivers would never take a record, so that no batch could tell how fast they may be.",
  });
}

/** Publishes a receiver's rates by `send`; undefined where `spark.streaming.backpressure.enabled` is false. */
export function receiverRateController(
  conf: SparkConf,
  batchMs: number,
  send: (rate: number) => void,
): RateController | undefined {
  if (!conf.value("spark.streaming.backpressure.enabled")) return undefined;
  return new ReceiverRateController(estimator(conf, batchMs), send);
}

class ReceiverRateController extends RateController {
  readonly #send: (rate: number) => void;

  constructor(estimator: RateEstimator, send: (rate: number) => void) {
    super(estimator);
    this.#send = send;
  }

  protected publish(rate: number): void {
    this.#send(rate);
  }
}

function estimator(conf: SparkConf, batchMs: number): RateEstimator {
  const name = conf.value("spark.streaming.backpressure.rateEstimator");
  if (name !== "pid") {
    throw new MillraceError("INVALID_ARGUMENT", `there is no rate estimator "${name}"`, {
      remedy: 'spark.streaming.backpressure.rateEstimator can be "pid".',
    });
  }
  const pid = new PIDRateEstimator({
    batchInterval: batchMs,
    proportional: conf.value("spark.streaming.backpressure.pid.proportional"),
    integral: conf.value("spark.streaming.backpressure.pid.integral"),
    derivative: conf.value("spark.streaming.backpressure.pid.derived"),
    minRate: conf.value("spark.streaming.backpressure.pid.minRate"),
  });
  return new SteadyRateEstimator(pid, batchMs, initialRate(conf));
}
