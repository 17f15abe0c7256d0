import type { BatchScope } from "./engine.ts";

/** What happened to jobs, stages and tasks. Times are milliseconds since the epoch. */
export interface JobStart {
  readonly jobId: number;
  readonly time: number;
  /** The action and the line that called it. */
  readonly description: string;
  readonly batch: BatchScope | undefined;
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
  onJobEnd?(event: JobEnd): void;
  onStageSubmitted?(event: StageInfo): void;
  onStageCompleted?(event: StageInfo): void;
  onTaskStart?(event: TaskInfo): void;
  onTaskEnd?(event: TaskEnd): void;
}
