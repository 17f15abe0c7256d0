import { driverOnly } from "../closure/driver-only.ts";
import type { CallSite } from "../core/call-site.ts";
import type { Time } from "../core/time.ts";
import { MillraceError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import { Logger } from "../platform/log.ts";
import type { RDD } from "../rdd/rdd.ts";
import { at, type OutputLife } from "./dstream/stream-node.ts";

const logger = new Logger("DStream");

/** One batch of a stream. */
export interface StreamBatch<T> {
  readonly time: Time;
  /** All of its records, in partition order. */
  readonly records: readonly T[];
}

export interface ToBatchesOptions {
  /** How many batches may wait to be read before the output's job waits, too; 1 by default. */
  readonly highWaterMark?: number;
}

/** The batches of a stream, to be iterated with `for await`: see {@link DStream.toBatches}. */
export interface StreamBatches<T> extends AsyncIterable<StreamBatch<T>> {
  /**
   * Begins to read. One iteration at a time; when it has been left, another may begin with the batches that come then. It
   * ends when the context has stopped and what is unread has been read. Throws `CONTEXT_STATE` for a second one.
   */
  [Symbol.asyncIterator](): AsyncIterator<StreamBatch<T>, undefined>;
  /** How many batches were dropped because nobody iterated. */
  readonly dropped: number;
}

/**
 * The batches between the output's job and whoever reads them.
 *
 * ```text
 * job: collect -> [ unread, highWaterMark at most ] -> for await        full: the job waits, and the next batch with it
 *                 nobody iterates: dropped, and counted
 * ```
 */
export class BatchReading<T> implements StreamBatches<T> {
  readonly #site: CallSite;
  readonly #highWaterMark: number;
  #unread: StreamBatch<T>[] = [];
  /** Iterators that wait for a batch. */
  readonly #takers: ((result: IteratorResult<StreamBatch<T>, undefined>) => void)[] = [];
  #reader: "none" | "reading" | "left" = "none";
  #state: "open" | "stopping" | "ended" = "open";
  /** Whether an iteration that has not begun yet may still do so without missing a batch. */
  #isEarly = true;
  #dropped = 0;
  /** Called when it may have become clear what is to be done with a batch that waits. */
  #wake: (() => void) | undefined;

  constructor(site: CallSite, highWaterMark: number) {
    if (!Number.isInteger(highWaterMark) || highWaterMark < 1) {
      throw new MillraceError(
        "INVALID_ARGUMENT",
        `the highWaterMark must be an integer from 1 on, not ${highWaterMark}`,
        at(site),
      );
    }
    this.#site = site;
    this.#highWaterMark = highWaterMark;
  }

  get dropped(): number {
    return this.#dropped;
  }

  [Symbol.asyncIterator](): AsyncIterator<StreamBatch<T>, undefined> {
    if (this.#reader === "reading") {
      throw new MillraceError("CONTEXT_STATE", "the batches of a stream are being iterated already", {
        ...at(this.#site),
        remedy: "Call toBatches() once for each reader.",
      });
    }
    this.#reader = "reading";
    this.#wake?.();
    let left = false;
    return {
      next: () => (left ? Promise.resolve(DONE) : this.#next()),
      return: async () => {
        if (!left) this.#leave();
        left = true;
        return DONE;
      },
    };
  }

  /** What a closure that captured this is told. */
  [Symbol.for("millrace.ship")](): never {
    return driverOnly("DStream");
  }

  /** The output operation. */
  async run(rdd: RDD<T>, time: Time): Promise<void> {
    if (this.#isUnwanted) {
      this.#drop(1);
      return;
    }
    const batch: StreamBatch<T> = { time, records: await rdd.collect() };
    while (!this.#hasRoom && !this.#isUnwanted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#isUnwanted) {
      this.#drop(1);
      return;
    }
    const taker = this.#takers.shift();
    if (taker === undefined) this.#unread.push(batch);
    else taker({ done: false, value: batch });
  }

  readonly life: OutputLife = {
    started: (clock: Clock, batchMs: number) => {
      clock.at(
        clock.now() + batchMs,
        () => {
          this.#isEarly = false;
          if (this.#reader === "none") this.#drop(this.#unread.splice(0).length);
          this.#wake?.();
        },
        { keepAlive: false },
      );
    },
    // Whoever reads may itself wait for the context to stop: nothing must wait for the reader any longer.
    stopping: () => {
      if (this.#state === "open") this.#state = "stopping";
      this.#wake?.();
    },
    ended: () => {
      this.#state = "ended";
      for (const taker of this.#takers.splice(0)) taker(DONE);
    },
  };

  get #isUnwanted(): boolean {
    return this.#reader === "left" || (this.#reader === "none" && !this.#isEarly);
  }

  get #hasRoom(): boolean {
    return this.#state !== "open" || this.#takers.length > 0 || this.#unread.length < this.#highWaterMark;
  }

  async #next(): Promise<IteratorResult<StreamBatch<T>, undefined>> {
    const value = this.#unread.shift();
    if (value !== undefined) {
      this.#wake?.();
      return { done: false, value };
    }
    if (this.#state === "ended") return DONE;
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#wake?.();
    });
  }

  #leave(): void {
    this.#reader = "left";
    for (const taker of this.#takers.splice(0)) taker(DONE);
    this.#drop(this.#unread.splice(0).length);
    this.#wake?.();
  }

  #drop(batches: number): void {
    if (batches > 0 && this.#dropped === 0) {
      const why = this.#reader === "left" ? "its iteration has been left" : "nobody iterates it";
      logger.warn(
        `Batches of ${this.#site} are dropped, for ${why}: their number is in its property "dropped"`,
        "BATCHES_DROPPED",
      );
    }
    this.#dropped += batches;
  }
}

const DONE = { done: true, value: undefined } as const;
