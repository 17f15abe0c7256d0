import type { CallSite } from "../../core/call-site.ts";
import type { Job } from "./job.ts";

/** After a long stage it takes a few short ones before the next is thought to be short. */
const DECAY = 0.8;

/** More tasks are never run by one thread. */
const MOST_TASKS = 16;

/**
 * How long the stages of an output operation have run of late, all their tasks together: for each number of tasks, since after many
 * empty batches one with a hundred files is not short. A batch is mostly like the one before, so the next stages of the same output take
 * about as long.
 */
export class StagePace {
  readonly #shortMs: number;
  /** By the number of tasks. */
  readonly #longest = new WeakMap<CallSite, number[]>();

  constructor(shortMs: number) {
    this.#shortMs = shortMs;
  }

  note({ batch }: Job, tasks: number, runMs: number): void {
    if (batch?.site === undefined || tasks > MOST_TASKS) return;
    const longest = this.#longest.get(batch.site) ?? [];
    this.#longest.set(batch.site, longest);
    longest[tasks] = Math.max(runMs, DECAY * (longest[tasks] ?? 0));
  }

  /** Whether the next stage is expected to take less than `shortMs`, so that waking a second thread for it makes it no faster. */
  isShort({ batch }: Job, tasks: number): boolean {
    return batch?.site !== undefined && (this.#longest.get(batch.site)?.[tasks] ?? this.#shortMs) < this.#shortMs;
  }
}
