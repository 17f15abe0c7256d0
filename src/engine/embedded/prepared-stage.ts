import type { ExecutorHandle, SubmittedTask, TaskAhead } from "./executor/executor-pool.ts";
import type { TaskResult } from "./executor/protocol.ts";
import type { MadeAhead } from "./pipeline-builder.ts";
import type { Stage, StageOptions } from "./stage.ts";

/** A task, and what has come of it where it has run already. */
export class PreparedTask implements TaskAhead {
  readonly task: SubmittedTask;
  readonly #keepCached: PreparedStageParts["keepCached"];
  #outcome: { readonly result: TaskResult; readonly executor: ExecutorHandle } | undefined;
  #dropped = false;

  constructor(task: SubmittedTask, { keepCached }: PreparedStageParts) {
    this.task = task;
    this.#keepCached = keepCached;
  }

  get isDone(): boolean {
    return this.#outcome !== undefined;
  }

  hasRun(result: TaskResult, executor: ExecutorHandle): void {
    this.#outcome = { result, executor };
    if (this.#dropped) this.#keepCached(result, executor);
  }

  /** Has it run, unless it has: then it ends now. */
  begin(submit: (task: SubmittedTask) => void): void {
    const outcome = this.#outcome;
    if (outcome === undefined) {
      submit(this.task);
      return;
    }
    this.task.onStart(outcome.executor.id);
    this.task.onEnd({ result: outcome.result }, outcome.executor);
  }

  /** Nobody wants it any more, nor what comes of it. */
  drop(): void {
    this.#dropped = true;
    this.task.onDropped();
    if (this.#outcome !== undefined) this.#keepCached(this.#outcome.result, this.#outcome.executor);
  }
}

export interface PreparedStageParts {
  makeStage(): Stage;
  /** `made`: what it will find made. */
  buildTask(stage: Stage, index: number, made?: MadeAhead): SubmittedTask;
  /** Takes over the partitions that a task has kept, whatever becomes of its stage. */
  keepCached(result: TaskResult, executor: ExecutorHandle): void;
}

/** A stage that has not begun. The one that makes what it reads may take tasks of it along. */
export class PreparedStage {
  readonly #options: StageOptions;
  readonly #parts: PreparedStageParts;
  #stage: Stage | undefined;
  /** By index. */
  readonly #ahead = new Map<number, PreparedTask>();

  constructor(options: StageOptions, parts: PreparedStageParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Made when it is first asked for, so that stages have numbers in the order in which they begin. */
  get stage(): Stage {
    if (this.#stage === undefined) {
      this.#stage = this.#parts.makeStage();
      // The job may be cancelled before it is run.
      this.#stage.done.catch(() => undefined);
    }
    return this.#stage;
  }

  /** Its tasks for these partitions, all by default, to go along with those that make what they read. */
  after(made: MadeAhead, partitions = this.#options.partitions): readonly TaskAhead[] {
    if (this.stage.over) return [];
    const taken: PreparedTask[] = [];
    try {
      for (const partition of partitions) {
        const index = this.#options.partitions.indexOf(partition);
        if (index === -1 || this.#ahead.has(index)) continue;
        const ahead = new PreparedTask(this.#parts.buildTask(this.stage, index, made), this.#parts);
        this.#ahead.set(index, ahead);
        taken.push(ahead);
      }
    } catch {
      // It is the failure of this stage, when that begins.
    }
    return taken;
  }

  /** Its tasks, each once. All are built before one of them begins. */
  tasks(): PreparedTask[] {
    return this.#options.partitions.map((_, index) => {
      const ahead = this.#ahead.get(index);
      if (!ahead?.isDone) return new PreparedTask(this.#parts.buildTask(this.stage, index), this.#parts);
      this.#ahead.delete(index);
      return ahead;
    });
  }

  /** It will not be run. */
  cancel(): void {
    this.#stage?.leave();
    this.drop();
  }

  /** What has gone along and is not wanted, or has not succeeded, is forgotten. */
  drop(): void {
    for (const task of this.#ahead.values()) task.drop();
    this.#ahead.clear();
  }
}
