/** The configuration keys, by Spark's names: the table that docs and checks are made of. */

export type Kind =
  | "string"
  | "integer"
  | "number"
  | "limit"
  | "boolean"
  | "duration"
  | "bytes"
  | "pattern"
  | "log level";

export interface ConfKey {
  readonly kind: Kind;
  /** What a number alone means in a duration: milliseconds, unless said. */
  readonly numberUnit?: "s";
  /** A name that the key had before, and still may have. */
  readonly oldName?: string;
  /** As one would write it; undefined where the doc says what stands in. */
  readonly default: string | undefined;
  readonly doc: string;
}

/** Every key that does something: its kind, its default and one line of documentation. */
export const CONF_KEYS = {
  "spark.app.name": {
    kind: "string",
    default: "millrace",
    doc: "The program's name, in listener events and messages.",
  },
  "spark.master": {
    kind: "string",
    default: "local[*]",
    doc: "The engine: local, local[N], local[N, F] (a task may fail F times) or local[*].",
  },
  "spark.log.level": {
    kind: "log level",
    default: undefined,
    doc: "ALL, TRACE, DEBUG, INFO, WARN, ERROR, FATAL or OFF, as by setLogLevel(). Default: what LogTape is configured to for millrace, else WARN.",
  },
  "spark.default.parallelism": {
    kind: "integer",
    default: undefined,
    doc: "Partitions where nothing says how many. Default: the number of executor threads, or the largest input's.",
  },
  "spark.executor.memory": {
    kind: "bytes",
    default: undefined,
    doc: "The JavaScript heap of each executor thread. Default: 60 % of the machine's memory for all threads together, at most 4g each.",
  },
  "spark.ui.showConsoleProgress": {
    kind: "boolean",
    default: "true",
    doc: "Whether a terminal shows a progress line for stages that take longer than half a second.",
  },
  "spark.local.dir": {
    kind: "string",
    default: undefined,
    doc: "Where files go that are not to outlive the context: state, and received, shuffled and persisted data that memory has no room for. Default: the system's directory for temporary files.",
  },
  "spark.streaming.checkpoint.directory": {
    kind: "string",
    default: undefined,
    doc: "Where the state of streams is written as it changes. Default: below spark.local.dir, and removed when the context stops.",
  },
  "spark.ui.enabled": {
    kind: "boolean",
    default: "true",
    doc: "Whether a context has a live page (its address: sc.uiWebUrl).",
  },
  "spark.ui.port": {
    kind: "integer",
    default: "4040",
    doc: "The port of the live page, or the first that is tried; 0 for any that is free.",
  },
  "spark.port.maxRetries": {
    kind: "integer",
    default: "16",
    doc: "How many ports after the first are tried, one after the other, where it is taken.",
  },
  "spark.driver.bindAddress": {
    kind: "string",
    default: "127.0.0.1",
    doc: "The address that the live page is served on. One that other machines reach needs millrace.ui.token.",
  },
  "spark.ui.retainedJobs": {
    kind: "integer",
    default: "1000",
    doc: "How many jobs the live page remembers.",
  },
  "spark.ui.retainedStages": {
    kind: "integer",
    default: "1000",
    doc: "How many stages the live page remembers.",
  },
  "spark.ui.retainedTasks": {
    kind: "integer",
    default: "100000",
    doc: "How many tasks the live page remembers, of all stages together.",
  },
  "spark.ui.retainedDeadExecutors": {
    kind: "integer",
    default: "100",
    doc: "How many executors that have ended the live page remembers.",
  },
  "spark.redaction.regex": {
    kind: "pattern",
    default: "(?i)secret|password|token|access[.]?key",
    doc: "Settings and properties whose key or value this matches are shown without their value.",
  },
  "spark.streaming.ui.retainedBatches": {
    kind: "integer",
    default: "1000",
    doc: "How many completed batches the live page remembers.",
  },
  "spark.streaming.backpressure.enabled": {
    kind: "boolean",
    default: "true",
    doc: "Whether receivers are slowed to what the program can do, by the rate estimator, and wait while several batches wait; Spark: false.",
  },
  "spark.streaming.backpressure.initialRate": {
    kind: "integer",
    default: undefined,
    doc: "Records a second of a receiver before a batch has told how fast the program is. Default: 10000, or maxRate if that is less.",
  },
  "spark.streaming.backpressure.rateEstimator": {
    kind: "string",
    default: "pid",
    doc: "What estimates how fast receivers may be: pid.",
  },
  "spark.streaming.backpressure.pid.proportional": {
    kind: "number",
    default: "1.0",
    doc: "How much of the difference between the last rate and the processing rate is corrected at once.",
  },
  "spark.streaming.backpressure.pid.integral": {
    kind: "number",
    default: "0.2",
    doc: "How much of what has piled up, by the scheduling delay, is corrected in a batch.",
  },
  "spark.streaming.backpressure.pid.derived": {
    kind: "number",
    default: "0.0",
    doc: "How much the rate heeds how fast that difference changes.",
  },
  "spark.streaming.backpressure.pid.minRate": {
    kind: "number",
    default: "100",
    doc: "Records a second that the estimator leaves a receiver at least; more than 0.",
  },
  "spark.streaming.blockInterval": {
    kind: "duration",
    default: undefined,
    doc: "Received data is cut into blocks at least this often. Default: 200 ms or the batch duration, if that is smaller.",
  },
  "spark.streaming.blockQueueSize": {
    kind: "integer",
    default: "10",
    doc: "As many blocks of a receiver may wait for the driver to take note of them; then store() makes the receiver wait.",
  },
  "spark.streaming.fileStream.minRememberDuration": {
    kind: "duration",
    numberUnit: "s",
    oldName: "spark.streaming.minRememberDuration",
    default: "60s",
    doc: "How old a file may be when a file stream finds it, rounded up to whole batches; so long it remembers what it has taken.",
  },
  "spark.streaming.receiver.blockStoreTimeout": {
    kind: "duration",
    numberUnit: "s",
    default: "30s",
    doc: "How long store() of several records waits for the driver to take note of the block before it fails.",
  },
  "spark.streaming.receiver.maxRate": {
    kind: "limit",
    default: undefined,
    doc: "Single records that a receiver may take in a second. Default: no limit. 0 or less means no limit, too.",
  },
  "spark.streaming.receiverRestartDelay": {
    kind: "duration",
    default: "2000ms",
    doc: "How long until a receiver connects again, or is started again after it has failed or stopped.",
  },
  "spark.streaming.concurrentJobs": {
    kind: "integer",
    default: "1",
    doc: "Output operations that run at once, of one batch or of several. More than 1 gives up that batches and outputs run in order.",
  },
  "spark.streaming.gracefulStopTimeout": {
    kind: "duration",
    default: undefined,
    doc: "How long a graceful stop waits for the last batch to come. Default: 10 batch durations. What is planned by then still runs, for an hour at most.",
  },
  "spark.streaming.stopGracefullyOnShutdown": {
    kind: "boolean",
    default: "false",
    doc: "Whether SIGINT and SIGTERM stop the StreamingContext gracefully before they end the process; a second one ends it at once.",
  },
  "spark.streaming.unpersist": {
    kind: "boolean",
    default: "true",
    doc: "Whether what streams have persisted and received is freed when no stream needs it. If not, when no RDD of the program can reach it.",
  },
  "spark.streaming.stopSparkContextByDefault": {
    kind: "boolean",
    default: "true",
    doc: "Whether StreamingContext.stop() stops the SparkContext too where the call does not say.",
  },
  "millrace.block.memory": {
    kind: "bytes",
    default: "1g",
    doc: "Shared memory for shuffle output and persisted partitions, in each executor thread. When seven eighths are in use, shuffle output goes to files; when three quarters are, so do persisted partitions, at storage levels with disk.",
  },
  "millrace.state.asSpark": {
    kind: "boolean",
    default: "false",
    doc: "Whether keys of mapWithState time out, and all of its state is written, only in every tenth batch, as in Spark, instead of when a key is due and as keys change.",
  },
  "millrace.state.store": {
    kind: "string",
    default: "memory",
    doc: "Where the state of streams is kept while they run: memory, or lmdb, in files, for state that is larger (needs the package lmdb). The stateStore of a StreamingContext takes its place.",
  },
  "millrace.state.compactAfter": {
    kind: "bytes",
    default: "4m",
    doc: "The files of a partition's state are compacted when more than this has been added to them, and more than twice what they hold.",
  },
  "millrace.task.killGrace": {
    kind: "duration",
    default: "2s",
    doc: "A cancelled task that still runs after this long has its thread ended and replaced.",
  },
  "millrace.task.together": {
    kind: "duration",
    default: "2ms",
    doc: "While the stages of an output operation take less than this, all their tasks together, one thread runs them, one after the other: waking another takes as long. States whose batches are as short are gathered in it, and the batch is one message. 0 for never.",
  },
  "millrace.receiver.memory": {
    kind: "bytes",
    default: undefined,
    doc: "Received data held in memory. When it is used up, further blocks go to files below spark.local.dir, or, of receivers at a storage level without disk, the sender waits. Default: 256m, or a tenth of the machine's memory, if that is less.",
  },
  "millrace.receiver.diskReserve": {
    kind: "bytes",
    default: undefined,
    doc: "What files of received data leave of the disk to others; when no more is left, receivers wait. Default: 1g, or a twentieth of the disk, if that is less.",
  },
  "millrace.receiver.maxLineBytes": {
    kind: "bytes",
    default: "1m",
    doc: "A received line longer than this is dropped, and counted.",
  },
  "millrace.receiver.maxBlockBytes": {
    kind: "bytes",
    default: "64m",
    doc: "A block of a rawSocketStream that says that it is longer ends its connection.",
  },
  "millrace.ui.token": {
    kind: "string",
    default: undefined,
    doc: "What everyone must show who asks for the live page. Default: nothing, which only a page that other machines cannot reach may do.",
  },
  "millrace.ui.allowedHosts": {
    kind: "string",
    default: undefined,
    doc: "Names, with commas between, under which the live page may be asked for, beside localhost and addresses.",
  },
  "millrace.ui.updateInterval": {
    kind: "duration",
    default: "500ms",
    doc: "The live page is told of what has changed at most this often.",
  },
} as const satisfies Record<string, ConfKey>;

