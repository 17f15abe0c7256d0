import { AssertionError } from "node:assert";
import { Duration, type DurationLike } from "../core/duration.ts";
import { SystemClock, sleepUntil } from "../platform/clock.ts";

/** How a test runner takes a case: `it` of `node:test` or of vitest. */
export type RegisterCase = (name: string, body: () => Promise<void>) => void;

export interface SuiteSettings {
  /** How long, in real time, a case waits for something that should come; `"20 seconds"` by default. */
  readonly deadline?: DurationLike;
}

const POLL_MS = 2;

/** Waits until something is so, which `step` may bring about. */
export class Patience {
  readonly #ms: number;

  constructor({ deadline = "20 seconds" }: SuiteSettings = {}) {
    this.#ms = Duration.of(deadline).milliseconds;
  }

  async until(condition: () => boolean, otherwise: string, step: () => Promise<void> = async () => {}): Promise<void> {
    const clock = new SystemClock();
    const deadline = clock.now() + this.#ms;
    for (;;) {
      await step();
      if (condition()) return;
      if (clock.now() > deadline) throw new AssertionError({ message: otherwise });
      await sleepUntil(clock, clock.now() + POLL_MS);
    }
  }
}
