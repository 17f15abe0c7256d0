import { driverOnly } from "./closure/driver-only.ts";
import { CallSite } from "./core/call-site.ts";
import { ListenerBus } from "./core/listener-bus.ts";
import type { EmbeddedEngine } from "./engine/embedded/embedded-engine.ts";
import { MillraceError } from "./errors.ts";
import { type Clock, SystemClock } from "./platform/clock.ts";
import { LOG_LEVELS, Logger, type LogLevel, logLevelOf, setLogLevel } from "./platform/log.ts";
import { lazyModule } from "./platform/own-modules.ts";
import { CollectionAccumulator, NumberAccumulator } from "./rdd/accumulator.ts";
import { type Broadcast, DriverBroadcast } from "./rdd/broadcast.ts";
import type { BatchScope, Engine } from "./rdd/engine.ts";
import type { PlanNode, UserFunction } from "./rdd/plan.ts";
import { RDD } from "./rdd/rdd.ts";
import { RddInputs } from "./rdd/rdd-inputs.ts";
import type { ExecutorAdded, SparkListener } from "./rdd/spark-listener.ts";
import { SparkConf } from "./spark-conf.ts";

const logger = new Logger("SparkContext");

const engines = lazyModule<typeof import("./engine/start-engine.ts")>(import.meta.url, "./engine/start-engine.ts");
const settings = lazyModule<typeof import("./conf/program-conf.ts")>(import.meta.url, "./conf/program-conf.ts");
const closures = lazyModule<typeof import("./closure/shipped-closure.ts")>(
  import.meta.url,
  "./closure/shipped-closure.ts",
);

export interface SparkContextOptions {
  /**
   * `local` (the driver's own thread), `local[N]` (N executor threads) or `local[*]` (one for each core, the default). A task is
   * tried once; with `local[N, F]`, F times in all.
   */
  readonly master?: string;
  readonly appName?: string;
  /**
   * Further settings, by Spark's keys. `master` and `appName` here win over theirs. What is set neither here nor there may be
   * set by the variable `MILLRACE_CONF` (`key=value;key=value`), or else by the file `millrace.properties` in the working
   * directory, or the one that `MILLRACE_PROPERTIES` names.
   */
  readonly conf?: SparkConf | Readonly<Record<string, string | number | boolean>>;
  /** The clock of all that waits; tests turn one by hand. */
  readonly clock?: Clock;
}

/** What a layer above has attached to a context: it begins with the context, and ends with it. */
export interface ContextAttachment {
  /** Where the context is shown. */
  readonly uiWebUrl?: Promise<string>;
  stop(): Promise<void>;
}

/** @internal What is called with each new context; the layers above add to it. */
export const contextAttachments: ((context: SparkContext) => ContextAttachment | undefined)[] = [];

/**
 * The driver: makes RDDs and runs their jobs on an engine.
 *
 * @example
 * ```ts
 * import { SparkContext } from "millrace";
 *
 * const sc = new SparkContext({ master: "local[2]", appName: "sum" });
 * console.log(await sc.range(1, 1001).map((n) => n * n).reduce((a, b) => a + b));
 * await sc.stop();
 * ```
 */
