import type { MillraceError } from "../../../errors.ts";
import type { SubmittedTask } from "./executor-pool.ts";

/** Tasks that wait for a slot, in the order in which they came. */
export class TaskQueue {
  #tasks: SubmittedTask[] = [];

  add(task: SubmittedTask): void {
    this.#tasks.push(task);
  }

  /** The first task, or the first for which `which` holds. */
  take(which?: (task: SubmittedTask) => boolean): SubmittedTask | undefined {
    if (which === undefined) return this.#tasks.shift();
    const index = this.#tasks.findIndex(which);
    return index === -1 ? undefined : this.#tasks.splice(index, 1)[0];
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
