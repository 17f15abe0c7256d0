import type { BlockHandle } from "../../../core/block.ts";
import { MillraceError } from "../../../errors.ts";
import type { ClosureId, StateRestore, TaskResult, TaskSpec } from "./protocol.ts";
import type { TaskOutcome } from "./task-runner.ts";

/** An executor as the driver sees it. */
export interface ExecutorHandle {
  readonly id: string;
  /** Takes blocks back that this executor has allocated. */
  free(blocks: readonly BlockHandle[]): void;
}

/** A function of the program on its way to an executor: as it is, and as bytes for those that need them. */
export interface TaskClosure {
  readonly id: ClosureId;
  readonly live: (...args: never[]) => unknown;
  readonly bytes: Uint8Array;
}

/** The value of a broadcast on its way to executors that lack it. */
export interface TaskBroadcast {
  readonly id: number;
  readonly bytes: Uint8Array;
}

export interface SubmittedTask {
  readonly spec: TaskSpec;
  readonly closures: readonly TaskClosure[];
  readonly broadcasts: readonly TaskBroadcast[];
  /**
   * The thread that the task must run on, as a number: tasks of the same number run on the same thread, as long as that
   * lives. Undefined for any thread.
   */
  readonly seat?: number | undefined;
  /** What an executor must be sent along, by its id, to make the state again that the task builds on. */
  restoreFor?(executorId: string): StateRestore | undefined;
  /** What the same thread may go on with at once, once this task has succeeded. */
  readonly ahead?: readonly TaskAhead[] | undefined;
  /** Called when an executor takes the task up. */
  onStart(executorId: string): void;
  /** Called once, when the task has ended. */
  onEnd(outcome: TaskOutcome, executor: ExecutorHandle): void;
  /** Called instead where the task will not begin: it was cancelled, or, with an error, the pool has stopped. */
  onDropped(error?: MillraceError): void;
}

/** A task that may run before its turn, after another and in the same thread. */
export interface TaskAhead {
  readonly task: SubmittedTask;
  /** It has succeeded. Called before the end of the other task is told. */
  hasRun(result: TaskResult, executor: ExecutorHandle): void;
}

/** Whoever wants to know which executors there are. */
export interface ExecutorWatcher {
  added(executorId: string, slots: number): void;
  removed(executorId: string, reason: string): void;
}

/** The slots of an engine. Tasks run in the order in which they are submitted. */
export interface ExecutorPool {
  readonly slots: number;
  /** Whether a thread goes on with the tasks that a task has `ahead`. */
  readonly goesAhead: boolean;
  submit(task: SubmittedTask): void;
  /** Drops tasks that have not begun, and asks those that have to give up at their next chunk. */
  cancel(tasks: ReadonlySet<number>): void;
  /** Frees what executors have of a broadcast, when the tasks have ended that they run. */
  dropBroadcast(id: number): void;
  /** Frees what executors have of a state, when the tasks have ended that they run. */
  dropState(id: number): void;
  /** Ends an executor, as if its thread had died; another takes its place. False where there is none of this id. */
  kill(executorId: string): boolean;
  /** Ends all executors; tasks that run fail with `CONTEXT_STOPPED`. */
  stop(): Promise<void>;
}

/** What tasks are told that a stopped pool will not run, or has not let end. */
export function poolStopped(): MillraceError {
  return new MillraceError("CONTEXT_STOPPED", "the SparkContext was stopped before the job had ended");
}

/** The task as an executor gets it. */
export function specFor(task: SubmittedTask, executorId: string): TaskSpec {
  const restore = task.restoreFor?.(executorId);
  return restore === undefined ? task.spec : { ...task.spec, restore };
}
