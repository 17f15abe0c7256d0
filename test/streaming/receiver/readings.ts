/** Receivers and settings for tests of where received data is held. */
import { Receiver, type StorageLevel, serializeRecords } from "millrace";

export class Reading {
  readonly n: number;
  readonly note: string;

  constructor(n: number, note: string) {
    this.n = n;
    this.note = note;
  }

  get isOdd(): boolean {
    return this.n % 2 === 1;
  }
}

/** Stores `count` readings in the way that is asked for, and says when it has. */
export class Readings extends Receiver<Reading> {
  readonly #how: "one" | "several" | "bytes";
  readonly #count: number;
  stored = 0;

  constructor(how: "one" | "several" | "bytes", count: number, level?: StorageLevel) {
    super(level);
    this.#how = how;
    this.#count = count;
  }

  async onStart(): Promise<void> {
    const note = "x".repeat(1000);
    for (let n = 0; n < this.#count; n += 1000) {
      const readings = Array.from({ length: 1000 }, (_, i) => new Reading(n + i, note));
      if (this.#how === "several") await this.store(readings);
      else if (this.#how === "bytes") await this.store(serializeRecords(readings.map(({ n }) => ({ n, note }))));
      else for (const reading of readings) await this.store(reading);
      this.stored += 1000;
    }
    this.stop("all stored");
  }

  onStop(): void {}
}

/** Records of lines, for `socketStream`. */
export async function* framing(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<number> {
  let held = "";
  for await (const chunk of chunks) {
    const lines = (held + Buffer.from(chunk).toString("latin1")).split("\n");
    held = lines.pop()!;
    for (const line of lines) yield Number.parseInt(line, 10);
  }
}

/** For a batch of an hour, whatever comes in. */
export function hourConf(local: string, memory: string) {
  return {
    "spark.local.dir": local,
    "millrace.receiver.memory": memory,
    "millrace.receiver.diskReserve": 0,
    "spark.streaming.backpressure.enabled": false,
    "spark.streaming.receiverRestartDelay": "2 hours",
  };
}