/** Old names of keys, and the new ones. */
export const OLD_NAMES: ReadonlyMap<string, keyof typeof CONF_KEYS> = new Map(
  Object.entries(CONF_KEYS).flatMap(([key, { oldName }]: [string, ConfKey]) =>
    oldName === undefined ? [] : [[oldName, key as keyof typeof CONF_KEYS]],
  ),
);

/** Keys of Spark's that do nothing here, and why. Setting one warns once. */
export const INERT_KEYS: Readonly<Record<string, string>> = {
  ...keysFor("there is no JVM", [
    "spark.serializer",
    "spark.kryoserializer.buffer",
    "spark.driver.memory",
    "spark.driver.cores",
  ]),
  ...keysFor("local masters try a task once; local[N, F] tries it F times", ["spark.task.maxFailures"]),
  ...keysFor("millrace does not have it yet", [
    "spark.speculation",
    "spark.streaming.driver.writeAheadLog.allowBatching",
    "spark.streaming.driver.writeAheadLog.batchingTimeout",
    "spark.streaming.driver.writeAheadLog.class",
    "spark.streaming.driver.writeAheadLog.closeFileAfterWrite",
    "spark.streaming.driver.writeAheadLog.maxFailures",
    "spark.streaming.driver.writeAheadLog.rollingIntervalSecs",
    "spark.streaming.dynamicAllocation.enabled",
    "spark.streaming.dynamicAllocation.maxExecutors",
    "spark.streaming.dynamicAllocation.minExecutors",
    "spark.streaming.dynamicAllocation.scalingDownRatio",
    "spark.streaming.dynamicAllocation.scalingInterval",
    "spark.streaming.dynamicAllocation.scalingUpRatio",
    "spark.streaming.kafka.allowNonConsecutiveOffsets",
    "spark.streaming.kafka.consumer.cache.enabled",
    "spark.streaming.kafka.consumer.cache.initialCapacity",
    "spark.streaming.kafka.consumer.cache.loadFactor",
    "spark.streaming.kafka.consumer.cache.maxCapacity",
    "spark.streaming.kafka.consumer.poll.ms",
    "spark.streaming.kafka.maxRatePerPartition",
    "spark.streaming.kafka.minRatePerPartition",
    "spark.streaming.receiver.writeAheadLog.class",
    "spark.streaming.receiver.writeAheadLog.closeFileAfterWrite",
    "spark.streaming.receiver.writeAheadLog.enable",
    "spark.streaming.receiver.writeAheadLog.maxFailures",
    "spark.streaming.receiver.writeAheadLog.rollingIntervalSecs",
    "spark.streaming.sessionByKey.deltaChainThreshold",
  ]),
  ...keysFor("tests hand a clock to the context instead: see StreamTester and ManualClock in millrace/testing", [
    "spark.streaming.clock",
    "spark.streaming.manualClock.jump",
  ]),
};

function keysFor(reason: string, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, reason]));
}
