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
import { checkPartitions } from "./rdd/partitioner.ts";
import { nextPlanId, type PlanNode, type UserFunction } from "./rdd/plan.ts";
import { RDD } from "./rdd/rdd.ts";
import { type RddContext, userFunction } from "./rdd/rdd-base.ts";
import type { Shape } from "./rdd/shape.ts";
import type { Source } from "./rdd/source.ts";
import { parallelizeSource } from "./rdd/sources/parallelize.ts";
import { rangeSource } from "./rdd/sources/range.ts";
import { textFileSource } from "./rdd/sources/text-file.ts";
import type { ExecutorAdded, SparkListener } from "./rdd/spark-listener.ts";
import { SparkConf } from "./spark-conf.ts";

const logger = new Logger("SparkContext");

const engines = lazyModule<typeof import("./engine/start-engine.ts")>(import.meta.url, "./engine/start-engine.ts");
const settings = lazyModule<typeof import("./conf/program-conf.ts")>(import.meta.url, "./conf/program-conf.ts");
const closures = lazyModule<typeof import("./closure/shipped-closure.ts")>(
  import.meta.url,
  "./closure/shipped-closure.ts",
);
const objectFiles = lazyModule<typeof import("./rdd/sources/object-file.ts")>(
  import.meta.url,
  "./rdd/sources/object-file.ts",
);

export interface ObjectFileOptions {
  /** The classes whose instances the files hold. */
  readonly classes?: readonly (abstract new (
    ...args: never[]
  ) => unknown)[];
}

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
export class SparkContext implements RddContext {
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

  /**
   * An RDD of values that the driver has. Slice i of k holds elements [i·n/k, (i+1)·n/k) (S19).
   *
   * @param numSlices how many partitions; `defaultParallelism` by default
   */
  parallelize<T extends Shape>(data: Iterable<T>, numSlices: number = this.defaultParallelism): RDD<T> {
    const records = Array.from(data);
    return this.#source(
      parallelizeSource(records, checkPartitions(numSlices, "parallelize")),
      new CallSite("parallelize"),
    );
  }

  /** The numbers from `start` up to and without `end`, `step` apart; they are never held as an array. */
  range(start: number, end: number, step = 1, numSlices: number = this.defaultParallelism): RDD<number> {
    const site = new CallSite("range");
    if (!Number.isFinite(start) || !Number.isFinite(end) || !Number.isFinite(step) || step === 0) {
      throw new MillraceError(
        "INVALID_ARGUMENT",
        `range needs finite numbers and a step other than 0, not (${start}, ${end}, ${step})`,
        {
          operator: site.operator,
          site: site.location,
        },
      );
    }
    return this.#source(rangeSource(start, end, step, checkPartitions(numSlices, "range")), site);
  }

  /**
   * The lines of a file, of all files directly in a directory, or of all that a glob pattern matches (`logs/2026-*`,
   * `{a,b}/*.gz`, `logs/**`), in the order of their names; files and matches whose names begin with `.` or `_` are skipped.
   * Lines end with `\n` or `\r\n`; the text is UTF-8, and bytes that are not become U+FFFD. Large files are split. Files
   * that end in `.gz` are unpacked as they are read, each in one partition. The files are listed when the first job runs; a
   * path that cannot be read is `FILE_UNREADABLE` then.
   *
   * @param minPartitions splits wanted at least, where sizes allow; the smaller of `defaultParallelism` and 2 by default
   *
   * @example
   * ```ts no-run
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext();
   * console.log(await sc.textFile("logs").filter((line) => line.includes("ERROR")).count());
   * await sc.stop();
   * ```
   */
  textFile(path: string, minPartitions: number = Math.min(this.defaultParallelism, 2)): RDD<string> {
    return this.#source(textFileSource(path, checkPartitions(minPartitions, "textFile")), new CallSite("textFile"));
  }

  /**
   * The records that `saveAsObjectFile` has written: those of a file, of all files in a directory, or of all that a glob
   * pattern matches; a partition for each file. A file that is torn or damaged is `FILE_CORRUPT` when it is read.
   *
   * Instances keep their class. The process that wrote them knows it; another one names it: `classes`, which are found by
   * their names. One that is missing is `UNKNOWN_CLASS`.
   *
   * @example
   * ```ts no-run
   * import { SparkContext } from "millrace";
   *
   * class Reading {
   *   celsius = 0;
   *   get isHot(): boolean {
   *     return this.celsius > 600;
   *   }
   * }
   *
   * const sc = new SparkContext();
   * const readings = sc.objectFile<Reading>("readings", { classes: [Reading] });
   * console.log(await readings.filter((reading) => reading.isHot).count());
   * await sc.stop();
   * ```
   */
  objectFile<T>(path: string, { classes = [] }: ObjectFileOptions = {}): RDD<T> {
    const site = new CallSite("objectFile");
    for (const one of classes) userFunction(one, site);
    return this.#source(objectFiles().objectFileSource(path, classes), site);
  }

  /** An RDD without partitions. */
  emptyRDD<T>(): RDD<T> {
    return this.#source({ kind: "empty", partitions: () => [] }, new CallSite("emptyRDD"));
  }

  /** The records of all `rdds`, one RDD after the other. */
  union<T>(rdds: readonly RDD<T>[]): RDD<T> {
    if (rdds.length === 0) return this.emptyRDD();
    return this.rdd({
      type: "union",
      id: nextPlanId(),
      site: new CallSite("union"),
      parents: rdds.map(({ plan }) => plan),
    });
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

  /** @internal Frees what the jobs of a batch have left. */
  releaseBatch(scope: BatchScope): void {
    this.#engine.releaseBatch(scope);
  }

  /** What a closure that captured this context is told. */
  [Symbol.for("millrace.ship")](): never {
    return driverOnly("SparkContext");
  }

  #source<T>(source: Source, site: CallSite): RDD<T> {
    return this.rdd({ type: "source", id: nextPlanId(), site, source });
  }
}
