import { type DStream, SparkContext, StreamingContext } from "millrace";
import { NO_CHECK, withCount } from "./checks.ts";
import { type Options, peerConf } from "./options.ts";
import { millis, nowUs, quantile, type Result } from "./result.ts";

const INTERVALS = "200,100,50,40,30,20,10,5";

/**
 * W6: word count of one line per batch, at ever shorter batch intervals: the overhead of an almost empty batch. With
 * `chain=20` the pairs go through that many more operators first, a fifth of which shuffle.
 */
export async function almostEmptyBatches(options: Options): Promise<Result> {
  const { master } = options;
  const batches = options.number("batches", 200);
  const chain = options.number("chain", 0);
  const intervals = options.text("intervals", INTERVALS).split(",").map(Number);
  options.checkAllAsked();

  const sc = new SparkContext({ master, appName: "peer w6", conf: peerConf() });
  const table: string[] = [];
  let sustained = { interval: -1, p50: 0, p99: 0 };
  let check = "?";
  const start_us = nowUs();
  for (const interval of intervals) {
    const run = await streamOneLinePerBatch(sc, interval, batches, chain);
    check = run.check;
    const p50 = quantile(run.processing, 0.5);
    const p99 = quantile(run.processing, 0.99);
    const lag = quantile(run.scheduling.slice(run.scheduling.length >> 1), 0.5);
    const ok = p50 < interval && lag <= interval;
    table.push(`${interval}ms: p50 ${p50} p99 ${p99} lag ${lag}${ok ? " ok" : " falls behind"}`);
    if (ok) sustained = { interval, p50, p99 };
  }
  const end_us = nowUs();
  await sc.stop();
  return {
    records: batches,
    start_us,
    end_us,
    check,
    p50_ms: sustained.p50,
    p99_ms: sustained.p99,
    sustained_interval_ms: sustained.interval,
    table,
  };
}

/** Processing and scheduling delays in ms of `batches` batches, the first quarter of them left out as warm-up. */
async function streamOneLinePerBatch(sc: SparkContext, interval: number, batches: number, chain: number) {
  const ssc = new StreamingContext(sc, interval);
  const line = sc.parallelize(["a b c d e a b c d a"], 2);
  let check = "?";
  const pairs = ssc
    .queueStream(Array.from({ length: batches + 50 }, () => line))
    .flatMap((text) => text.split(" "))
    .map((word): [string, number] => [word, 1]);
  throughOperators(pairs, chain)
    .reduceByKey((a, b) => a + b)
    .foreachRDD(async (rdd) => {
      const counted = (await rdd.collect()).reduce(withCount, NO_CHECK);
      if (counted[1] > 0) check = counted.join(":");
    });

  const processing: number[] = [];
  const scheduling: number[] = [];
  const completed = Promise.withResolvers<void>();
  ssc.addStreamingListener({
    onBatchCompleted({ batchInfo }) {
      processing.push(millis(batchInfo.processingDelay));
      scheduling.push(millis(batchInfo.schedulingDelay));
      if (processing.length === batches) completed.resolve();
    },
  });
  await ssc.start();
  await completed.promise;
  await ssc.stop({ stopSparkContext: false });
  const warmUp = batches >> 2;
  return { check, processing: processing.slice(warmUp, batches), scheduling: scheduling.slice(warmUp, batches) };
}

/** Operators that change nothing in the end, in fives. */
function throughOperators(pairs: DStream<[string, number]>, operators: number): DStream<[string, number]> {
  let stream = pairs;
  for (let left = operators; left > 0; left -= 5) {
    stream = stream
      .mapValues((n) => n + 1)
      .filter(([, n]) => n > 0)
      .map(([word, n]): [string, number] => [word, n - 1])
      .groupByKey(2)
      .flatMapValues((counts) => counts);
  }
  return stream;
}
