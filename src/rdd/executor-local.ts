/**
 * What a program opens on each executor: connections, handles, parsers. A socket cannot travel with a function; the recipe
 * that opens it can.
 */
import { isPromiseLike } from "../core/promise-like.ts";
import { describeThrown, MillraceError } from "../errors.ts";
import { Logger } from "../platform/log.ts";
import { currentResources, TaskContext } from "./task-context.ts";

const logger = new Logger("Executor");

/** Something that each executor opens for itself, when a function first asks for it there. */
export interface ExecutorLocal<T> {
  /**
   * The executor's own: opened by the first call in its thread, the same one at each later call, until the executor stops.
   * What `open` threw is thrown, and the next call tries again.
   *
   * @throws {MillraceError} CONTEXT_STATE outside of a task: nobody would close it
   */
  get(): T;
}

/** Travels by value, with its functions; the symbol is the same one in every thread, whichever function brought it there. */
export class ExecutorRecipe<T> implements ExecutorLocal<T> {
  readonly key = Symbol("executorLocal");
  readonly open: () => T;
  readonly close: ((resource: Awaited<T>) => unknown) | undefined;

  constructor(open: () => T, close: ((resource: Awaited<T>) => unknown) | undefined) {
    this.open = open;
    this.close = close;
  }

  get(): T {
    const resources = currentResources();
    if (resources !== undefined) return resources.get(this);
    throw new MillraceError("CONTEXT_STATE", "an executorLocal was asked for outside of a task", {
      remedy: "Call get() inside a function that runs on executors, as that of map or foreachPartition.",
    });
  }
}

/**
 * Makes a recipe for something that cannot travel, a connection for example: functions capture the recipe, and
 * each executor thread opens one of its own with `open` when it is first asked for. `close` is called for each when the
 * context stops; a thread that is killed closes nothing. `open` may be async: then `await` what `get()` returns.
 *
 * @example
 * ```ts
 * import { createHash } from "node:crypto";
 * import { executorLocal, SparkContext } from "millrace";
 *
 * const sc = new SparkContext({ master: "local[2]" });
 * const connection = executorLocal(
 *   async () => ({ sent: [] as string[], hash: createHash("sha1") }),
 *   (open) => console.log(`closed after ${open.sent.length}`),
 * );
 * await sc.parallelize(["a", "b", "c"], 2).foreachPartition(async (lines) => {
 *   const { sent } = await connection.get();
 *   for (const line of lines) sent.push(line);
 * });
 * await sc.stop(); // closes both
 * ```
 */
export function executorLocal<T>(open: () => T, close?: (resource: Awaited<T>) => unknown): ExecutorLocal<T> {
  if (TaskContext.get() !== undefined) {
    throw new MillraceError("CONTEXT_STATE", "executorLocal was called in a task, where each call is another one", {
      remedy: "Call it once on the driver, and let the functions capture what it returns.",
    });
  }
  return new ExecutorRecipe(open, close);
}

interface Opened {
  readonly resource: unknown;
  readonly close: ((resource: never) => unknown) | undefined;
}

/** What one executor has opened. */
export class ExecutorResources {
  readonly #opened = new Map<symbol, Opened>();
  readonly #onFirst: () => void;

  /** `onFirst` is told when there is something to be closed. */
  constructor(onFirst: () => void = () => undefined) {
    this.#onFirst = onFirst;
  }

  get<T>({ key, open, close }: ExecutorRecipe<T>): T {
    const known = this.#opened.get(key);
    if (known !== undefined) return known.resource as T;
    const resource = open();
    const opened: Opened = { resource, close };
    this.#opened.set(key, opened);
    if (this.#opened.size === 1) this.#onFirst();
    if (isPromiseLike<unknown>(resource)) {
      resource.then(undefined, () => {
        if (this.#opened.get(key) === opened) this.#opened.delete(key);
      });
    }
    return resource;
  }

  /** Closes all, those opened last first. What goes wrong is a warning, for whoever stops wants to stop. */
  async close(): Promise<void> {
    const all = [...this.#opened.values()].reverse();
    this.#opened.clear();
    for (const { resource, close } of all) {
      try {
        await close?.((await resource) as never);
      } catch (error) {
        logger.warn(`an executorLocal could not be closed: ${describeThrown(error)}`, "RESOURCE_NOT_CLOSED");
      }
    }
  }
}
