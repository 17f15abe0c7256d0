import type { Alarm, Clock } from "../../platform/clock.ts";
import type { StatusStore } from "../status/status-store.ts";

/** Something is said at least this often, so that neither side takes the other for dead. */
export const SILENCE_MS = 15_000;
/** What changes at once is told at once: a batch starts, runs and ends. */
const GATHER_MS = 50;

/**
 * When pages are told: soon after something has changed, but not more often than the settings say, however often that is. While
 * no page waits it costs nothing, and it keeps no process alive.
 */
export class LiveFeed {
  readonly #store: StatusStore;
  /** The machine's: pages are told in real time, whatever the program's clock is. */
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #waiting = new Set<() => void>();
  #alarm: Alarm | undefined;
  #heartbeat: Alarm | undefined;
  #lastTime = Number.NEGATIVE_INFINITY;
  #ended = false;

  constructor(store: StatusStore, clock: Clock, intervalMs: number) {
    this.#store = store;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Whether the context has stopped. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves when it is time to tell what has changed after `revision`, or to say anything at all; at once when it has ended, or has been aborted. */
  wait(revision: number, signal: AbortSignal): Promise<void> {
    if (this.#ended || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        this.#waiting.delete(done);
        if (this.#waiting.size === 0) this.#rest();
        resolve();
      };
      signal.addEventListener("abort", done, { once: true });
      this.#waiting.add(done);
      if (this.#waiting.size === 1) this.#watch();
      this.#store.settle();
      if (this.#store.revisions.last > revision) this.#changed();
    });
  }

  /** Lets go whoever waits, now and from now on. */
  end(): void {
    this.#ended = true;
    this.#tick();
  }

  #watch(): void {
    this.#store.watch(() => this.#changed());
    this.#heartbeat = this.#clock.at(this.#clock.now() + SILENCE_MS, () => this.#tick(), { keepAlive: false });
  }

  #rest(): void {
    this.#store.watch(undefined);
    this.#alarm?.cancel();
    this.#heartbeat?.cancel();
    this.#alarm = this.#heartbeat = undefined;
  }

  #changed(): void {
    if (this.#alarm !== undefined) return;
    const time = Math.max(this.#lastTime + this.#intervalMs, this.now() + Math.min(GATHER_MS, this.#intervalMs));
    this.#alarm = this.#clock.at(time, () => this.#tick(), { keepAlive: false });
  }

  #tick(): void {
    this.#lastTime = this.#clock.now();
    for (const done of [...this.#waiting]) done();
  }
}
