import type { MillraceError } from "../../../errors.ts";
import type { SubmittedTask } from "./executor-pool.ts";

/** Tasks that wait for a slot, in the order in which they came. */
export class TaskQueue {
  #tasks: SubmittedTask[] = [];

  add(task: SubmittedTask): void {
    this.#tasks.push(task);
  }

  take(): SubmittedTask | undefined {
    return this.#tasks.shift();
  }

  get isEmpty(): boolean {
    return this.#tasks.length === 0;
  }

  /** Drops the tasks for which `which` holds. */
  drop(which: (id: number) => boolean, error?: MillraceError): void {
    const dropped = this.#tasks.filter(({ spec }) => which(spec.id));
    this.#tasks = this.#tasks.filter(({ spec }) => !which(spec.id));
    for (const task of dropped) task.onDropped(error);
  }
}
