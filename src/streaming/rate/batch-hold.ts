import type { StreamInputInfo } from "../scheduler/streaming-listener.ts";

/**
 * When receivers are to take nothing in: while a batch waits for another to end, and while the first one with records runs. Rates
 * follow from batches that have ended, which comes too late for what would come in while one takes long. So a batch waits for one other
 * at most that has records; and the sender waits in TCP.
 */
export class BatchHold {
  readonly #most: number;
  #first: "awaited" | "running" | "ended" = "awaited";
  #firstTime = 0;

  constructor(concurrentJobs: number) {
    this.#most = concurrentJobs + 1;
  }

  submitted(time: number, inputs: ReadonlyMap<number, StreamInputInfo>): void {
    if (this.#first !== "awaited" || ![...inputs.values()].some(({ numRecords }) => numRecords > 0)) return;
    this.#first = "running";
    this.#firstTime = time;
  }

  ended(time: number): void {
    if (this.#first === "running" && time >= this.#firstTime) this.#first = "ended";
  }

  isHeld(unfinished: number): boolean {
    return this.#first === "running" || unfinished >= this.#most;
  }
}
