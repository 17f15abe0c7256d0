import type { BatchInfo, StreamInputInfo } from "../scheduler/streaming-listener.ts";
import type { RateController } from "./rate-controller.ts";

/**
 * Tells each rate controller how its stream fared in each batch. What came at ticks at which no output was due counts for the next
 * batch that has one, which processes it.
 */
export class RateControl {
  readonly #controllers: ReadonlyMap<number, RateController>;
  /** Records of each stream since the last batch that was submitted. */
  #since = new Map<number, number>();
  /** The same for the batches that were submitted and have not ended, by time. */
  readonly #batches = new Map<number, ReadonlyMap<number, number>>();

  constructor(controllers: ReadonlyMap<number, RateController>) {
    this.#controllers = controllers;
  }

  /** The inputs of a tick are settled; `submitted` says whether its batch will run. */
  settled(time: number, inputs: ReadonlyMap<number, StreamInputInfo>, submitted: boolean): void {
    for (const streamId of this.#controllers.keys()) {
      const { numRecords = 0 } = inputs.get(streamId) ?? {};
      this.#since.set(streamId, (this.#since.get(streamId) ?? 0) + numRecords);
    }
    if (!submitted) return;
    this.#batches.set(time, this.#since);
    this.#since = new Map();
  }

  batchCompleted({ batchTime, processingEndTime, processingDelay, schedulingDelay }: BatchInfo): void {
    const records = this.#batches.get(batchTime.milliseconds);
    this.#batches.delete(batchTime.milliseconds);
    if (records === undefined || processingEndTime === undefined) return;
    if (processingDelay === undefined || schedulingDelay === undefined) return;
    for (const [streamId, controller] of this.#controllers) {
      const numRecords = records.get(streamId) ?? 0;
      controller.batchCompleted({ processingEndTime, processingDelay, schedulingDelay, numRecords });
    }
  }
}
