import { type RDD, SparkContext, StreamingContext } from "millrace";
import { type Check, merged, NO_CHECK, withWindow } from "./checks.ts";
import { type Options, peerConf } from "./options.ts";
import { millis, nowUs, quantile, type Result } from "./result.ts";

/** The batches that come again and again. */
const TEMPLATES = 10;

type CountAndSum = [count: number, sum: number];

/**
 * W4: count and sum by plane over a window of `window` batches that slides by one. The batches are persisted in the
 * executors, each computed before the clock starts. `seconds` is the sum of their processing times. Each window is made of the one
 * before, or, with `inverse=0`, of its batches.
 */
export async function slidingWindow(options: Options): Promise<Result> {
  const { master } = options;
  const batches = options.number("batches", 200);
  const size = options.number("size", 50_000);
  const window = options.number("window", 60);
  const interval = options.number("interval", 100);
  const inverse = options.number("inverse", 1) !== 0;
  options.checkAllAsked();

  const sc = new SparkContext({ master, appName: "peer w4", conf: peerConf() });
  const ssc = new StreamingContext(sc, interval);
  const templates: RDD<[string, CountAndSum]>[] = [];
  for (let b = 0; b < TEMPLATES; b++) {
    const records = Array.from({ length: size }, (_, i) => reading(b * size + i));
    const rdd = sc.parallelize(records, 2).persist();
    await rdd.count();
    templates.push(rdd);
  }
  let check: Check = NO_CHECK;
  let outputs = 0;
  const readings = ssc.queueStream(Array.from({ length: batches }, (_, b) => templates[b % TEMPLATES]!));
  const [length, slide] = [window * interval, interval];
  const windows = inverse
    ? readings.reduceByKeyAndWindow(added, subtracted, length, slide, 2, ([, [count]]) => count > 0)
    : readings.reduceByKeyAndWindow(added, length, slide, 2);
  windows.foreachRDD(async (rdd) => {
    const ofWindow = await rdd.aggregate(NO_CHECK, withWindow, merged);
    if (++outputs === batches) check = ofWindow;
  });

  const processing: number[] = [];
  const completed = Promise.withResolvers<void>();
  ssc.addStreamingListener({
    onBatchCompleted({ batchInfo }) {
      processing.push(batchInfo.processingDelay ?? Number.NaN);
      if (processing.length === batches) completed.resolve();
    },
  });
  const start_us = nowUs();
  await ssc.start();
  await completed.promise;
  const wall_stream_s = (nowUs() - start_us) / 1e6;
  await ssc.stop();
  const sum = processing.slice(0, batches).reduce((a, b) => a + b, 0);
  const full = processing.slice(Math.min(window, batches >> 1), batches);
  return {
    records: batches * size,
    start_us,
    end_us: start_us + Math.round(sum * 1000),
    check: check.join(":"),
    p50_ms: millis(quantile(full, 0.5)),
    p99_ms: millis(quantile(full, 0.99)),
    wall_stream_s,
  };
}

function added(a: CountAndSum, b: CountAndSum): CountAndSum {
  return [a[0] + b[0], a[1] + b[1]];
}

function subtracted(a: CountAndSum, b: CountAndSum): CountAndSum {
  return [a[0] - b[0], a[1] - b[1]];
}

/** Record `i` of the template batches: every peer uses the same formula. */
function reading(i: number): [plane: string, CountAndSum] {
  const h = hash(i);
  return [plane(h % 5000), [1, (h >>> 4) % 1000]];
}

function hash(i: number): number {
  let h = Math.imul(i, 0x9e3779b1);
  h ^= h >>> 15;
  h = Math.imul(h, 0x85ebca77);
  return (h ^ (h >>> 13)) >>> 0;
}

function plane(i: number): string {
  const letter = (n: number) => String.fromCharCode(65 + (n % 26));
  return `EC-${letter(Math.floor(i / 676))}${letter(Math.floor(i / 26))}${letter(i)}`;
}
