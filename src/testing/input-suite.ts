import assert from "node:assert";
import type { ManualClock } from "../platform/manual-clock.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { DStream } from "../streaming/dstream.ts";
import type { InputBatch, InputDStream } from "../streaming/input-dstream.ts";
import type { StreamInputInfo } from "../streaming/scheduler/streaming-listener.ts";
import type { StreamingContext } from "../streaming/streaming-context.ts";
import { Patience, type RegisterCase, type SuiteSettings } from "./register-case.ts";
import { StreamTester } from "./stream-tester.ts";

/** An input, what it can be made to have, and what it should do. */
export interface InputUnderTest<T> {
  /** The stream of a new input: `(ssc) => ssc.inputStream(new MyInput())`. Called once. */
  readonly stream: (ssc: StreamingContext) => DStream<T>;
  /** Records that come, one list after the other; the suite needs two lists with a record at least. */
  readonly batches: readonly (readonly T[])[];
  /** Lets list number `i` come, now by the clock. It need not have come when this has ended. */
  readonly send: (i: number, clock: ManualClock) => void | Promise<void>;
  /** Whether the input has the same again in each batch, as a constant one. */
  readonly repeats?: boolean;
  /** Whether `numRecords` says how many records a batch has, as it should where that is known; true by default. Otherwise it is 0 or undefined. */
  readonly counts?: boolean;
  /** For an input that takes single records no faster than `spark.streaming.receiver.maxRate`: lets far more come at once. */
  readonly flood?: () => void | Promise<void>;
  /** How many of the things are open now that the input opens: connections, files, timers. None when its context has stopped. */
  readonly open?: () => number;
  /** Called after each case. */
  readonly close?: () => void | Promise<void>;
}

/** Makes an input for one case. */
export type OpenInput<T> = () => InputUnderTest<T> | Promise<InputUnderTest<T>>;

/**
 * The conformance suite of {@link InputDStream}: what every input must do, as cases for a test runner. A clock is turned by hand, with batches
 * of a second, under `local`; receivers are given what they need of real time.
 *
 * @example
 * ```ts
 * import { describe, it } from "node:test";
 * import { type InputContext, InputDStream } from "millrace";
 * import { testInputDStream } from "millrace/testing";
 *
 * class Numbers extends InputDStream<number> {
 *   #context!: InputContext;
 *   readonly #numbers: number[];
 *
 *   constructor(numbers: number[]) {
 *     super();
 *     this.#numbers = numbers;
 *   }
 *
 *   override start(context: InputContext) {
 *     this.#context = context;
 *   }
 *
 *   plan() {
 *     const come = this.#numbers.splice(0);
 *     return { rdd: this.#context.sparkContext.parallelize(come), numRecords: come.length };
 *   }
 * }
 *
 * describe("Numbers", () =>
 *   testInputDStream(it, () => {
 *     const numbers: number[] = [];
 *     const batches = [[1, 2], [3]];
 *     return { stream: (ssc) => ssc.inputStream(new Numbers(numbers)), batches, send: (i) => void numbers.push(...batches[i]!) };
 *   }));
 * ```
 */
export function testInputDStream<T>(it: RegisterCase, open: OpenInput<T>, settings?: SuiteSettings): void {
  const patience = new Patience(settings);
  for (const [name, body] of Object.entries(CASES)) {
    it(name, async () => {
      const under = (await open()) as InputUnderTest<unknown>;
      const trial = new Trial(
        under,
        patience,
        name === RATE_CASE ? { "spark.streaming.receiver.maxRate": MAX_RATE } : {},
      );
      try {
        await body(trial);
      } finally {
        await trial.tester.stop();
        await under.close?.();
      }
    });
  }
}

type Case = (trial: Trial) => Promise<void>;

const BATCH_MS = 1000;
/** Of single records, a second. */
const MAX_RATE = 50;
const RATE_CASE = "takes no more than its rate allows, and goes on";

/** What an input has planned for a batch. */
interface Planned {
  readonly time: number;
  readonly batch: InputBatch<unknown> | undefined;
  readonly numRecords: number | undefined;
  releases: number;
  releaseFailure: unknown;
}

