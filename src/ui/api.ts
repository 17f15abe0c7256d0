/**
 * What pages and REST clients are told: types only, which the pages import too.
 *
 * **REST** is below `/api/v1`, with Spark's paths and Spark's names. A field that is `?` is left out where there is nothing to say,
 * as Spark does. Beside Spark's fields are a few more, marked _millrace_. A point in time is a text as Spark writes it,
 * {@link SparkDate}; a field whose name ends in `Epoch`, and `batchId`, is milliseconds since the epoch. Durations are
 * milliseconds and have a fraction where it matters, since a batch may take less than one (Spark rounds them down).
 *
 * | path, after `/api/v1` | answer |
 * | --- | --- |
 * | `/version` | {@link VersionInfo} |
 * | `/applications`, `/applications/ID` | {@link ApplicationInfo}[], {@link ApplicationInfo} |
 *
 * and below `/applications/ID`:
 *
 * | path | answer |
 * | --- | --- |
 * | `/jobs?status=running`, `/jobs/JOB` | {@link JobData}[], newest first; {@link JobDetail} |
 * | `/stages?status=active`, `/stages/STAGE` | {@link StageData}[], newest first; {@link StageData}[] (its attempts) |
 * | `/stages/STAGE/ATTEMPT` | {@link StageDetail} |
 * | `/stages/STAGE/ATTEMPT/taskSummary?quantiles=0.5,0.95` | {@link TaskMetricDistributions} |
 * | `/stages/STAGE/ATTEMPT/taskList?offset=0&length=20&sortBy=-runtime&status=failed` | {@link TaskData}[] |
 * | `/executors`, `/allexecutors` | {@link ExecutorSummary}[]: those alive; all |
 * | `/storage/rdd`, `/storage/rdd/RDD` | {@link RDDStorageInfo}[], {@link RDDStorageInfo} with its partitions |
 * | `/environment` | {@link ApplicationEnvironmentInfo}, secrets redacted |
 * | `/streaming/statistics` | {@link StreamingStatistics} |
 * | `/streaming/receivers`, `/streaming/receivers/STREAM` | {@link ReceiverInfo}[], {@link ReceiverInfo} |
 * | `/streaming/batches?status=completed`, `/streaming/batches/BATCH` | {@link BatchInfo}[], newest first; {@link BatchDetail} |
 * | `/streaming/batches/BATCH/operations`, `.../operations/OP` | {@link OutputOperationInfo}[], {@link OutputOperationInfo} |
 * | `/events?topics=streaming,jobs/7` | server-sent events, see {@link LiveMessage} |
 *
 * What cannot be answered is an {@link ApiError} with the status 400, 401, 403, 404 or 503. The paths below `/streaming` are
 * 404 while no StreamingContext has started, and when it has stopped, as Spark's are.
 *
 * @module
 */
export type * from "./live-message.ts";
export type * from "./streaming-api.ts";

/** As Spark writes a point in time: `2015-02-03T16:42:40.000GMT`. `Date.parse` reads it with `Z` for `GMT`. */
export type SparkDate = string;

/** The body of every answer that is not a success. */
export interface ApiError {
  readonly status: number;
  /** A stable code: `NOT_FOUND`, `BAD_PARAMETER`, `FORBIDDEN`, `UNAUTHORIZED`. */
  readonly code: string;
  readonly message: string;
}

export interface VersionInfo {
  /** The version of Spark whose API this is. */
  readonly spark: string;
  /** _millrace_ */
  readonly millrace: string;
}

export interface ApplicationInfo {
  readonly id: string;
  readonly name: string;
  /** Executor threads, or 1 where tasks run on the driver's. */
  readonly coresGranted: number;
  readonly maxCores: number;
  readonly coresPerExecutor: number;
  /** One. */
  readonly attempts: readonly ApplicationAttemptInfo[];
}

export interface ApplicationAttemptInfo {
  readonly startTime: SparkDate;
  /** `1969-12-31T23:59:59.999GMT` while it runs, as in Spark. */
  readonly endTime: SparkDate;
  readonly lastUpdated: SparkDate;
  /** Milliseconds from its start until now. */
  readonly duration: number;
  readonly sparkUser: string;
  readonly completed: boolean;
  readonly appSparkVersion: string;
  readonly startTimeEpoch: number;
  readonly endTimeEpoch: number;
  readonly lastUpdatedEpoch: number;
}

// Jobs -------------------------------------------------------------------------------------------

export type JobStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "UNKNOWN";

