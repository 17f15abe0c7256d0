import type { BatchScope } from "./engine.ts";
import type { StorageLevel } from "./storage-level.ts";
import type { TaskMetrics } from "./task-metrics.ts";

/** What happened to jobs, stages and tasks. Times are milliseconds since the epoch. */
export interface JobStart {
  readonly jobId: number;
  readonly time: number;
  /** The action and the line that called it. */
  readonly description: string;
  readonly batch: BatchScope | undefined;
}

/** What a job will take, once that is known. What is skipped has been computed by an earlier job. */
export interface JobPlanned {
  readonly jobId: number;
  /** With those that are skipped. */
  readonly numStages: number;
  readonly numTasks: number;
  readonly numSkippedStages: number;
  readonly numSkippedTasks: number;
}

export interface JobEnd {
  readonly jobId: number;
  readonly time: number;
  /** Undefined where the job succeeded. */
  readonly error: Error | undefined;
}

export interface StageInfo {
  readonly stageId: number;
  readonly jobId: number;
  /** The RDD whose partitions its tasks compute. */
  readonly rddId: number;
  /** The operator that ends the stage, and its line. */
  readonly name: string;
  readonly numTasks: number;
  readonly time: number;
  /** Set at completion, where the stage failed. */
  readonly failureReason: string | undefined;
}

export interface TaskInfo {
  readonly taskId: number;
  readonly stageId: number;
  readonly partition: number;
  readonly attempt: number;
  readonly executorId: string;
  readonly time: number;
}

export interface TaskEnd extends TaskInfo {
  /** How long the executor worked on it, in milliseconds. */
  readonly runMs: number;
  readonly failureReason: string | undefined;
  /** Whether it ended because its job was cancelled or had failed elsewhere. */
  readonly killed: boolean;
  /** Undefined where it failed. */
  readonly metrics: TaskMetrics | undefined;
}

/** An executor that takes tasks: a thread, or under `local` the driver. */
export interface ExecutorAdded {
  readonly executorId: string;
  readonly time: number;
  readonly host: string;
  /** How many tasks it runs at a time. */
  readonly totalCores: number;
  /** What shuffle output and persisted partitions may take up in it, in bytes. */
  readonly maxMemory: number;
}

export interface ExecutorRemoved {
  readonly executorId: string;
  readonly time: number;
  readonly reason: string;
}

/** A partition of a persisted RDD, as it has just been kept. */
export interface BlockUpdated {
  readonly rddId: number;
  /** The operator that made the RDD, and its line. */
  readonly name: string;
  readonly storageLevel: StorageLevel;
  readonly numPartitions: number;
  readonly partition: number;
  readonly executorId: string;
  /** Its bytes in memory. */
  readonly memSize: number;
  /** Its bytes in files. */
  readonly diskSize: number;
}

/** An RDD whose partitions are no longer kept. */
export interface RddUnpersisted {
  readonly rddId: number;
}

/**
 * Hears of the work of a SparkContext. Every method is optional. Methods are called on the driver, after the fact and in
 * order; what they throw is reported and changes nothing.
 *
 * @example
 * ```ts
 * import { SparkContext } from "millrace";
 *
 * const sc = new SparkContext({ master: "local" });
 * sc.addSparkListener({ onStageCompleted: (stage) => console.log(`${stage.name}: ${stage.numTasks} tasks`) });
 * await sc.range(0, 100).count();
 * await sc.stop();
 * ```
 */
export interface SparkListener {
  onJobStart?(event: JobStart): void;
  /** Before the first stage of a job that reads a shuffle. */
  onJobPlanned?(event: JobPlanned): void;
  onJobEnd?(event: JobEnd): void;
  onStageSubmitted?(event: StageInfo): void;
  onStageCompleted?(event: StageInfo): void;
  onTaskStart?(event: TaskInfo): void;
  onTaskEnd?(event: TaskEnd): void;
  onExecutorAdded?(event: ExecutorAdded): void;
  /** Its thread has ended; not when the context stops. */
  onExecutorRemoved?(event: ExecutorRemoved): void;
  onBlockUpdated?(event: BlockUpdated): void;
  onUnpersistRDD?(event: RddUnpersisted): void;
  /** The context has stopped. */
  onApplicationEnd?(event: { readonly time: number }): void;
}