/** A context with the input, which notes what is asked of it. */
class Trial {
  readonly under: InputUnderTest<unknown>;
  readonly patience: Patience;
  readonly tester: StreamTester;
  readonly input: InputDStream<unknown>;
  readonly planned: Planned[] = [];
  readonly infos = new Map<number, StreamInputInfo | undefined>();
  /** The records of all batches, in order. */
  readonly records: unknown[] = [];
  stops = 0;
  #sent: unknown[] = [];

  constructor(under: InputUnderTest<unknown>, patience: Patience, conf: Readonly<Record<string, number>>) {
    this.under = under;
    this.patience = patience;
    this.tester = new StreamTester({ batchDuration: BATCH_MS, startTime: 100_000, conf });
    const { ssc } = this.tester;
    // So that a batch can be read again after the next ones.
    ssc.remember("1 minute");
    const stream = under.stream(ssc);
    this.input = (stream.node as { readonly input: InputDStream<unknown> } & typeof stream.node).input;
    assert.ok(
      this.input !== undefined,
      "stream must return what ssc.inputStream has made, and nothing that is made of it",
    );
    this.#watch();
    stream.foreachRDD(async (rdd) => {
      this.records.push(...(await rdd.collect()));
    });
    ssc.addStreamingListener({
      onBatchCompleted: ({ batchInfo: { batchTime, streamIdToInputInfo } }) => {
        this.infos.set(batchTime.milliseconds, streamIdToInputInfo.get(this.input.id));
      },
    });
  }

  async start(): Promise<void> {
    await this.tester.start();
    // Between two ticks: what comes now belongs to the next.
    await this.tester.advance(BATCH_MS / 2);
  }

  async tick(): Promise<void> {
    await this.tester.advance(BATCH_MS);
    if (this.tester.failure !== undefined) throw this.tester.failure;
  }

  /** Sends list `i`, and ticks until it has come. */
  async bring(i: number): Promise<void> {
    this.#sent.push(...this.under.batches[i]!);
    await this.under.send(i, this.tester.clock);
    await this.until(() => this.records.length >= this.#sent.length, `list ${i} did not come`);
  }

  async bringAll(): Promise<void> {
    assert.ok(
      this.under.batches.filter(({ length }) => length > 0).length >= 2,
      "the suite needs two lists with records",
    );
    for (let i = 0; i < this.under.batches.length; i++) await this.bring(i);
  }

  /** What has been sent. */
  get sent(): readonly unknown[] {
    return this.#sent;
  }

  /** Ticks, once at least, until something is so. */
  until(condition: () => boolean, otherwise: string): Promise<void> {
    return this.patience.until(condition, otherwise, () => this.tick());
  }

  #watch(): void {
    const { input, planned } = this;
    const [plan, stop] = [input.plan, input.stop];
    input.plan = async (time) => {
      const batch = await plan.call(input, time);
      const note: Planned = {
        time: time.milliseconds,
        batch,
        numRecords: batch?.numRecords,
        releases: 0,
        releaseFailure: undefined,
      };
      planned.push(note);
      return batch && { ...batch, release: () => this.#release(batch, note) };
    };
    input.stop = () => {
      this.stops++;
      return stop.call(input);
    };
  }

  #release({ release }: InputBatch<unknown>, note: Planned): void {
    note.releases++;
    try {
      release?.();
    } catch (thrown) {
      note.releaseFailure = thrown;
    }
  }
}

