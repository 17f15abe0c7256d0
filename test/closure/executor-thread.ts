/** One executor thread for the tests of a file. */
import { Worker } from "node:worker_threads";
import type { Request } from "./fixtures/executor.ts";

export class ExecutorThread {
  readonly #worker = new Worker(new URL("./fixtures/executor.ts", import.meta.url), {
    // As the engine's: without the flags of a debugger or a test runner.
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  readonly #waiting = new Map<number, (reply: { result?: unknown; error?: string }) => void>();
  #last = 0;

  constructor() {
    this.#worker.on("message", ({ id, ...reply }) => this.#waiting.get(id)?.(reply));
    this.#worker.unref();
  }

  async ask(ask: Request["ask"], closures: readonly Uint8Array[], ...args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#last;
    this.#worker.ref();
    const reply = new Promise<{ result?: unknown; error?: string }>((resolve) => this.#waiting.set(id, resolve));
    this.#worker.postMessage({ id, closures, ask, args } satisfies Request);
    const { result, error } = await reply;
    this.#worker.unref();
    if (error !== undefined) throw new Error(error);
    return result;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
