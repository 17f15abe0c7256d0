import { AsyncLocalStorage } from "node:async_hooks";
import type { AccumulatorUpdates } from "./accumulator.ts";
import type { ExecutorResources } from "./executor-local.ts";
import type { TaskMeter } from "./task-metrics.ts";

/** What a task knows of itself (Spark's TaskContext). */
export interface RunningTask {
  readonly partitionId: number;
  readonly stageId: number;
  /** How many times this partition has been tried before, 0 at first. */
  readonly attemptNumber: number;
  /** Unique in the context. */
  readonly taskAttemptId: number;
  /** Aborted when the task is no longer wanted: hand it to what the function awaits. */
  readonly signal: AbortSignal;
}

/** What a task works with. */
export interface TaskSurroundings {
  readonly task: RunningTask;
  /** Those of its executor. */
  readonly resources: ExecutorResources;
  /** What it adds to accumulators. */
  readonly updates: AccumulatorUpdates;
  readonly meter: TaskMeter;
}

const running = new AsyncLocalStorage<TaskSurroundings>();

/**
 * The task that calls.
 *
 * @example
 * ```ts
 * import { SparkContext, TaskContext } from "millrace";
 *
 * const sc = new SparkContext({ master: "local" });
 * const ids = sc.range(0, 4, 1, 2).mapPartitions(() => [TaskContext.get()?.partitionId ?? -1]);
 * console.log(await ids.collect()); // [ 0, 1 ]
 * await sc.stop();
 * ```
 */
export const TaskContext = {
  /** The task in which the caller runs, or undefined on the driver. */
  get(): RunningTask | undefined {
    return running.getStore()?.task;
  },
};

/** Runs `body` as a task. */
export function asTask<R>(surroundings: TaskSurroundings, body: () => Promise<R>): Promise<R> {
  return running.run(surroundings, body);
}

/** Those of the executor that runs the calling task. */
export function currentResources(): ExecutorResources | undefined {
  return running.getStore()?.resources;
}

/** Those of the calling task; undefined on the driver. */
export function currentUpdates(): AccumulatorUpdates | undefined {
  return running.getStore()?.updates;
}

/** Tells the calling task what it has written. */
export function countOutput(records: number, bytes: number): void {
  const meter = running.getStore()?.meter;
  if (meter === undefined) return;
  meter.outputRecords += records;
  meter.outputBytes += bytes;
}
