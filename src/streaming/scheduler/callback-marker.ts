import { AsyncLocalStorage } from "node:async_hooks";

/** Where a function of the program can be called from: a listener's method, or an output or transform of a batch. */
export type Callback = "listener" | "batch";

interface Mark {
  readonly callback: Callback;
  active: boolean;
}

/** Knows whether the present call comes from a function that the context itself has called, and that has not ended. */
export class CallbackMarker {
  readonly #marks = new AsyncLocalStorage<Mark>();

  /** The function of the program that this call comes from, if any. */
  get present(): Callback | undefined {
    const mark = this.#marks.getStore();
    return mark?.active ? mark.callback : undefined;
  }

  /** Calls `body`; what it calls until it returns, or until its promise has settled, is marked. */
  async during<R>(callback: Callback, body: () => R | Promise<R>): Promise<R> {
    const mark: Mark = { callback, active: true };
    try {
      return await this.#marks.run(mark, body);
    } finally {
      mark.active = false;
    }
  }

  /** As {@link during}, for what is not awaited. */
  duringCall<R>(callback: Callback, body: () => R): R {
    const mark: Mark = { callback, active: true };
    try {
      return this.#marks.run(mark, body);
    } finally {
      mark.active = false;
    }
  }
}