export interface JobData {
  readonly jobId: number;
  /** The action and the line that called it, as `count at /app/program.ts:12:5`. */
  readonly name: string;
  /** Of a streaming job: the output operation and the batch, in words. */
  readonly description?: string | undefined;
  readonly submissionTime: SparkDate;
  readonly completionTime?: SparkDate | undefined;
  readonly stageIds: readonly number[];
  readonly jobTags: readonly string[];
  readonly status: JobStatus;
  /** Of all stages, with those that are skipped. */
  readonly numTasks: number;
  readonly numActiveTasks: number;
  readonly numCompletedTasks: number;
  readonly numSkippedTasks: number;
  readonly numFailedTasks: number;
  readonly numKilledTasks: number;
  readonly numCompletedIndices: number;
  readonly numActiveStages: number;
  readonly numCompletedStages: number;
  readonly numSkippedStages: number;
  readonly numFailedStages: number;
  /** _millrace_ Stages in all, with those that are skipped and those that have not begun: `stageIds` has those that have. */
  readonly numStages: number;
  /** _millrace_ The batch of a streaming job: its time, in milliseconds since the epoch. */
  readonly batchId?: number | undefined;
  /** _millrace_ The output operation of a streaming job. */
  readonly outputOpId?: number | undefined;
  /** _millrace_ Milliseconds from submission to completion, or until now. */
  readonly duration: number;
  /** _millrace_ Why a failed job failed: the error's text, which may have several lines. */
  readonly failureReason?: string | undefined;
}

/** _millrace_ A job with its stages; Spark's answer is the first part of it. */
export interface JobDetail extends JobData {
  /** Newest first; those that are no longer retained are missing. */
  readonly stages: readonly StageData[];
}

// Stages and tasks -------------------------------------------------------------------------------

export type StageStatus = "ACTIVE" | "COMPLETE" | "FAILED" | "PENDING" | "SKIPPED";

/** Sums over the tasks of a stage. Bytes are of encoded records. */
export interface StageData {
  readonly status: StageStatus;
  readonly stageId: number;
  /** 0: a stage that is run again is another stage here. */
  readonly attemptId: number;
  readonly numTasks: number;
  readonly numActiveTasks: number;
  readonly numCompleteTasks: number;
  readonly numFailedTasks: number;
  readonly numKilledTasks: number;
  readonly numCompletedIndices: number;
  readonly submissionTime?: SparkDate | undefined;
  readonly firstTaskLaunchedTime?: SparkDate | undefined;
  readonly completionTime?: SparkDate | undefined;
  /** The error's text; the first line says it in short. */
  readonly failureReason?: string | undefined;
  /** Milliseconds that executors worked on its tasks, in all. */
  readonly executorRunTime: number;
  readonly resultSize: number;
  readonly inputBytes: number;
  readonly inputRecords: number;
  readonly outputBytes: number;
  readonly outputRecords: number;
  readonly shuffleReadBytes: number;
  readonly shuffleReadRecords: number;
  readonly shuffleWriteBytes: number;
  readonly shuffleWriteRecords: number;
  /** The operator that ends it, and the line that called it. */
  readonly name: string;
  readonly description?: string | undefined;
  readonly details: string;
  readonly schedulingPool: string;
  readonly rddIds: readonly number[];
  /** _millrace_ */
  readonly jobId: number;
  /** _millrace_ Milliseconds from submission to completion, or until now. */
  readonly duration?: number | undefined;
  /** _millrace_ As in {@link JobData}. */
  readonly batchId?: number | undefined;
  /** _millrace_ */
  readonly outputOpId?: number | undefined;
}

export interface StageDetail extends StageData {
  /** By task id, as in Spark. At most `spark.ui.retainedTasks` are kept. */
  readonly tasks: Readonly<Record<string, TaskData>>;
  /** By executor id. */
  readonly executorSummary: Readonly<Record<string, ExecutorStageSummary>>;
}

export type TaskStatus = "RUNNING" | "SUCCESS" | "FAILED" | "KILLED" | "PENDING";

export interface TaskData {
  readonly taskId: number;
  readonly index: number;
  readonly attempt: number;
  readonly partitionId: number;
  readonly launchTime: SparkDate;
  /** Milliseconds from launch to end; until now where it runs. */
  readonly duration: number;
  readonly executorId: string;
  readonly host: string;
  readonly status: TaskStatus;
  readonly taskLocality: string;
  readonly speculative: boolean;
  readonly errorMessage?: string | undefined;
  /** Missing while it runs. */
  readonly taskMetrics?: TaskMetrics | undefined;
  /** What `duration` has beyond the time that the executor worked on it. */
  readonly schedulerDelay: number;
}

