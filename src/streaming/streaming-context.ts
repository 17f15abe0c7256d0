import { driverOnly } from "../closure/driver-only.ts";
import { CallSite } from "../core/call-site.ts";
import { Duration, type DurationLike } from "../core/duration.ts";
import { givenDuration } from "../core/given-duration.ts";
import { ListenerBus } from "../core/listener-bus.ts";
import type { Time } from "../core/time.ts";
import { describeThrown, isMillraceError, MillraceError } from "../errors.ts";
import { Logger } from "../platform/log.ts";
import { lazyModule } from "../platform/own-modules.ts";
import type { UserFunction } from "../rdd/plan.ts";
import { userFunction } from "../rdd/rdd-base.ts";
import { SparkContext, type SparkContextOptions } from "../spark-context.ts";
import type { StateStoreProvider } from "../state/state-store.ts";
import type { StateStreamNode, StreamNode, TransformFunction } from "./dstream/stream-node.ts";
import { DStream } from "./dstream.ts";
import { driverFunction, sameContext } from "./dstream-base.ts";
import { DStreamGraph } from "./dstream-graph.ts";
import type { RddResult, RddsOf, RecordOf } from "./dstream-transformations.ts";
import { CallbackMarker } from "./scheduler/callback-marker.ts";
import type { PostEvent, StreamingListener } from "./scheduler/streaming-listener.ts";
import { stopOnShutdown } from "./shutdown-hook.ts";
import { MapWithStateDStream } from "./state/map-with-state-dstream.ts";
import { StreamingInputs } from "./streaming-inputs.ts";
import type { StreamingRun } from "./streaming-run.ts";
import { Termination } from "./termination.ts";
import type { TextSink } from "./text-sink.ts";

const nodes = lazyModule<typeof import("./dstream/index.ts")>(import.meta.url, "./dstream/index.ts");

const logs = lazyModule<typeof import("./scheduler/batch-log.ts")>(import.meta.url, "./scheduler/batch-log.ts");

const running = lazyModule<typeof import("./streaming-run.ts")>(import.meta.url, "./streaming-run.ts");

export interface StreamingSettings {
  /** Where `print()` writes; the global `console` by default. What fails goes to the log. */
  readonly console?: TextSink;
  /**
   * Opens the stores that states are kept in while the streams run, one for each partition, in place of what `millrace.state.store`
   * names. `testStateStore` of `millrace/testing` says what a store must do.
   */
  readonly stateStore?: StateStoreProvider;
}

export interface StreamingContextOptions extends SparkContextOptions, StreamingSettings {
  /** The time between two batches: `"1 second"`, `Seconds(1)`, or a number of milliseconds. */
  readonly batchDuration: DurationLike;
}

export interface StopOptions {
  /** Whether the SparkContext stops too; by default as `spark.streaming.stopSparkContextByDefault` says. */
  readonly stopSparkContext?: boolean;
  /** Receive no more, let one more tick come, and process all that waits. By default what waits is dropped. */
  readonly stopGracefully?: boolean;
}

export type StreamingContextState = "INITIALIZED" | "ACTIVE" | "STOPPED";

const logger = new Logger("JobScheduler");

/** @internal What is called with each context that starts, and what it returns when that has stopped; the layers above add to it. */
export const streamingAttachments: ((context: StreamingContext) => (() => void) | undefined)[] = [];

/** Spark allows one in a JVM; a process has one here. */
let activeContext: StreamingContext | undefined;

/**
 * The entry point of streaming: makes input streams, and runs what is built on them, a batch at a time.
 *
 * ```text
 * INITIALIZED --start()--> ACTIVE --stop()--> STOPPED          streams and outputs are defined while INITIALIZED
 * ```
 *
 * Batches lie on a grid: the first is at the next multiple of the batch duration since the epoch, and a batch's time
 * is the end of the interval whose input it has. While it is ACTIVE the process stays alive.
 *
 * @example
 * ```ts no-run
 * import { StreamingContext } from "millrace";
 *
 * const ssc = new StreamingContext({ master: "local[*]", appName: "word count", batchDuration: "1 second" });
 * ssc.socketTextStream("localhost", 9999)
 *   .flatMap((line) => line.split(" "))
 *   .map((word) => [word, 1])
 *   .reduceByKeyAndWindow((a, b) => a + b, "30 seconds", "10 seconds")
 *   .print();
 * await ssc.start();
 * await ssc.awaitTermination();
 * ```
 */