export class SparkContext extends RddInputs {
  readonly conf: SparkConf;
  readonly master: string;
  readonly appName: string;
  /** Names this run of the program, as `local-1792134000010`. */
  readonly applicationId: string;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  /** @internal */
  readonly clock: Clock;
  readonly #engine: EmbeddedEngine;
  readonly #bus = new ListenerBus<SparkListener>((error, method) => {
    logger.error(`a listener's ${method} threw: ${error instanceof Error ? error.stack : error}`, "LISTENER_FAILED");
  });
  /** The values of broadcasts that nobody can read any more are freed on executors, too. */
  readonly #broadcasts = new FinalizationRegistry<number>((id) => this.#engine.dropBroadcast(id));
  readonly #attachments: readonly ContextAttachment[];
  #stopped: Promise<void> | undefined;

  constructor({ master, appName, conf, clock = new SystemClock() }: SparkContextOptions = {}) {
    super();
    this.conf = settings().programConf(conf instanceof SparkConf ? conf : new SparkConf(conf));
    this.master = master ?? this.conf.value("spark.master");
    this.appName = appName ?? this.conf.value("spark.app.name");
    this.clock = clock;
    const level = this.conf.value("spark.log.level");
    if (level !== undefined) setLogLevel(level);
    this.#engine = engines().startEngine({ master: this.master, conf: this.conf, clock, bus: this.#bus });
    this.startTime = clock.now();
    this.applicationId = `local-${Math.floor(this.startTime)}`;
    this.#attachments = contextAttachments.map((attach) => attach(this)).filter((one) => one !== undefined);
  }

  /** @internal */
  get engine(): Engine {
    return this.#engine;
  }

  /** @internal How many tasks run at a time. */
  get cores(): number {
    return this.#engine.slots;
  }

  /** @internal Those that are alive. */
  get executors(): readonly ExecutorAdded[] {
    return this.#engine.executors;
  }

  /**
   * The address of the live page, as `http://127.0.0.1:4040`, once it is served; undefined where `spark.ui.enabled` is
   * false. Rejects with `PORT_UNAVAILABLE` where it cannot be served, and with `CONTEXT_STOPPED` where the context has
   * stopped before.
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * console.log(`watch it at ${await sc.uiWebUrl}`);
   * await sc.stop();
   * ```
   */
  get uiWebUrl(): Promise<string> | undefined {
    return this.#attachments.find(({ uiWebUrl }) => uiWebUrl !== undefined)?.uiWebUrl;
  }

  /** Partitions where nothing else says how many: `spark.default.parallelism`, or the number of executor threads. */
  get defaultParallelism(): number {
    return this.#engine.defaultParallelism;
  }

  /** Whether tasks run on the driver's own thread (`master: "local"`). */
  get isLocal(): boolean {
    return this.master === "local";
  }

  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Cancels a job, by the id that listeners are told; it rejects with `JOB_CANCELLED`. A job that has ended stays as it is. */
  cancelJob(jobId: number, reason?: unknown): void {
    this.#engine.cancelJob(jobId, reason);
  }

  /** Cancels every job that runs. */
  cancelAllJobs(reason?: unknown): void {
    this.#engine.cancelAllJobs(reason);
  }

  /**
   * Ends an executor's thread, by the id that listeners are told; its task runs again on the thread that takes its place. For
   * tests of what a program does then. False where there is no such executor, as under `local`.
   */
  killExecutor(executorId: string): boolean {
    return this.#engine.killExecutor(executorId);
  }

  /**
   * A value that is sent to each executor thread once, however many functions use it; they read it as `.value`. It is taken
   * now: later changes on the driver are not seen.
   *
   * @throws {MillraceError} UNSHIPPABLE_CLOSURE or CONTEXT_IN_CLOSURE for what cannot travel
   */
  broadcast<T>(value: T): Broadcast<T> {
    const broadcast = new DriverBroadcast(value, (id) => this.#engine.dropBroadcast(id));
    this.captureClosure(broadcast.function, new CallSite("broadcast"));
    this.#broadcasts.register(broadcast, broadcast.id);
    return broadcast;
  }

  /** A sum of whole numbers that functions on executors add to, counted once for each task whose result counts. */
  longAccumulator(name?: string): NumberAccumulator {
    return new NumberAccumulator("long", name);
  }

  /** A sum of numbers that functions on executors add to, counted once for each task whose result counts. */
  doubleAccumulator(name?: string): NumberAccumulator {
    return new NumberAccumulator("double", name);
  }

  /** A list that functions on executors add to, counted once for each task whose result counts. */
  collectionAccumulator<T>(name?: string): CollectionAccumulator<T> {
    return new CollectionAccumulator(name);
  }

  addSparkListener(listener: SparkListener): void {
    this.#bus.add(listener);
  }

  removeSparkListener(listener: SparkListener): void {
    this.#bus.remove(listener);
  }

  /**
   * From now on, messages of a lower level are not written, wherever they go; as `spark.log.level` does from the start. As
   * in Spark it is one level for the whole process.
   *
   * Where nothing is set, warnings and errors go to stderr. A program that configures LogTape for the category `millrace`
   * gets the messages in the sinks, and of the levels, that it names there; each comes from a logger of Spark's name, as
   * `["millrace", "JobScheduler"]`.
   *
   * @throws {MillraceError} INVALID_ARGUMENT for what is no level
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local" });
   * sc.setLogLevel("ERROR");
   * await sc.stop();
   * ```
   */
  setLogLevel(logLevel: LogLevel): void {
    const level = logLevelOf(String(logLevel));
    if (level === undefined) {
      throw new MillraceError("INVALID_ARGUMENT", `there is no log level "${logLevel}"`, {
        remedy: `Use one of ${LOG_LEVELS.join(", ")}.`,
      });
    }
    setLogLevel(level);
  }

  /**
   * Ends the executors and frees what they hold. Jobs that run fail with `CONTEXT_STOPPED`, and so do later ones. May be
   * called again.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await this.#engine.stop();
    await Promise.all(this.#attachments.map((attachment) => attachment.stop()));
  }

  /** @internal */
  rdd<T>(plan: PlanNode): RDD<T> {
    return new RDD<T>(this, plan);
  }

  /** @internal Takes the values that a closure captures, now. */
  captureClosure(f: UserFunction, site: CallSite): void {
    closures().shipClosure(f, site);
  }

  /** What shuffle output and persisted partitions take up in shared memory. */
  get blocksInUse(): { readonly blocks: number; readonly bytes: number } {
    return this.#engine.blocksInUse;
  }

  /** @internal Runs an output operation of a batch; ends when the jobs have that it started. */
  inBatch<R>(scope: BatchScope, body: () => Promise<R>): Promise<R> {
    return this.#engine.inBatch(scope, body);
  }

  /** @internal RDDs that are made from now on may be those of a batch. */
  openBatches(): void {
    this.#engine.openBatches();
  }

  /** @internal Frees what the jobs of a batch have left. */
  releaseBatch(scope: BatchScope): void {
    this.#engine.releaseBatch(scope);
  }

  /** What a closure that captured this context is told. */
  [Symbol.for("millrace.ship")](): never {
    return driverOnly("SparkContext");
  }
}