export interface TaskMetrics {
  /** Milliseconds that the executor worked on it. */
  readonly executorRunTime: number;
  /** Bytes of the records that it sent to the driver. */
  readonly resultSize: number;
  readonly inputMetrics: { readonly bytesRead: number; readonly recordsRead: number };
  readonly outputMetrics: { readonly bytesWritten: number; readonly recordsWritten: number };
  readonly shuffleReadMetrics: { readonly bytesRead: number; readonly recordsRead: number };
  readonly shuffleWriteMetrics: { readonly bytesWritten: number; readonly recordsWritten: number };
}

/** Each array has a value for each of `quantiles`, over the tasks that succeeded. */
export interface TaskMetricDistributions {
  readonly quantiles: readonly number[];
  readonly duration: readonly number[];
  readonly executorRunTime: readonly number[];
  readonly schedulerDelay: readonly number[];
  readonly resultSize: readonly number[];
  readonly inputMetrics: { readonly bytesRead: readonly number[]; readonly recordsRead: readonly number[] };
  readonly outputMetrics: { readonly bytesWritten: readonly number[]; readonly recordsWritten: readonly number[] };
  readonly shuffleReadMetrics: { readonly readBytes: readonly number[]; readonly readRecords: readonly number[] };
  readonly shuffleWriteMetrics: { readonly writeBytes: readonly number[]; readonly writeRecords: readonly number[] };
}

export interface ExecutorStageSummary {
  readonly taskTime: number;
  readonly failedTasks: number;
  readonly succeededTasks: number;
  readonly killedTasks: number;
  readonly inputBytes: number;
  readonly inputRecords: number;
  readonly outputBytes: number;
  readonly outputRecords: number;
  readonly shuffleRead: number;
  readonly shuffleReadRecords: number;
  readonly shuffleWrite: number;
  readonly shuffleWriteRecords: number;
}

// Executors, storage, environment ----------------------------------------------------------------

export interface ExecutorSummary {
  /** `driver`, or that of a thread. */
  readonly id: string;
  readonly hostPort: string;
  readonly isActive: boolean;
  /** Partitions of persisted RDDs that it holds, and their bytes. */
  readonly rddBlocks: number;
  readonly memoryUsed: number;
  readonly diskUsed: number;
  readonly totalCores: number;
  readonly maxTasks: number;
  readonly activeTasks: number;
  readonly failedTasks: number;
  readonly completedTasks: number;
  readonly totalTasks: number;
  /** Milliseconds that it worked on tasks. */
  readonly totalDuration: number;
  readonly totalInputBytes: number;
  readonly totalShuffleRead: number;
  readonly totalShuffleWrite: number;
  /** What it may use for shuffle output and persisted partitions. */
  readonly maxMemory: number;
  readonly addTime: SparkDate;
  readonly removeTime?: SparkDate | undefined;
  readonly removeReason?: string | undefined;
}

export interface RDDStorageInfo {
  readonly id: number;
  readonly name: string;
  readonly numPartitions: number;
  readonly numCachedPartitions: number;
  /** In words, as `Memory Serialized 1x Replicated`. */
  readonly storageLevel: string;
  readonly memoryUsed: number;
  readonly diskUsed: number;
  /** Of one RDD only. */
  readonly partitions?: readonly RDDPartitionInfo[] | undefined;
}

export interface RDDPartitionInfo {
  /** `rdd_12_0` */
  readonly blockName: string;
  readonly storageLevel: string;
  readonly memoryUsed: number;
  readonly diskUsed: number;
  readonly executors: readonly string[];
}

type Properties = readonly (readonly [key: string, value: string])[];

/** Values of keys that match `spark.redaction.regex` are `*********(redacted)`. */
export interface ApplicationEnvironmentInfo {
  readonly runtime: RuntimeInfo;
  /** What was set, by the program or around it. */
  readonly sparkProperties: Properties;
  readonly hadoopProperties: Properties;
  /** Environment and command line of the process. */
  readonly systemProperties: Properties;
  readonly metricsProperties: Properties;
  readonly classpathEntries: Properties;
}

export interface RuntimeInfo {
  /** Spark's fields, with what is in their place here. */
  readonly javaVersion: string;
  readonly javaHome: string;
  readonly scalaVersion: string;
  /** _millrace_ */
  readonly millraceVersion: string;
  readonly nodeVersion: string;
  readonly v8Version: string;
  readonly platform: string;
}
