import type { CallSite } from "../core/call-site.ts";
import type { Duration } from "../core/duration.ts";
import type { Time } from "../core/time.ts";
import { MillraceError } from "../errors.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { Shape } from "../rdd/shape.ts";
import type { RddSource } from "../rdd/source.ts";
import type { SparkContext } from "../spark-context.ts";
import type { RateController } from "./rate/rate-controller.ts";
import type { Receiver, ReceiverStreamOptions } from "./receiver/receiver.ts";

/** What an input gets of the context that it is started in. */
export interface InputContext {
  /** Makes the RDDs of its batches. */
  readonly sparkContext: SparkContext;
  readonly batchDuration: Duration;
  /** An RDD of a source, as `sparkContext.source` makes one; its errors name the line that made the stream. */
  source<T extends Shape, P extends Shape>(source: RddSource<T, P>): RDD<T>;
  /**
   * Runs a receiver for this input, from when the context has started to when it stops. Once only, and in {@link InputDStream.start}; later it
   * throws `CONTEXT_STATE`.
   */
  receive<T>(receiver: Receiver<T>, options?: ReceiverStreamOptions): ReceivedBatches<T>;
}

/** What a receiver stores, a batch at a time. */
export interface ReceivedBatches<T> {
  /** What has been stored since the batch before. At each tick, in order. */
  plan(time: Time): Promise<InputBatch<T>>;
  /** Tells the receiver how many single records a second it may store; undefined where backpressure is off. */
  readonly rateController: RateController | undefined;
}

/** The input of one batch. */
export interface InputBatch<T> {
  readonly rdd: RDD<T>;
  /** What listeners are told, and the rate controller; undefined where the number of records is not known without a job. */
  readonly numRecords?: number;
  /** What listeners are told besides, in {@link StreamInputInfo}; `Description` is for people. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Called, without `this`, when no stream needs the batch any more. It should not refer to the RDD, which may never go then. */
  readonly release?: () => void;
}

const ids = new WeakMap<InputDStream<unknown>, number>();

/**
 * Where the batches of an input stream come from: extend it for a source of one's own, and give an instance to `ssc.inputStream`.
 * All the streams that a context makes itself are made of such.
 *
 * ```text
 * start() -> plan(t1) -> plan(t2) -> ... -> stop()
 * ```
 *
 * It lives on the driver, and in one context only. For what has to be received all the time there is {@link Receiver}; an input that can look at
 * its source at each tick, as files or a log with offsets can be, needs none.
 *
 * @example
 * ```ts
 * import { type InputContext, InputDStream, StreamingContext } from "millrace";
 *
 * class Squares extends InputDStream<number> {
 *   #context!: InputContext;
 *   #next = 0;
 *
 *   override start(context: InputContext) {
 *     this.#context = context;
 *   }
 *
 *   plan() {
 *     const n = this.#next++;
 *     return { rdd: this.#context.sparkContext.parallelize([n * n]), numRecords: 1 };
 *   }
 * }
 *
 * const ssc = new StreamingContext({ master: "local", batchDuration: "10 ms" });
 * const three = Promise.withResolvers<void>();
 * ssc.inputStream(new Squares()).foreachRDD(async (rdd) => {
 *   if ((await rdd.first()) === 4) three.resolve();
 * });
 * await ssc.start();
 * await three.promise;
 * await ssc.stop();
 * ```
 */
export abstract class InputDStream<T> {
  /** For listeners, pages and messages: the class's name, unless it is overridden. */
  get name(): string {
    return this.constructor.name;
  }

  /** The number of the stream in its context, as listeners see it. Throws `CONTEXT_STATE` before it has been given to one. */
  get id(): number {
    const id = ids.get(this);
    if (id !== undefined) return id;
    throw new MillraceError("CONTEXT_STATE", `${this.name} has no id before it is given to ssc.inputStream`);
  }

  /** What tells the source how fast it may be, from how fast batches are processed; none unless it is overridden. Asked for once, after `start`. */
  get rateController(): RateController | undefined {
    return undefined;
  }

  /** Called once, when the context starts, if an output needs the stream. What it throws fails `ssc.start()`. */
  start(_context: InputContext): void | Promise<void> {}

  /** Called once, when the context stops and no more batches are planned, also where it has not been started. */
  stop(): void | Promise<void> {}

  /**
   * Settles the input of the batch at `time`, once and for all: the RDD may be computed more than once, and must be the same each time.
   * Called at each tick, one after the other, in the order of the batches, whether or not an output is due. Undefined means no RDD in
   * this batch, which some operators do not bear (S5). What it throws is the failure of the outputs that need it, in this batch.
   */
  abstract plan(time: Time): InputBatch<T> | undefined | Promise<InputBatch<T> | undefined>;
}

/** @internal The input becomes the stream `id` of a context. Throws `INVALID_ARGUMENT` if it is one already. */
export function attachInput(input: InputDStream<unknown>, id: number, site: CallSite): void {
  if (ids.has(input)) {
    throw new MillraceError("INVALID_ARGUMENT", `${input.name} is the input of a stream already`, {
      operator: site.operator,
      site: site.location,
      remedy: "Make another instance for another stream.",
    });
  }
  ids.set(input, id);
}
