import type { ExecutorHandle, SubmittedTask, TaskAhead } from "./executor/executor-pool.ts";
import type { TaskResult } from "./executor/protocol.ts";
import type { MadeAhead } from "./pipeline-builder.ts";
import type { Stage, StageOptions } from "./stage.ts";

/** A task, and what has come of it where it has run already. */
export class PreparedTask implements TaskAhead {
  readonly task: SubmittedTask;
  readonly #discard: PreparedStageParts["discard"];
  #outcome: { readonly result: TaskResult; readonly executor: ExecutorHandle } | undefined;
  #dropped = false;

  constructor(task: SubmittedTask, { discard }: PreparedStageParts) {
    this.task = task;
    this.#discard = discard;
  }

  get isDone(): boolean {
    return this.#outcome !== undefined;
  }

  hasRun(result: TaskResult, executor: ExecutorHandle): void {
    this.#outcome = { result, executor };
    if (this.#dropped) this.#discard(result, executor);
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
    if (this.#outcome !== undefined) this.#discard(this.#outcome.result, this.#outcome.executor);
  }
}

export interface PreparedStageParts {
  makeStage(): Stage;
  /** `made`: what it will find made. */
  buildTask(stage: Stage, index: number, made?: MadeAhead): SubmittedTask;
  /** What a task has made is not wanted, but for the partitions that it has kept. */
  discard(result: TaskResult, executor: ExecutorHandle): void;
}

/** A stage that has not begun. The one that makes what it reads may take tasks of it along. */
export class PreparedStage {
  readonly options: StageOptions;
  readonly #parts: PreparedStageParts;
  #stage: Stage | undefined;
  /** By index. */
  readonly #ahead = new Map<number, PreparedTask>();

  constructor(options: StageOptions, parts: PreparedStageParts) {
    this.options = options;
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

  /**
   * Its tasks for these partitions, all by default, to go along with those that make what they read; and, where these are all,
   * those of the stage that reads what they make, and so on.
   */
  after(made: MadeAhead, partitions = this.options.partitions): readonly TaskAhead[] {
    if (this.stage.over) return [];
    const taken: PreparedTask[] = [];
    try {
      for (const partition of partitions) {
        const index = this.options.partitions.indexOf(partition);
        if (index === -1 || this.#ahead.has(index)) continue;
        const ahead = new PreparedTask(this.#parts.buildTask(this.stage, index, made), this.#parts);
        this.#ahead.set(index, ahead);
        taken.push(ahead);
      }
    } catch {
      // It is the failure of this stage, when that begins.
    }
    if (taken.length < this.options.partitions.length) return taken;
    return [...taken, ...(this.options.ahead?.(taken.map(({ task }) => task.spec)) ?? [])];
  }

  /** Its tasks, each once. All are built before one of them begins. What has gone along and has not succeeded is forgotten. */
  tasks(): PreparedTask[] {
    const done = new Map([...this.#ahead].filter(([, { isDone }]) => isDone));
    for (const index of done.keys()) this.#ahead.delete(index);
    this.drop();
    return this.options.partitions.map(
      (_, index) => done.get(index) ?? new PreparedTask(this.#parts.buildTask(this.stage, index), this.#parts),
    );
  }

  /** It will not be run. */
  cancel(): void {
    this.#stage?.leave();
    this.drop();
  }

  /** What has gone along is not wanted. */
  drop(): void {
    for (const task of this.#ahead.values()) task.drop();
    this.#ahead.clear();
  }
}
