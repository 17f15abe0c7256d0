import { withSourcePlaces } from "../../../closure/source-maps.ts";
import type { BlockHandle, BlockPlace } from "../../../core/block.ts";
import { MillraceError, toWire } from "../../../errors.ts";
import type { BlockFiles } from "../../../filesystem/block-files.ts";
import type { Alarm, Clock } from "../../../platform/clock.ts";
import { log } from "../../../platform/log.ts";
import { ownModule } from "../../../platform/own-modules.ts";
import { Thread } from "../../../platform/threads.ts";
import {
  type ExecutorHandle,
  type ExecutorPool,
  type ExecutorWatcher,
  poolStopped,
  type SubmittedTask,
  specFor,
  type TaskBroadcast,
  type TaskClosure,
} from "./executor-pool.ts";
import {
  type ClosureId,
  type ExecutorSettings,
  type FromExecutor,
  PROTOCOL_VERSION,
  type TaskFailure,
  type ToExecutor,
} from "./protocol.ts";
import { TaskQueue } from "./task-queue.ts";
import type { TaskOutcome } from "./task-runner.ts";

/** An executor keeps this many functions; the one unused longest goes first, and is sent again when it is needed. */
const MOST_CLOSURES = 1024;

/** So many blocks, or bytes in blocks, are taken back at once, even where no task follows. */
const MOST_FREED_BLOCKS = 1024;
const MOST_FREED_BYTES = 1 << 20;

const MODULE = ownModule(import.meta.url, "./executor-worker.ts");

/** The slots of `local[N]`: threads, begun with the first job, which do not keep the process alive while they idle. */
export class ThreadExecutorPool implements ExecutorPool {
  readonly slots: number;
  readonly goesAhead = true;
  readonly #options: ThreadExecutorOptions;
  /** The executor in each seat that has one. */
  readonly #seats: (ThreadExecutor | undefined)[];
  readonly #queue = new TaskQueue();
  #lastExecutor = 0;
  #stopped = false;

  constructor(options: ThreadExecutorOptions & { readonly slots: number }) {
    this.slots = options.slots;
    this.#options = options;
    this.#seats = new Array(options.slots).fill(undefined);
  }

  get #executors(): ThreadExecutor[] {
    return this.#seats.filter((executor) => executor !== undefined);
  }

  submit(task: SubmittedTask): void {
    if (this.#stopped) {
      task.onDropped(poolStopped());
      return;
    }
    this.#queue.add(task);
    this.#assign();
  }

  cancel(tasks: ReadonlySet<number>): void {
    this.#queue.drop((id) => tasks.has(id));
    for (const executor of this.#executors) executor.cancel(tasks);
  }

  dropBroadcast(id: number): void {
    for (const executor of this.#executors) executor.dropBroadcast(id);
  }

  kill(executorId: string): boolean {
    const executor = this.#executors.find(({ id }) => id === executorId);
    void executor?.terminate();
    return executor !== undefined;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.drop(() => true, poolStopped());
    await Promise.all(this.#executors.map((executor) => executor.stop()));
  }

  dropState(id: number): void {
    for (const executor of this.#executors) executor.dropState(id);
  }

  /** Gives waiting tasks to idle executors, and fills seats while there are tasks for them. */
  #assign(): void {
    while (!this.#queue.isEmpty && !this.#stopped && this.#freeSeat(undefined) !== -1) {
      let seat = -1;
      const task = this.#queue.take((waiting) => {
        seat = this.#freeSeat(waiting.seat);
        return seat !== -1;
      });
      if (task === undefined) return;
      this.#executorAt(seat).run(task);
    }
  }

  /** The seat that a task can have now: its own, or that of any executor that idles, or an empty one; -1 for none. */
  #freeSeat(own: number | undefined): number {
    if (own === undefined) {
      const idle = this.#seats.findIndex((executor) => executor?.idle);
      return idle === -1 ? this.#seats.indexOf(undefined) : idle;
    }
    const seat = own % this.slots;
    return (this.#seats[seat]?.idle ?? true) ? seat : -1;
  }

  #executorAt(seat: number): ThreadExecutor {
    const present = this.#seats[seat];
    if (present !== undefined) return present;
    const executor = new ThreadExecutor(`executor-${++this.#lastExecutor}`, this.#options, {
      onIdle: () => this.#assign(),
      onEnd: (reason) => {
        this.#seats[seat] = undefined;
        if (!this.#stopped) this.#options.watcher.removed(executor.id, reason);
        this.#assign();
      },
      stopped: () => this.#stopped,
    });
    this.#seats[seat] = executor;
    this.#options.watcher.added(executor.id, 1);
    return executor;
  }
}

