/**
 * Measures `mapWithState`: `node bench/state.ts [keys=1000000,10000000] [batches=100] [master=local[2]]`, each number of keys in a
 * process of its own. `writing=compared [rounds=3]` tells what it costs to write the changed keys: runs that do and runs that do not, in turn.
 *
 * Keys of 16 characters, a number for each, records made inside the tasks. First every key is met once, then come batches of
 * 100,000 keys chosen uniformly. Prints updates a second, the batches' times, and the memory that a key takes: what the
 * process's resident memory has grown by, each time after a forced garbage collection in every thread. `encodingMs` is how long, in the median, a thread
 * takes to encode its half of what a batch has changed: the part of writing that is not done beside other work.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import { SparkContext, type State, StateSpec, StreamingContext } from "millrace";
import { MemoryStateStore } from "millrace/state";

const BATCH = 100_000;

const given = new Map(process.argv.slice(2).map((arg) => arg.split("=") as [string, string]));
const sizes = (given.get("keys") ?? "1000000,10000000").split(",").map(Number);
const keys = sizes[0]!;
const batches = Number(given.get("batches") ?? 100);
const master = given.get("master") ?? "local[2]";
const writing = given.get("writing") ?? "on";

function keyOf(n: number): string {
  return `user-id${100_000_000 + n}`;
}

/** A number below `below`, all alike. */
function scattered(n: number, below: number): number {
  let x = Math.imul(n ^ 0x5bd1e995, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 15), 0xc2b2ae35);
  return ((x ^ (x >>> 13)) >>> 0) % below;
}

function collectGarbage(): void {
  v8.setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  gc();
  gc();
}

async function residentAfterCollection(sc: SparkContext): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await sc.range(0, 8, 1, 8).foreachPartition(() => collectGarbage());
    collectGarbage();
  }
  return process.memoryUsage.rss();
}

/** Has stores say, in every thread, that nothing has changed: so nothing is encoded or written, and a dead thread's state would be lost. */
async function turnWritingOff(sc: SparkContext): Promise<void> {
  await sc.range(0, 8, 1, 8).foreachPartition(() => {
    MemoryStateStore.prototype.changes = () => undefined;
  });
}

/** What a run prints. */
interface Measured {
  readonly keys: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

async function stream(): Promise<void> {
  const sc = new SparkContext({ master });
  await sc.range(0, 1000, 1, 8).count();
  if (writing === "off") await turnWritingOff(sc);
  const before = await residentAfterCollection(sc);

  const ssc = new StreamingContext(sc, 5);
  const fill = Math.ceil(keys / BATCH);
  const all = keys;
  const rdds = Array.from({ length: fill + batches }, (_, batch) => {
    const from = batch * BATCH;
    const isFill = batch < fill;
    return sc
      .range(from, from + BATCH, 1, 2)
      .map((n) => [keyOf(isFill ? n % all : scattered(n, all)), 1] as [string, number]);
  });
  const count = StateSpec.function((_key: string, one: number | undefined, state: State<number>) => {
    const sum = (state.getOption() ?? 0) + (one ?? 0);
    state.update(sum);
    return sum;
  });
  let emitted = 0;
  const times: number[] = [];
  ssc
    .queueStream(rdds)
    .mapWithState(count)
    .foreachRDD(async (rdd) => {
      emitted += await rdd.count();
    });
  let cpuAtFill = process.cpuUsage();
  const done = Promise.withResolvers<void>();
  ssc.addStreamingListener({
    onBatchCompleted({ batchInfo }) {
      times.push(batchInfo.processingDelay ?? Number.NaN);
      if (times.length === fill) cpuAtFill = process.cpuUsage();
      if (times.length === fill + batches) done.resolve();
    },
  });
  await ssc.start();
  await done.promise;
  const cpu = process.cpuUsage(cpuAtFill);
  const after = await residentAfterCollection(sc);
  await ssc.stop({ stopSparkContext: false });
  await sc.stop();

  const measured = times.slice(fill);
  const total = measured.reduce((a, b) => a + b, 0);
  console.log(
    JSON.stringify({
      keys,
      writing,
      emitted,
      updatesPerSecond: Math.round((batches * BATCH * 1000) / total),
      // Of all threads: what the machine's other load does not change much.
      cpuMicrosPerUpdate: Math.round((100 * (cpu.user + cpu.system)) / (batches * BATCH)) / 100,
      fillPerSecond: Math.round((fill * BATCH * 1000) / times.slice(0, fill).reduce((a, b) => a + b, 0)),
      medianMs: quantile(measured, 0.5),
      p99Ms: quantile(measured, 0.99),
      p99PerMedian: Math.round((100 * quantile(measured, 0.99)) / quantile(measured, 0.5)) / 100,
      worstMs: Math.max(...measured),
      encodingMs: encodingMs(),
      fillMedianMs: quantile(times.slice(0, fill), 0.5),
      fillP99Ms: quantile(times.slice(0, fill), 0.99),
      bytesPerKey: Math.round((after - before) / keys),
    }),
  );
}

/** The changed half of a batch, as one of two threads has it, in a store of its own. */
function encodingMs(): number {
  const store = new MemoryStateStore({ indexesTime: false });
  for (let n = 0; n < keys / 2; n++) store.put(keyOf(n), n, 1000);
  store.changes();
  const times: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    for (let n = 0; n < BATCH / 2; n++) store.put(keyOf(scattered(batch * BATCH + n, keys / 2)), n, 2000);
    const start = performance.now();
    store.changes();
    times.push(performance.now() - start);
  }
  store.close();
  return quantile(times, 0.5);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(100 * sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!) / 100;
}

/** A run in a process of its own, whose memory is its own. */
function alone(size: number, writing: string): Measured {
  const args = [`keys=${size}`, `batches=${batches}`, `master=${master}`, `writing=${writing}`];
  const script = fileURLToPath(import.meta.url);
  const { stdout, status } = spawnSync(process.execPath, [...process.execArgv, script, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`the run of ${size} keys ended with ${status}`);
  console.log(stdout.trimEnd());
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
}

/** Each number of keys; then the slowest batches beside the first one's median. */
function eachAlone(): void {
  const all = sizes.map((size) => alone(size, writing));
  const [first, ...others] = all as [Measured, ...Measured[]];
  for (const { keys, p99Ms } of others) {
    console.log(`p99 at ${keys} keys: ${(p99Ms / first.medianMs).toFixed(2)} times the median at ${first.keys} keys`);
  }
}

/** What writing adds to a batch: the medians of runs that write and of runs that do not, one after the other, so that both have the same machine. */
function compareWriting(): void {
  for (const size of sizes) {
    const rounds = Array.from({ length: Number(given.get("rounds") ?? 3) }, () => ({
      on: alone(size, "on").medianMs,
      off: alone(size, "off").medianMs,
    }));
    const medianMs = quantile(
      rounds.map(({ on }) => on),
      0.5,
    );
    const withoutWritingMs = quantile(
      rounds.map(({ off }) => off),
      0.5,
    );
    const writingAddsMs = Math.round(100 * (medianMs - withoutWritingMs)) / 100;
    console.log(JSON.stringify({ keys: size, medianMs, withoutWritingMs, writingAddsMs }));
  }
}

if (writing === "compared") compareWriting();
else if (sizes.length > 1) eachAlone();
else await stream();
