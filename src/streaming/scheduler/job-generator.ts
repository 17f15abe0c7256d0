import { BoundedQueue } from "../../core/bounded-queue.ts";
import type { Alarm, Clock } from "../../platform/clock.ts";
import type { BatchPlanner } from "./batch-planner.ts";
import type { JobScheduler } from "./job-scheduler.ts";
import type { StreamInputInfo } from "./streaming-listener.ts";

/** All that the generator hears of. */
type GeneratorEvent =
  /** The clock has reached a batch time. */
  | { readonly type: "tick"; readonly time: number }
  /** All outputs of a batch have ended. */
  | { readonly type: "batchEnded"; readonly time: number };

export interface JobGeneratorParts {
  readonly clock: Clock;
  readonly batchMs: number;
  /** The first batch is one batch duration later. */
  readonly zeroTime: number;
  readonly planner: BatchPlanner;
  readonly scheduler: JobScheduler;
  /** A tick has been handled; `submitted` says whether there is a batch. */
  onTick(time: number, inputs: ReadonlyMap<number, StreamInputInfo>, submitted: boolean): void;
}

/**
 * Makes a batch at each tick of the grid. One loop handles one event at a time, so tick n + 1 never overtakes tick n, and
 * a batch is not forgotten while another is being planned. When the machine falls behind, no tick is skipped: late ones
 * follow at once.
 *
 * ```text
 * zeroTime     1st batch    2nd batch
 *    |------------|------------|----->     the batch at t has the input of (t - batch, t]
 * ```
 *
 * The alarm for the next tick is set when the last one has been handled, and while the scheduler has room: a thousand
 * batches may wait, then planning waits too.
 */
export class JobGenerator {
  readonly #parts: JobGeneratorParts;
  /** At most the next tick, and the ends of the batches that the scheduler can hold. */
  readonly #events: BoundedQueue<GeneratorEvent>;
  readonly #loop: Promise<void>;
  readonly #lastTick = Promise.withResolvers<void>();
  #ticksLeft = Number.POSITIVE_INFINITY;
  /** The next tick that has not been handled. */
  #nextTick: number;
  /** Set until the next tick has been handled; undefined while the scheduler has no room for its batch. */
  #alarm: Alarm | undefined;
  #planning = false;
  #unhandled = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(parts: JobGeneratorParts) {
    this.#parts = parts;
    this.#events = new BoundedQueue(parts.scheduler.mostUnfinished + 1);
    this.#nextTick = parts.zeroTime + parts.batchMs;
    this.#loop = this.#run();
    this.#setAlarm();
  }

  batchEnded(time: number): void {
    this.#put({ type: "batchEnded", time });
  }

  /** Resolves when every tick that is due has been handled, and every batch has ended and what it leaves is forgotten. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#tellIfIdle();
    });
  }

  /** Handles one more tick, when the clock reaches it, and then no other. */
  async stopAfterNextTick(): Promise<void> {
    // A tick that is being planned may have cut its input before the call.
    this.#ticksLeft = this.#planning ? 2 : 1;
    await this.#lastTick.promise;
  }

  /** Handles nothing more. Resolves when what is being handled has been; a batch that was being planned is dropped. */
  async stop(): Promise<void> {
    this.#ticksLeft = 0;
    this.#alarm?.cancel();
    this.#events.close();
    this.#events.clear();
    await this.#loop;
    this.#lastTick.resolve();
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  async #run(): Promise<void> {
    for (;;) {
      const event = await this.#events.take();
      if (event === undefined) return;
      await this.#handle(event);
      this.#unhandled--;
      this.#tellIfIdle();
    }
  }

  async #handle(event: GeneratorEvent): Promise<void> {
    switch (event.type) {
      case "tick":
        await this.#tick(event.time);
        break;
      case "batchEnded":
        this.#parts.planner.forget(event.time);
        break;
    }
    this.#setAlarm();
  }

  async #tick(time: number): Promise<void> {
    const { planner, scheduler, batchMs } = this.#parts;
    this.#planning = true;
    const { inputs, batch } = await planner.plan(time);
    this.#planning = false;
    this.#alarm = undefined;
    this.#nextTick = time + batchMs;
    if (this.#ticksLeft === 0) return;
    if (batch !== undefined) scheduler.submit(batch);
    // Ticks without a batch leave inputs, too. While a batch waits, its end is the time to forget.
    else if (scheduler.unfinished === 0) planner.forget(time);
    this.#parts.onTick(time, inputs, batch !== undefined);
    this.#ticksLeft--;
    if (this.#ticksLeft === 0) this.#lastTick.resolve();
  }

  #setAlarm(): void {
    if (this.#alarm !== undefined || this.#ticksLeft === 0 || this.#parts.scheduler.isFull) return;
    const time = this.#nextTick;
    this.#alarm = this.#parts.clock.at(time, () => this.#put({ type: "tick", time }));
  }

  #put(event: GeneratorEvent): void {
    this.#unhandled++;
    this.#events.put(event);
  }

  #tellIfIdle(): void {
    const { scheduler, clock } = this.#parts;
    const ticksDue = this.#ticksLeft > 0 && this.#nextTick <= clock.now();
    if (this.#unhandled > 0 || scheduler.unfinished > 0 || ticksDue) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}
