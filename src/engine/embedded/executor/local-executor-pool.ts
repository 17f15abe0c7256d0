import type { BlockHandle } from "../../../core/block.ts";
import { Executor } from "./executor.ts";
import {
  type ExecutorHandle,
  type ExecutorPool,
  type ExecutorWatcher,
  poolStopped,
  type SubmittedTask,
  specFor,
} from "./executor-pool.ts";
import type { TaskFunction } from "./fused-loop.ts";
import { TaskCancellation } from "./task-cancellation.ts";
import { TaskQueue } from "./task-queue.ts";
import { runTask } from "./task-runner.ts";

/**
 * The one slot of `master: "local"`: tasks run on the driver's own thread with the program's functions as they are, so
 * that breakpoints and stack traces just work.
 */
export class LocalExecutorPool implements ExecutorPool {
  readonly slots = 1;
  /** There is no thread to be woken for the next task. */
  readonly goesAhead = false;
  readonly #executor: Executor;
  readonly #handle: ExecutorHandle;
  readonly #queue = new TaskQueue();
  #running: { readonly task: number; readonly cancellation: TaskCancellation } | undefined;
  #stopped = false;

  constructor(blockBudgetBytes: number, blockDirectory: string, watcher: ExecutorWatcher) {
    const executor = new Executor(blockBudgetBytes, blockDirectory);
    this.#executor = executor;
    this.#handle = {
      id: "driver",
      free: (blocks: readonly BlockHandle[]) => {
        for (const block of blocks) executor.pool.free(block);
      },
    };
    watcher.added(this.#handle.id, this.slots);
  }

  submit(task: SubmittedTask): void {
    if (this.#stopped) {
      task.onDropped(poolStopped());
      return;
    }
    this.#queue.add(task);
    if (this.#running === undefined) void this.#run();
  }

  cancel(tasks: ReadonlySet<number>): void {
    this.#queue.drop((id) => tasks.has(id));
    if (this.#running !== undefined && tasks.has(this.#running.task)) this.#running.cancellation.cancel();
  }

  /** Functions here use the driver's own broadcasts. */
  dropBroadcast(): void {}

  dropState(id: number): void {
    this.#executor.states.drop(id);
  }

  /** The driver's own thread cannot be ended. */
  kill(): boolean {
    return false;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.drop(() => true, poolStopped());
    // There is no thread to end: a task that runs gives up at its next chunk.
    this.#running?.cancellation.cancel();
    if (this.#running === undefined) await this.#executor.resources.close();
  }

  async #run(): Promise<void> {
    for (let task = this.#queue.take(); task !== undefined; task = this.#queue.take()) {
      const { closures } = task;
      const spec = specFor(task, this.#handle.id);
      const cancellation = new TaskCancellation();
      this.#running = { task: spec.id, cancellation };
      const functions = new Map(closures.map(({ id, live }) => [id, live as TaskFunction]));
      task.onStart(this.#handle.id);
      const outcome = await runTask(spec, this.#executor, functions, cancellation);
      task.onEnd(outcome, this.#handle);
    }
    this.#running = undefined;
    if (this.#stopped) await this.#executor.resources.close();
  }
}
