import { AssertionError } from "node:assert";
import { Duration, type DurationLike } from "../core/duration.ts";
import { SystemClock, sleepUntil } from "../platform/clock.ts";
import { ManualClock } from "../platform/manual-clock.ts";
import type { Shape } from "../rdd/shape.ts";
import { SparkConf } from "../spark-conf.ts";
import type { DStream } from "../streaming/dstream.ts";
import { StreamingContext, type StreamingSettings } from "../streaming/streaming-context.ts";
import type { Batches } from "./batches.ts";
import { TestInputDStream } from "./test-input.ts";

export interface StreamTesterOptions {
  /** `"1 second"` by default. */
  readonly batchDuration?: DurationLike;
  /** `local` by default: everything on the test's own thread, where breakpoints work. */
  readonly master?: string;
  readonly conf?: SparkConf | Readonly<Record<string, string | number | boolean>>;
  /** What opens the stores of states; see {@link StreamingSettings.stateStore}. */
  readonly stateStore?: StreamingSettings["stateStore"];
  /** What the clock shows at first, in milliseconds since the epoch; 0 by default. */
  readonly startTime?: number;
  /** How long, in real time, the batches of one tick may take before the test fails; `"30 seconds"` by default. */
  readonly deadline?: DurationLike;
}

/** What an output has collected. */
export interface CollectedBatches<T> {
  /** The times of the batches, in milliseconds. */
  readonly times: readonly number[];
  /** The records of each, in the same order. */
  readonly records: readonly (readonly T[])[];
}

/** Partitions of a test's input where it does not say: more than one, so that what depends on them shows. */
export const INPUT_PARTITIONS = 2;

/** Tests would open ports by the hundred. One that is about the page says so itself. */
const NO_LIVE_PAGE = new SparkConf({ "spark.ui.enabled": false });

/**
 * A StreamingContext with inputs made of arrays, outputs that collect, and a clock that the test turns. A process can
 * have one at a time between `start` and `stop`.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { StreamTester } from "millrace/testing";
 *
 * const tester = new StreamTester({ batchDuration: "10 seconds" });
 * const words = tester.input([["a", "b"], ["a"], ["c"]]);
 * const counts = tester.output(words.window("20 seconds").count());
 * await tester.start();
 * await tester.advance("30 seconds"); // three batches
 * assert.deepEqual(counts.records, [[2], [3], [2]]);
 * await tester.stop();
 * ```
 */
export class StreamTester {
  readonly ssc: StreamingContext;
  readonly clock: ManualClock;
  /** What `print()` has printed. */
  readonly printed: string[] = [];
  readonly #deadline: Duration;
  #failure: Error | undefined;

  constructor({
    batchDuration = "1 second",
    master = "local",
    conf = {},
    stateStore,
    startTime = 0,
    deadline = "30 seconds",
  }: StreamTesterOptions = {}) {
    this.clock = new ManualClock(startTime);
    this.#deadline = Duration.of(deadline);
    const sink = { log: (text: string) => this.printed.push(text) };
    const settings = conf instanceof SparkConf ? conf : new SparkConf(conf);
    this.ssc = new StreamingContext({
      master,
      appName: "test",
      conf: settings.orElse(NO_LIVE_PAGE),
      clock: this.clock,
      batchDuration,
      console: sink,
      ...(stateStore !== undefined && { stateStore }),
    });
    this.ssc.awaitTermination().catch((error: Error) => {
      this.#failure = error;
    });
  }

  /** The first failure of a batch, if there has been one. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** A stream with one element of `batches` in each batch: an array of records, or null for no RDD; then empty batches. */
  input<T extends Shape>(batches: Batches<T>, partitions: number = INPUT_PARTITIONS): DStream<T> {
    return this.ssc.inputStream(new TestInputDStream(batches, partitions));
  }

  /** Collects each batch of a stream; more comes as the clock is turned. */
  output<T>(stream: DStream<T>): CollectedBatches<T> {
    const times: number[] = [];
    const records: T[][] = [];
    stream.foreachRDD(async (rdd, time) => {
      const collected = await rdd.collect();
      times.push(time.milliseconds);
      records.push(collected);
    });
    return { times, records };
  }

  async start(): Promise<void> {
    await this.ssc.start();
  }

  /**
   * Turns the clock by `duration`. Stops at each tick on the way, until its batch has ended: well or not, see
   * {@link StreamTester.failure}.
   */
  async advance(duration: DurationLike): Promise<void> {
    const batchMs = this.ssc.batchDuration.milliseconds;
    const end = this.clock.now() + Duration.of(duration).milliseconds;
    for (;;) {
      const nextTick = (Math.floor(this.clock.now() / batchMs) + 1) * batchMs;
      this.clock.setTo(Math.min(nextTick, end));
      await this.#settle();
      if (nextTick >= end) return;
    }
  }

  /** The times of the RDDs of a stream that have not been forgotten, in milliseconds. */
  rememberedTimes(stream: DStream<unknown>): number[] {
    return this.ssc.run?.planner.rdds.times(stream.node) ?? [];
  }

  async stop(): Promise<void> {
    await this.ssc.stop({ stopSparkContext: true });
  }

  async #settle(): Promise<void> {
    const { run } = this.ssc;
    if (run === undefined) return;
    const clock = new SystemClock();
    const settled = new AbortController();
    const late = sleepUntil(clock, clock.now() + this.#deadline.milliseconds, settled.signal).then(
      () => {
        throw new AssertionError({
          message: `the batch of ${this.clock.now()} ms did not end within ${this.#deadline.prettyPrint()}`,
        });
      },
      () => undefined,
    );
    await Promise.race([run.generator.whenIdle(), late]);
    settled.abort();
  }
}