export interface ThreadExecutorOptions {
  readonly blockBudgetBytes: number;
  /** Gives each executor a directory for its files. */
  readonly files: BlockFiles;
  readonly heapBytes: number;
  readonly clock: Clock;
  /** A cancelled task that still runs after so many milliseconds has its thread ended. */
  readonly killGraceMs: number;
  readonly watcher: ExecutorWatcher;
}

interface ThreadExecutorOwner {
  onIdle(): void;
  /** It has ended, whether or not it ran a task. */
  onEnd(reason: string): void;
  stopped(): boolean;
}

/** One thread and the task that it runs. */
class ThreadExecutor implements ExecutorHandle {
  readonly id: string;
  readonly #options: ThreadExecutorOptions;
  readonly #owner: ThreadExecutorOwner;
  readonly #thread: Thread<ToExecutor, FromExecutor>;
  readonly #cancelFlag: Int32Array;
  /** The functions that the thread has, the one used last at the end. */
  readonly #closures = new Set<ClosureId>();
  /** The broadcasts whose values the thread has. */
  readonly #broadcasts = new Set<number>();
  /** Blocks that the thread has not been told to take back yet. */
  #freed: BlockPlace[] = [];
  #freedBytes = 0;
  #task: SubmittedTask | undefined;
  /** Set while the task that runs has been cancelled. */
  #kill: Alarm | undefined;
  #ended = false;
  #stopping = false;
  /** Whether the program has opened something in the thread. */
  #hasOpened = false;
  #closed: (() => void) | undefined;

