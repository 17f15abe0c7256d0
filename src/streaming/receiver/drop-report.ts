import type { Alarm, Clock } from "../../platform/clock.ts";
import { type DropCounts, noDrops } from "./receiver-protocol.ts";

/** Between two reports of a connection, but for the first of each kind. */
export const REPORT_INTERVAL_MS = 10_000;

const KINDS = Object.keys(noDrops()) as readonly (keyof DropCounts)[];

/**
 * Decides when dropped lines are told of: the first of a kind in a connection at once, all others together, once in
 * {@link REPORT_INTERVAL_MS}. So none is silent, and a sender of nothing but bad lines does not flood the log.
 */
export class DropReport {
  readonly #clock: Clock;
  readonly #counts: Readonly<DropCounts>;
  readonly #report: (fresh: DropCounts) => void;
  readonly #kindsTold = new Set<keyof DropCounts>();
  #told = noDrops();
  #toldAt = Number.NEGATIVE_INFINITY;
  #alarm: Alarm | undefined;

  /** `counts` goes up by itself; `report` gets what was not yet told. */
  constructor(clock: Clock, counts: Readonly<DropCounts>, report: (fresh: DropCounts) => void) {
    this.#clock = clock;
    this.#counts = counts;
    this.#report = report;
  }

  connectionOpened(): void {
    this.#kindsTold.clear();
  }

  /** To be called when the counts may have changed. */
  check(): void {
    const fresh = KINDS.filter((kind) => this.#counts[kind] > this.#told[kind]);
    if (fresh.length === 0) return;
    const due = this.#toldAt + REPORT_INTERVAL_MS;
    if (this.#clock.now() >= due || fresh.some((kind) => !this.#kindsTold.has(kind))) this.#report(this.take());
    else this.#alarm ??= this.#clock.at(due, () => this.#report(this.take()));
  }

  /** What has not been told, which the caller will tell. */
  take(): DropCounts {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#toldAt = this.#clock.now();
    const fresh = noDrops();
    for (const kind of KINDS) {
      fresh[kind] = this.#counts[kind] - this.#told[kind];
      if (fresh[kind] > 0) this.#kindsTold.add(kind);
    }
    this.#told = { ...this.#counts };
    return fresh;
  }
}