const CASES: Readonly<Record<string, Case>> = {
  async "has what comes, in order, each record once"(trial) {
    await trial.start();
    await trial.bringAll();
    if (trial.under.repeats !== true) for (let i = 0; i < 3; i++) await trial.tick();
    assert.deepStrictEqual(trial.records, trial.sent);
  },

  async "has an RDD in each batch, without records where nothing has come"(trial) {
    await trial.start();
    if (trial.under.repeats !== true) {
      await trial.tick();
      assert.deepStrictEqual(trial.records, []);
    }
    await trial.bring(0);
    for (const { batch, time } of trial.planned)
      assert.ok(batch?.rdd !== undefined, `no RDD in the batch of ${time} ms`);
  },

  async "has the same records in a batch each time it is computed, also after later batches"(trial) {
    await trial.start();
    const first: { readonly rdd: RDD<unknown>; readonly records: unknown[] }[] = [];
    const compute = async () => {
      const { batch } = trial.planned.at(-1)!;
      const [records, again] = [await batch!.rdd.collect(), await batch!.rdd.collect()];
      assert.deepStrictEqual(again, records);
      first.push({ rdd: batch!.rdd, records });
    };
    for (let i = 0; i < trial.under.batches.length; i++) {
      await trial.bring(i);
      await compute();
    }
    for (const { rdd, records } of first) assert.deepStrictEqual(await rdd.collect(), records);
  },

  async "says how many records a batch has, as listeners are told"(trial) {
    await trial.start();
    await trial.bringAll();
    for (const { time, batch, numRecords } of trial.planned) {
      const count = await batch!.rdd.count();
      if (trial.under.counts === false)
        assert.ok(numRecords === undefined || numRecords === 0, `numRecords is ${numRecords}`);
      else assert.equal(numRecords, count, `numRecords of the batch of ${time} ms`);
      assert.equal(trial.infos.get(time)?.numRecords, numRecords);
    }
  },

  async "tells of its batches in plain data, with a description"(trial) {
    await trial.start();
    await trial.bringAll();
    for (const info of trial.infos.values()) {
      if (info === undefined) continue;
      assert.deepStrictEqual(structuredClone(info.metadata), info.metadata);
      assert.equal(typeof info.metadata.Description, "string");
    }
  },

  async "has a name and the number of its stream"(trial) {
    const { ssc } = trial.tester;
    assert.ok(typeof trial.input.name === "string" && trial.input.name.trim() !== "", "it has no name");
    const other = ssc.queueStream([]);
    assert.equal((other.node as unknown as { readonly input: InputDStream<unknown> }).input.id, trial.input.id + 1);
    await trial.start();
    await trial.bring(0);
    assert.equal(trial.input.id, 0);
  },

  async "stops with its context, and leaves nothing open"({ under, tester, patience }) {
    await tester.start();
    await tester.advance(BATCH_MS);
    await tester.stop();
    await tester.stop();
    await patience.until(() => (under.open?.() ?? 0) === 0, "what the input has opened is open after the stop");
  },

  async "can be stopped where it has not been started"(trial) {
    await trial.input.stop();
    assert.equal(trial.under.open?.() ?? 0, 0);
  },

  async "frees each batch once, while later ones can still be read"(trial) {
    await trial.start();
    await trial.bringAll();
    const [first, ...others] = trial.planned.filter(({ batch }) => batch !== undefined);
    const expected = await Promise.all(others.map(({ batch }) => batch!.rdd.collect()));
    // As long as all is remembered, and one batch more.
    while (first!.releases === 0) await trial.tick();
    const newest = trial.planned.at(-1)!;
    await newest.batch!.rdd.collect();
    const last = others.at(-1);
    if (last !== undefined && last.releases === 0)
      assert.deepStrictEqual(await last.batch!.rdd.collect(), expected.at(-1));
    await trial.tester.stop();
    for (const { time, releases, releaseFailure } of trial.planned) {
      assert.equal(releases, 1, `the batch of ${time} ms was freed ${releases} times`);
      assert.equal(releaseFailure, undefined, `the release of the batch of ${time} ms threw: ${releaseFailure}`);
    }
  },

  async [RATE_CASE](trial) {
    await trial.start();
    const { flood } = trial.under;
    if (flood === undefined) {
      await trial.bringAll();
      return;
    }
    await flood();
    const seconds = () => (trial.planned.length * BATCH_MS) / 1000;
    await trial.until(() => trial.records.length > 0, "nothing came");
    for (let i = 0; i < 5; i++) {
      const before = trial.records.length;
      await trial.until(() => trial.records.length > before, "it did not go on");
      // A second's worth may have been saved up.
      const most = MAX_RATE * (seconds() + 1);
      assert.ok(
        trial.records.length <= most,
        `${trial.records.length} records in ${seconds()} s, of ${MAX_RATE} a second`,
      );
    }
  },
};
