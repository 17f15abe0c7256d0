import type { StateNode } from "../../rdd/plan.ts";
import type { ExecutorHandle, SubmittedTask, TaskAhead } from "./executor/executor-pool.ts";
import type { TaskResult } from "./executor/protocol.ts";
import type { MadeAhead } from "./pipeline-builder.ts";
import type { Stage, StageOptions } from "./stage.ts";

/** A task that went along with another, and what has come of it. */
interface Ahead {
  readonly task: SubmittedTask;
  outcome?: { readonly result: TaskResult; readonly executor: ExecutorHandle };
}

export interface PreparedStageParts {
  makeStage(): Stage;
  /** `made`: what it will find made. */
  buildTask(stage: Stage, index: number, made?: MadeAhead): SubmittedTask;
}

/** A stage that has not begun. The batch of a state that it reads may take tasks of it along, partition by partition. */
export class PreparedStage {
  readonly #options: StageOptions;
  readonly #parts: PreparedStageParts;
  #stage: Stage | undefined;
  /** By index. */
  readonly #ahead = new Map<number, Ahead>();

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

  /** The task for a partition of a state, to go along with the one that computes it: number `task`. */
  after(state: StateNode, partition: number, task: number): TaskAhead | undefined {
    const index = this.#options.partitions.indexOf(partition);
    if (index === -1 || this.stage.over || this.#ahead.has(index)) return undefined;
    let ahead: Ahead;
    try {
      ahead = { task: this.#parts.buildTask(this.stage, index, { state, task }) };
    } catch {
      // It is the failure of this stage, when that begins.
      return undefined;
    }
    this.#ahead.set(index, ahead);
    return {
      task: ahead.task,
      hasRun: (result, executor) => {
        ahead.outcome = { result, executor };
      },
    };
  }

  /** Its tasks, each once: those that have run, and those that are to be submitted. All are built before one of them begins. */
  tasks(): { readonly begin: (submit: (task: SubmittedTask) => void) => void }[] {
    return this.#options.partitions.map((_, index) => {
      const { task, outcome } = this.#ahead.get(index) ?? {};
      if (task !== undefined && outcome !== undefined) {
        this.#ahead.delete(index);
        return {
          begin: () => {
            task.onStart(outcome.executor.id);
            task.onEnd({ result: outcome.result }, outcome.executor);
          },
        };
      }
      const built = this.#parts.buildTask(this.stage, index);
      return { begin: (submit) => submit(built) };
    });
  }

  /** It will not be run. */
  cancel(): void {
    this.#stage?.leave();
    this.drop();
  }

  /** What has gone along and is not wanted, or has not succeeded, is forgotten. */
  drop(): void {
    for (const { task } of this.#ahead.values()) task.onDropped();
    this.#ahead.clear();
  }
}
