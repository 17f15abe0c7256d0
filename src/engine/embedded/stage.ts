import type { PlanNode } from "../../rdd/plan.ts";
import type { ExecutorHandle, ExecutorPool, SubmittedTask, TaskAhead } from "./executor/executor-pool.ts";
import type { PipelineSpec, SinkSpec, TaskResult } from "./executor/protocol.ts";
import type { Job } from "./job.ts";
import type { MakingTask, PipelineBuilder } from "./pipeline-builder.ts";
import type { Restorable } from "./state/state-log.ts";

export interface StageOptions {
  readonly job: Job;
  /** The node that the stage computes. */
  readonly node: PlanNode;
  name(): string;
  readonly partitions: readonly number[];
  /** What the tasks read; by default the node itself. */
  pipeline?(builder: PipelineBuilder, partition: number): PipelineSpec;
  sink(builder: PipelineBuilder, partition: number): SinkSpec;
  /** Set where each partition has a thread of its own, which keeps something from one task to the next. */
  readonly placement?: Placement;
  /**
   * What a thread may go on with after the first task of a partition; or after those of all partitions, where they are run
   * `together`.
   */
  ahead?(tasks: readonly MakingTask[]): readonly TaskAhead[];
  /** Whether the tasks are so short that one thread is to run all, one after the other. */
  readonly together?: boolean;
  /** Called once for each partition, with the result that counts. */
  onResult(index: number, result: TaskResult, executor: ExecutorHandle): void;
}

/** Which thread a partition's tasks run on, and what it is sent where it has not what they build on. */
export interface Placement {
  seat(partition: number): number;
  restorable(partition: number, executorId: string): Restorable | undefined;
  /** A task has failed: its thread has not what the next one builds on. */
  spoilt(partition: number): void;
}

/** The tasks of a stage: they end together at the first failure, and when the job is cancelled. */
export class Stage {
  readonly id: number;
  readonly options: StageOptions;
  /** Resolves when each partition has a result. */
  readonly done: Promise<void>;
  /** Resolves when, after that or a failure, no task of it runs any more. */
  readonly idle: Promise<void>;
  readonly #pool: ExecutorPool;
  readonly #open = new Set<number>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #idle = Promise.withResolvers<void>();
  readonly #onAbort: () => void;
  #missing: number;
  #runMs = 0;
  #over = false;

  constructor(options: StageOptions, id: number, pool: ExecutorPool) {
    this.options = options;
    this.id = id;
    this.done = this.#ended.promise;
    this.idle = this.#idle.promise;
    this.#pool = pool;
    this.#missing = options.partitions.length;
    const { signal } = options.job;
    this.#onAbort = () => this.fail(signal.reason as Error);
    if (signal.aborted) this.#onAbort();
    else signal.addListener(this.#onAbort);
    if (this.#missing === 0) this.#end(() => this.#ended.resolve());
  }

  /** How long its tasks have run, those that count. */
  get runMs(): number {
    return this.#runMs;
  }

  /** Whether results are no longer wanted. */
  get over(): boolean {
    return this.#over;
  }

  submit(task: SubmittedTask): void {
    if (this.#over) {
      task.onDropped();
      return;
    }
    this.#open.add(task.spec.id);
    this.#pool.submit(task);
  }

  /** A task has ended; what it came to is said next. */
  taskEnded(task: number): void {
    this.#open.delete(task);
    if (this.#over && this.#open.size === 0) this.#idle.resolve();
  }

  succeedOne(runMs: number): void {
    this.#runMs += runMs;
    if (--this.#missing === 0) this.#end(() => this.#ended.resolve());
  }

  fail(error: Error): void {
    this.#end(() => this.#ended.reject(error));
  }

  /** What has not been computed by now is not wanted any more. */
  leave(): void {
    if (!this.#over) this.#end(() => this.#ended.resolve());
  }

  /** Drops what has not begun and asks the rest to give up. */
  #end(settle: () => void): void {
    this.#over = true;
    this.options.job.signal.removeListener(this.#onAbort);
    settle();
    if (this.#open.size > 0) this.#pool.cancel(this.#open);
    if (this.#open.size === 0) this.#idle.resolve();
  }
}
