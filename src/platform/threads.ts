/** Threads, in one place, so that a simulator can stand in for them. */
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type Transferable,
  Worker,
  type WorkerOptions,
  workerData,
} from "node:worker_threads";
import { Logger } from "./log.ts";
import { allowed } from "./permissions.ts";

export type { MessagePort, Transferable };

const logger = new Logger("Executor");

/** It takes milliseconds, in the middle of an endless loop too; seconds on a machine that has much else to do. */
const LONGEST_END_MS = 5_000;

/** What a thread gets beside its data: two words, by which it is not ended within {@link undisturbed}; and where its messages go. */
const INSIDE = 0;
const ENDING = 1;
interface ThreadData {
  readonly data: unknown;
  readonly millraceGuard: Int32Array;
  readonly millracePort: MessagePort;
}

export interface ThreadHandlers<In> {
  onMessage(message: In): void;
  /** The thread has ended; `error` is what it threw, if anything. Called once, after the last message. */
  onExit(exitCode: number, error: unknown): void;
}

/** A thread that runs a module and talks in messages of one type each way; its JavaScript heap may be limited. */
export class Thread<Out, In> {
  readonly #worker: Worker;
  /** Its own, since a worker passes each message of its port on as an event, and looks into the environment before. */
  readonly #port: MessagePort;
  readonly #onExit: (exitCode: number, error: unknown) => void;
  readonly #gone = Promise.withResolvers<void>();
  readonly #guard = new Int32Array(new SharedArrayBuffer(8));
  #late: NodeJS.Timeout | undefined;
  #over = false;

  constructor(module: URL, data: unknown, handlers: ThreadHandlers<In>, heapBytes?: number) {
    const { port1, port2 } = new MessageChannel();
    const options: WorkerOptions = {
      workerData: { data, millraceGuard: this.#guard, millracePort: port2 } satisfies ThreadData,
      transferList: [port2],
      // Node 22 warns about type stripping in each thread; a debugger's or a test runner's flags are not for executors.
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdout: false,
      stderr: false,
      ...(heapBytes === undefined
        ? {}
        : { resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapBytes / 2 ** 20) } }),
    };
    this.#worker = allowed("worker", () => new Worker(module, options));
    this.#port = port1;
    port1.on("message", (message: In) => handlers.onMessage(message));
    // The worker keeps the process alive, or does not.
    port1.unref();
    let failure: unknown;
    this.#worker.on("error", (error) => {
      failure = error;
    });
    this.#worker.on("exit", (code) => {
      for (let last = receiveMessageOnPort(port1); last !== undefined; last = receiveMessageOnPort(port1))
        handlers.onMessage(last.message as In);
      this.#exited(code, failure);
    });
    this.#onExit = (code, error) => handlers.onExit(code, error);
  }

  send(message: Out, transfer?: readonly Transferable[]): void {
    this.#port.postMessage(message, transfer as Transferable[] | undefined);
  }

  /** Whether the process waits for this thread before it ends. */
  keepAlive(alive: boolean): void {
    if (alive) this.#worker.ref();
    else this.#worker.unref();
  }

  /**
   * Ends it, whatever it does, but for what is {@link undisturbed}; resolves when it has ended. One that V8 cannot end is given
   * up: it counts as ended, though it goes on, and the process cannot exit by itself any more.
   */
  terminate(): Promise<void> {
    if (this.#over || Atomics.exchange(this.#guard, ENDING, 1) === 1) return this.#gone.promise;
    this.#endOutside(Date.now() + LONGEST_END_MS);
    return this.#gone.promise;
  }

  #endOutside(latest: number): void {
    if (this.#over) return;
    if (Atomics.load(this.#guard, INSIDE) === 1 && Date.now() < latest) {
      setTimeout(() => this.#endOutside(latest), 1);
      return;
    }
    void this.#worker.terminate();
    this.#late = setTimeout(() => {
      logger.error("a thread cannot be ended: V8 has compiled its loop without a way out. End the process by a signal");
      this.#worker.unref();
      this.#exited(1, new Error("it could not be ended"));
    }, LONGEST_END_MS);
  }

  #exited(exitCode: number, error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#port.close();
    clearTimeout(this.#late);
    this.#onExit(exitCode, error);
    this.#gone.resolve();
  }
}

/** The other end: what a thread's module uses to talk to the thread that made it. */
export function threadPort<Out, In>(): {
  data: unknown;
  send(message: Out, transfer?: readonly Transferable[]): void;
  listen(handler: (message: In) => void): void;
} {
  const port = (workerData as Partial<ThreadData> | null)?.millracePort;
  if (isMainThread || port === undefined) throw new Error("this module runs only in a thread");
  return {
    data: (workerData as ThreadData).data,
    send: (message, transfer) => port.postMessage(message, transfer as Transferable[] | undefined),
    listen: (handler) => port.on("message", handler),
  };
}

const guard = isMainThread ? undefined : (workerData as Partial<ThreadData> | null)?.millraceGuard;

/**
 * In a thread: calls `body`, and is not ended before it returns, however it is told to. For native code that keeps locks, or that ends
 * the process, when its thread goes in its middle. `body` must be short, and must not call this again.
 */
export function undisturbed<R>(body: () => R): R {
  if (guard === undefined) return body();
  Atomics.store(guard, INSIDE, 1);
  if (Atomics.load(guard, ENDING) === 1) {
    Atomics.store(guard, INSIDE, 0);
    // The end comes meanwhile.
    Atomics.wait(guard, ENDING, 1);
  }
  try {
    return body();
  } finally {
    Atomics.store(guard, INSIDE, 0);
  }
}

/**
 * In a thread: `handle` is told of errors that nobody has caught, in the asynchronous context that they come from. Where it returns false,
 * the error ends the thread, as it would have.
 */
export function onUncaught(handle: (error: unknown) => boolean): void {
  const listener = (error: unknown) => {
    if (handle(error)) return;
    process.off("uncaughtException", listener);
    process.off("unhandledRejection", listener);
    setImmediate(() => {
      throw error;
    });
  };
  process.on("uncaughtException", listener);
  process.on("unhandledRejection", listener);
}
