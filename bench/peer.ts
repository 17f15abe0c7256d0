/**
 * millrace as a peer of the side-by-side benchmark: `node bench/peer.ts WORKLOAD millrace key=value ...`
 *
 * The same jobs, options and `RESULT {...}` line as the Spark peer in `peers/java/SparkPeer.java`; usually started by
 * `bench/peers/run.sh`. Options:
 *
 *     w1   file=PATH reps=1 master=local[2]
 *     w6   batches=200 intervals=200,100,50,40,30,20,10,5 master=local[2]
 */
import { crc32 } from "node:zlib";
import { SparkContext, StreamingContext } from "millrace";

interface Options {
  readonly master: string;
  readonly file: string;
  readonly reps: number;
  readonly batches: number;
  readonly intervals: readonly number[];
}

/** What one workload measured; the times are microseconds since the epoch. */
interface Result {
  readonly records: number;
  readonly start_us: number;
  readonly end_us: number;
  readonly check: string;
  readonly [figure: string]: unknown;
}

/** W1: batch word count of a text file, `reps` times in one process; the clock starts when the context is up. */
async function wordCountOfFile(options: Options): Promise<Result> {
  const sc = new SparkContext({ master: options.master, appName: "peer w1" });
  const seconds: number[] = [];
  let first: Result | undefined;
  for (let rep = 0; rep < options.reps; rep++) {
    const start_us = nowUs();
    const counts = await sc
      .textFile(options.file)
      .flatMap((line) => line.split(" "))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b)
      .collect();
    const { words, check } = checkOf(counts);
    const end_us = nowUs();
    first ??= { records: words, start_us, end_us, check };
    seconds.push((end_us - start_us) / 1e6);
  }
  await sc.stop();
  if (first === undefined) throw new Error("reps must be at least 1");
  return { ...first, rep_s: seconds };
}

/** W6: word count of one line per batch, at ever shorter batch intervals: the overhead of an almost empty batch. */
async function almostEmptyBatches(options: Options): Promise<Result> {
  const sc = new SparkContext({ master: options.master, appName: "peer w6" });
  const table: string[] = [];
  let sustained = { interval: -1, p50: 0, p99: 0 };
  let check = "?";
  const start_us = nowUs();
  for (const interval of options.intervals) {
    const run = await streamOneLinePerBatch(sc, interval, options.batches);
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
    records: options.batches,
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
async function streamOneLinePerBatch(sc: SparkContext, interval: number, batches: number) {
  const ssc = new StreamingContext(sc, interval);
  const line = sc.parallelize(["a b c d e a b c d a"], 2);
  let check = "?";
  ssc
    .queueStream(Array.from({ length: batches + 50 }, () => line))
    .flatMap((text) => text.split(" "))
    .map((word) => [word, 1])
    .reduceByKey((a, b) => a + b)
    .foreachRDD(async (rdd) => {
      const counts = checkOf(await rdd.collect());
      if (counts.words > 0) check = counts.check;
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

/** Number of words, and the check that all peers agree on: distinct words, words, sum of crc20(word) * count. */
function checkOf(counts: readonly (readonly [string, number])[]) {
  let words = 0;
  let sum = 0;
  for (const [word, count] of counts) {
    words += count;
    sum += (crc32(word) & 0xfffff) * count;
  }
  return { words, check: `${counts.length}:${words}:${sum}` };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** A delay rounded to 10 us. */
function millis(delay: number | undefined): number {
  return Math.round((delay ?? Number.NaN) * 100) / 100;
}

function nowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** `tmp` is what run.py gives to every peer; an option that this peer does not have is an error, not ignored. */
function parse(args: readonly string[]): Options {
  const given = new Map(args.map((arg) => [arg.slice(0, arg.indexOf("=")), arg.slice(arg.indexOf("=") + 1)]));
  const take = (name: string, otherwise: string): string => {
    const value = given.get(name) ?? otherwise;
    given.delete(name);
    return value;
  };
  const options: Options = {
    master: take("master", "local[2]"),
    file: take("file", ""),
    reps: Number(take("reps", "1")),
    batches: Number(take("batches", "200")),
    intervals: take("intervals", "200,100,50,40,30,20,10,5").split(",").map(Number),
  };
  given.delete("tmp");
  if (given.size > 0) throw new Error(`the millrace peer has no option ${[...given.keys()].join(", ")}`);
  return options;
}

const workloads = new Map([
  ["w1", wordCountOfFile],
  ["w6", almostEmptyBatches],
]);

const [workload = "", peer = "", ...args] = process.argv.slice(2);
const run = workloads.get(workload);
if (run === undefined || peer !== "millrace") throw new Error(`no such cell: ${workload} ${peer}`);
console.log(`RESULT ${JSON.stringify(await run(parse(args)))}`);
