import { type Clock, sleepUntil } from "../platform/clock.ts";

/** The end of a context, and whoever waits for it: it has stopped, or something has failed before. The first of these counts. */
export class Termination {
  readonly #clock: Clock;
  #outcome: { readonly error?: unknown } | undefined;
  /** Removed when they give up: a program may wait a second, again and again, for years. */
  readonly #waiters = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  fail(error: unknown): void {
    this.#settle({ error });
  }

  stop(): void {
    this.#settle({});
  }

  /** Resolves when the context stops; rejects with the first error. */
  async wait(): Promise<void> {
    if (this.#outcome === undefined) await new Promise<void>((resolve) => this.#waiters.add(resolve));
    this.#check();
  }

  /** As {@link wait}, but no longer than `ms`. Resolves to whether the context has stopped. */
  async waitAtMost(ms: number): Promise<boolean> {
    if (this.#outcome === undefined) {
      const settled = new AbortController();
      const waiter = () => settled.abort();
      this.#waiters.add(waiter);
      await sleepUntil(this.#clock, this.#clock.now() + ms, settled.signal).catch(() => {});
      this.#waiters.delete(waiter);
    }
    this.#check();
    return this.#outcome !== undefined;
  }

  #check(): void {
    if (this.#outcome !== undefined && "error" in this.#outcome) throw this.#outcome.error;
  }

  #settle(outcome: { readonly error?: unknown }): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }
}
