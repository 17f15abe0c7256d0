import { type Clock, sleepUntil } from "../platform/clock.ts";

/** The end of a context, and whoever waits for it: it has stopped, or something has failed before. The first of these counts. */
export class Termination {
  readonly #clock: Clock;
  #outcome: { readonly error?: unknown } | undefined;
  #waiters: (() => void)[] = [];

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
    if (this.#outcome === undefined) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    this.#check();
  }

  /** As {@link wait}, but no longer than `ms`. Resolves to whether the context has stopped. */
  async waitAtMost(ms: number): Promise<boolean> {
    if (this.#outcome === undefined) {
      const timer = new AbortController();
      const stopped = new Promise<void>((resolve) => this.#waiters.push(resolve)).then(() => timer.abort());
      const timedOut = sleepUntil(this.#clock, this.#clock.now() + ms, timer.signal).catch(() => {});
      await Promise.race([stopped, timedOut]);
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
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