export class StreamingContext extends StreamingInputs {
  readonly sparkContext: SparkContext;
  readonly batchDuration: Duration;
  /** The program's streams by what they stand for. */
  readonly #facades = new WeakMap<StreamNode, DStream<unknown>>();
  /** @internal */
  readonly graph = new DStreamGraph();
  /** @internal */
  readonly sink: TextSink;
  readonly #stateStore: UserFunction | undefined;
  readonly #marker = new CallbackMarker();
  readonly #bus = new ListenerBus<StreamingListener>((error, method) => {
    logger.error(`a listener's ${method} threw: ${textOf(error)}`, "LISTENER_FAILED");
  });
  readonly #termination: Termination;
  #state: StreamingContextState = "INITIALIZED";
  #starting: Promise<StreamingRun> | undefined;
  #stopping: Promise<void> | undefined;
  #run: StreamingRun | undefined;
  #detach: (() => void)[] = [];

  /**
   * Throws `INVALID_DURATION`, what operators throw of a function that cannot travel, and what the constructor of SparkContext throws.
   */
  constructor(options: StreamingContextOptions);
  /** Builds on a SparkContext that there is, and uses its clock. Throws `CONTEXT_STOPPED` when that has been stopped. */
  constructor(sparkContext: SparkContext, batchDuration: DurationLike, settings?: StreamingSettings);
  constructor(
    given: SparkContext | StreamingContextOptions,
    batchDuration?: DurationLike,
    settings?: StreamingSettings,
  ) {
    super();
    const options = given instanceof SparkContext ? { ...settings, batchDuration: batchDuration! } : given;
    // Before a SparkContext is made, which would have to be stopped.
    this.batchDuration = positive(Duration.of(options.batchDuration));
    this.sink = options.console ?? console;
    this.#stateStore = options.stateStore && userFunction(options.stateStore, new CallSite("StreamingContext"));
    this.sparkContext = given instanceof SparkContext ? given : new SparkContext(given);
    this.#termination = new Termination(this.sparkContext.clock);
    this.#checkSparkContext();
  }

  /** The context of this process that is ACTIVE, if there is one. */
  static getActive(): StreamingContext | undefined {
    return activeContext?.getState() === "ACTIVE" ? activeContext : undefined;
  }

  /**
   * The context of this process that is ACTIVE, or else what `create` makes.
   *
   * @example
   * ```ts
   * import { StreamingContext } from "millrace";
   *
   * const ssc = StreamingContext.getActiveOrCreate(
   *   () => new StreamingContext({ master: "local", batchDuration: "1 second" }),
   * );
   * await ssc.stop();
   * ```
   */
  static getActiveOrCreate(create: () => StreamingContext): StreamingContext {
    return StreamingContext.getActive() ?? create();
  }

  getState(): StreamingContextState {
    return this.#state;
  }

  /** The records of all `streams`, one stream after the other; all must have the same slide duration. */
  union<S extends DStream<unknown>>(streams: readonly S[]): DStream<RecordOf<S>> {
    const site = new CallSite("union");
    sameContext(streams, site);
    return this.dstream(
      nodes().unioned(
        streams.map(({ node }) => node),
        site,
      ),
    );
  }

  /**
   * Whatever `f` makes, on the driver, of the RDDs that `streams` have at the same time, in the same order. See
   * {@link DStream.transform}.
   *
   * @example
   * ```ts
   * import { StreamTester } from "millrace/testing";
   *
   * const tester = new StreamTester({ batchDuration: "1 second" });
   * const readings = tester.input([[["CDG", -2], ["NCE", 14]] as [string, number][]]);
   * const closed = tester.input([["CDG"]]);
   * const open = tester.ssc.transform([readings, closed], ([rdd, airports]) =>
   *   rdd.subtractByKey(airports.map((airport) => [airport, true])),
   * );
   * const { records } = tester.output(open);
   * await tester.start();
   * await tester.advance("1 second");
   * console.log(records[0]); // [ [ 'NCE', 14 ] ]
   * await tester.stop();
   * ```
   */
  transform<S extends readonly DStream<unknown>[] | [], U>(
    streams: S,
    f: (rdds: RddsOf<S>, time: Time) => RddResult<U>,
  ): DStream<U> {
    const site = new CallSite("transform");
    driverFunction(f, site);
    sameContext(streams, site);
    return this.dstream(
      nodes().transformed(
        streams.map(({ node }) => node),
        f as unknown as TransformFunction,
        site,
      ),
    );
  }

  /**
   * Makes every stream keep the RDDs of its batches for at least `duration`, for jobs that the program runs on them beside
   * the batches. By default each is kept as long as other streams need it. Once only.
   */
  remember(duration: DurationLike): void {
    const site = new CallSite("remember");
    this.graph.remember(positive(givenDuration(duration, site)).milliseconds, site);
  }

  addStreamingListener(listener: StreamingListener): void {
    this.#bus.add(listener);
  }

  removeStreamingListener(listener: StreamingListener): void {
    this.#bus.remove(listener);
  }

  /**
   * Takes the values that functions have captured, starts the receivers, and begins to tick. Does nothing while ACTIVE.
   * Throws `NO_OUTPUT_OPERATION` when there is nothing to compute, and `CONTEXT_STATE` when this context has been stopped
   * or another is ACTIVE. A context that fails to start is STOPPED.
   */
  async start(): Promise<void> {
    if (this.#state === "STOPPED" || this.#stopping !== undefined) {
      throw new MillraceError("CONTEXT_STATE", "the StreamingContext has been stopped and cannot start again", {
        remedy: "Make a new one; it may be on the same SparkContext.",
      });
    }
    if (this.#starting === undefined && activeContext !== undefined) {
      throw new MillraceError("CONTEXT_STATE", "another StreamingContext is ACTIVE, and a process can have one only", {
        remedy: "Stop it first, or build both programs on one context.",
      });
    }
    this.#starting ??= this.#start();
    await this.#starting;
  }

  /** Resolves when the context has stopped. Rejects with the first error of a batch, which does not stop the context. */
  awaitTermination(): Promise<void> {
    return this.#termination.wait();
  }

  /** As {@link awaitTermination}, but no longer than `timeout`. Resolves to whether the context has stopped. */
  awaitTerminationOrTimeout(timeout: DurationLike): Promise<boolean> {
    return this.#termination.waitAtMost(Duration.of(timeout).milliseconds);
  }

  /**
   * Stops the context; it may be called at any time, and again. Resolves when it is STOPPED: the output that is running is
   * awaited for two seconds at most, batches that wait are dropped.
   *
   * With `stopGracefully` nothing that has been received is lost, as in Spark: receivers stop first; then one more tick is
   * awaited, whose batch has what they leave, for `spark.streaming.gracefulStopTimeout` at most; then all batches are
   * processed, for an hour at most. What a window or a slide would only have shown at a later tick is not.
   *
   * An output operation may call it; then it resolves at once, and the context stops when that operation has ended.
   * A listener may not: `CONTEXT_STATE`.
   */
  stop({ stopSparkContext, stopGracefully = false }: StopOptions = {}): Promise<void> {
    const caller = this.#marker.present;
    if (caller === "listener") {
      throw new MillraceError("CONTEXT_STATE", "a StreamingListener called stop()", {
        remedy: "Let the listener resolve a promise that the program awaits, and stop after it.",
      });
    }
    this.#stopping ??= this.#stop(stopGracefully);
    const stopped = this.#stopping.then(async () => {
      if (stopSparkContext ?? this.sparkContext.conf.value("spark.streaming.stopSparkContextByDefault"))
        await this.sparkContext.stop();
    });
    if (caller === undefined) return stopped;
    stopped.catch((error: unknown) => this.#report(error));
    return Promise.resolve();
  }

  /** What a closure that captured this context is told. */
  [Symbol.for("millrace.ship")](): never {
    return driverOnly("StreamingContext");
  }

  /** @internal */
  dstream<T>(node: StreamNode): DStream<T> {
    this.graph.checkOpen(node.site);
    const stream = new DStream<T>(this, node);
    this.#facades.set(node, stream);
    return stream;
  }

  /** @internal */
  facade(node: StreamNode): DStream<unknown> {
    const known = this.#facades.get(node) ?? new DStream(this, node);
    this.#facades.set(node, known);
    return known;
  }

  /** @internal */
  mapWithStateDStream<K, S, U>(node: StateStreamNode): MapWithStateDStream<K, S, U> {
    this.graph.checkOpen(node.site);
    const stream = new MapWithStateDStream<K, S, U>(this, node);
    this.#facades.set(node, stream);
    return stream;
  }

  /** @internal What is at work while the context is ACTIVE. */
  get run(): StreamingRun | undefined {
    return this.#run;
  }

  async #start(): Promise<StreamingRun> {
    activeContext = this;
    this.graph.freeze();
    try {
      this.#checkSparkContext();
      const { BatchLog } = logs();
      this.#bus.add(new BatchLog(), BatchLog.hears);
      this.#detach = streamingAttachments.map((attach) => attach(this)).filter((detach) => detach !== undefined);
      this.#run = await running().startRun({
        sparkContext: this.sparkContext,
        graph: this.graph,
        stateStore: this.#stateStore,
        batchMs: this.batchDuration.milliseconds,
        marker: this.#marker,
        post: this.#post,
        onFailure: (error) => this.#report(error),
      });
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#state = "ACTIVE";
    const { clock } = this.sparkContext;
    for (const { life } of this.graph.outputs) life?.started(clock, this.batchDuration.milliseconds);
    if (this.sparkContext.conf.value("spark.streaming.stopGracefullyOnShutdown")) {
      this.#detach.push(stopOnShutdown(() => this.stop({ stopSparkContext: true, stopGracefully: true })));
    }
    this.#post("onStreamingStarted", () => ({ time: this.sparkContext.clock.now() }));
    return this.#run;
  }

  #checkSparkContext(): void {
    if (!this.sparkContext.isStopped) return;
    throw new MillraceError("CONTEXT_STOPPED", "the SparkContext of a StreamingContext has been stopped", {
      remedy: "Make a new SparkContext.",
    });
  }

  async #stop(gracefully: boolean): Promise<void> {
    this.graph.freeze();
    // A start that fails has told whoever called it, and has stopped what it started.
    const run = await this.#starting?.catch(() => undefined);
    for (const { life } of this.graph.outputs) life?.stopping();
    try {
      await run?.stop(gracefully);
    } finally {
      this.#end();
    }
  }

  #end(): void {
    this.#state = "STOPPED";
    this.#run = undefined;
    for (const detach of this.#detach) detach();
    if (activeContext === this) activeContext = undefined;
    this.#termination.stop();
    for (const { life } of this.graph.outputs) life?.ended();
  }

  #report(error: unknown): void {
    logger.error(`Error running job streaming job: ${textOf(error)}`, isMillraceError(error) ? error.code : undefined);
    this.#termination.fail(error);
  }

  readonly #post: PostEvent = (method, event) => {
    if (this.#bus.hears(method)) this.#marker.duringCall("listener", () => this.#bus.post(method, event()));
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : describeThrown(error);
}

function positive(duration: Duration): Duration {
  if (duration.milliseconds > 0) return duration;
  throw new MillraceError("INVALID_DURATION", `a duration of ${duration} is too short`, {
    remedy: "Use at least 1 ms.",
  });
}