  constructor(id: string, options: ThreadExecutorOptions, owner: ThreadExecutorOwner) {
    this.id = id;
    this.#options = options;
    this.#owner = owner;
    const cancel = new SharedArrayBuffer(4);
    this.#cancelFlag = new Int32Array(cancel);
    const settings: ExecutorSettings = {
      version: PROTOCOL_VERSION,
      executorId: id,
      cancel,
      blockBudgetBytes: options.blockBudgetBytes,
      blockDirectory: options.files.nextDirectory(),
    };
    this.#thread = new Thread(
      MODULE,
      settings,
      {
        onMessage: (message) => this.#onMessage(message),
        onExit: (exitCode, error) => this.#onExit(exitCode, error),
      },
      options.heapBytes,
    );
    this.#thread.keepAlive(false);
  }

  get idle(): boolean {
    return this.#task === undefined && !this.#ended;
  }

  run(task: SubmittedTask): void {
    this.#task = task;
    this.#thread.keepAlive(true);
    const all = [task, ...(task.ahead?.map((each) => each.task) ?? [])];
    this.#sendClosures(once(all.flatMap(({ closures }) => closures)));
    this.#sendBroadcasts(once(all.flatMap(({ broadcasts }) => broadcasts)));
    const [first, ...others] = all.map((each) => specFor(each, this.id));
    this.#thread.send({ type: "task", task: first!, ahead: others, free: this.#takeFreed() });
    task.onStart(this.id);
  }

  /** Tells the task, twice: by the flag that its loops look at, and by a message for code that awaits something. */
  cancel(tasks: ReadonlySet<number>): void {
    if (this.#task === undefined || this.#kill !== undefined || !tasks.has(this.#task.spec.id)) return;
    const { id } = this.#task.spec;
    Atomics.store(this.#cancelFlag, 0, id);
    this.#thread.send({ type: "cancel", task: id });
    const { clock, killGraceMs } = this.#options;
    this.#kill = clock.at(clock.now() + killGraceMs, () => void this.#thread.terminate());
  }

  /** The thread is told with its next task: a message of its own would wake it at the end of every batch. */
  free(blocks: readonly BlockHandle[]): void {
    if (this.#ended) return;
    for (const { slab, offset, length } of blocks) {
      this.#freed.push({ slab, offset, length });
      this.#freedBytes += length;
    }
    if (this.#freed.length > MOST_FREED_BLOCKS || this.#freedBytes > MOST_FREED_BYTES)
      this.#thread.send({ type: "free", blocks: this.#takeFreed() });
  }

  /** Ends the thread, once it has closed what the program opened in it, or has not in time. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#hasOpened && !this.#ended) await this.#close();
    await this.terminate();
  }

  #close(): Promise<void> {
    if (this.#task !== undefined) this.cancel(new Set([this.#task.spec.id]));
    const { clock, killGraceMs } = this.#options;
    return new Promise((resolve) => {
      const alarm = clock.at(clock.now() + killGraceMs, resolve);
      this.#closed = () => {
        alarm.cancel();
        resolve();
      };
      this.#thread.keepAlive(true);
      this.#thread.send({ type: "close" });
    });
  }

  terminate(): Promise<void> {
    return this.#thread.terminate();
  }

  #sendClosures(closures: readonly TaskClosure[]): void {
    const missing = closures.filter(({ id }) => !this.#closures.delete(id));
    for (const { id } of closures) this.#closures.add(id);
    if (missing.length > 0) {
      this.#thread.send({ type: "closures", closures: missing.map(({ id, bytes }) => ({ id, bytes })) });
    }
    const surplus = this.#closures.size - Math.max(MOST_CLOSURES, closures.length);
    if (surplus > 0) {
      const oldest = [...this.#closures].slice(0, surplus);
      for (const id of oldest) this.#closures.delete(id);
      this.#thread.send({ type: "forget", closures: oldest });
    }
  }

  #sendBroadcasts(broadcasts: readonly TaskBroadcast[]): void {
    const missing = broadcasts.filter(({ id }) => !this.#broadcasts.has(id));
    if (missing.length === 0) return;
    for (const { id } of missing) this.#broadcasts.add(id);
    this.#thread.send({ type: "broadcasts", broadcasts: missing });
  }

  #takeFreed(): readonly BlockPlace[] {
    const freed = this.#freed;
    this.#freed = [];
    this.#freedBytes = 0;
    return freed;
  }

  dropBroadcast(id: number): void {
    if (this.#broadcasts.delete(id) && !this.#ended) this.#thread.send({ type: "drop", broadcast: id });
  }

  dropState(id: number): void {
    if (!this.#ended) this.#thread.send({ type: "dropState", state: id });
  }

  #onMessage(message: FromExecutor): void {
    switch (message.type) {
      case "opened":
        this.#hasOpened = true;
        break;
      case "closed":
        this.#closed?.();
        break;
      case "log":
        log(message.message);
        break;
      case "done":
        for (const [i, result] of message.ahead.entries()) this.#task?.ahead?.[i]?.hasRun(result, this);
        this.#taskEnded({ result: message.result });
        break;
      case "failed":
        this.#taskEnded({ failure: asWritten(message.failure) });
        break;
    }
  }

  #taskEnded(outcome: TaskOutcome): void {
    this.#end(outcome);
    if (this.idle) this.#owner.onIdle();
  }

  #onExit(exitCode: number, error: unknown): void {
    this.#ended = true;
    this.#closed?.();
    const why = error instanceof Error ? error.message : `exit code ${exitCode}`;
    this.#end({ failure: { node: undefined, error: toWire(this.#lost(why, error)), runMs: 0 } });
    this.#owner.onEnd(`the thread ended: ${why}`);
  }

  #end(outcome: TaskOutcome): void {
    const task = this.#task;
    this.#task = undefined;
    this.#kill?.cancel();
    this.#kill = undefined;
    // Whoever stops the pool waits for the thread's end.
    if (!this.#ended && !this.#stopping) this.#thread.keepAlive(false);
    task?.onEnd(outcome, this);
  }

  #lost(why: string, error: unknown): MillraceError {
    if (this.#owner.stopped()) return poolStopped();
    return new MillraceError("EXECUTOR_LOST", `the thread ${this.id} ended while it ran a task: ${why}`, {
      cause: error,
      remedy:
        "A function called process.exit(), left an error or rejection uncaught, or used up the thread's memory. The next job gets a new thread.",
    });
  }
}

function once<E extends { readonly id: number }>(some: readonly E[]): E[] {
  return [...new Map(some.map((one) => [one.id, one])).values()];
}

/** The failure with the places of its sources: an executor only knows those in compiled code. */
function asWritten(failure: TaskFailure): TaskFailure {
  return { ...failure, error: withSourcePlaces(failure.error) };
}
