import type { CallSite } from "../../core/call-site.ts";
import type { Job } from "./job.ts";

/** After a long stage it takes a few short ones before the next is thought to be short. */
const DECAY = 0.8;

/**
 * How long the stages of an output operation have run of late, all their tasks together. A batch is mostly like the one before, so
 * the next stages of the same output take about as long.
 */
export class StagePace {
  readonly #shortMs: number;
  readonly #longest = new WeakMap<CallSite, number>();

  constructor(shortMs: number) {
    this.#shortMs = shortMs;
  }

  note({ batch }: Job, runMs: number): void {
    if (batch?.site === undefined) return;
    this.#longest.set(batch.site, Math.max(runMs, DECAY * (this.#longest.get(batch.site) ?? 0)));
  }

  /** Whether the next stage is expected to take less than `shortMs`, so that waking a second thread for it makes it no faster. */
  isShort({ batch }: Job): boolean {
    return batch?.site !== undefined && (this.#longest.get(batch.site) ?? this.#shortMs) < this.#shortMs;
  }
}
