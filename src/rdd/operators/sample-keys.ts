import { type RandomStream, randomStream } from "../../core/random-stream.ts";
import type { RecordOperator } from "../operator.ts";

/** What a range partitioner needs to know of a partition: how many pairs it has, and some of their keys. */
export interface KeySample {
  readonly total: number;
  readonly keys: readonly unknown[];
}

/** One {@link KeySample} of at most n keys (the argument), each as likely as any other (a reservoir). */
export const sampleKeys: RecordOperator = {
  type: "record",
  name: "sample keys",
  emits: "epoch",
  helpers: { reservoir: (size: number, partition: number) => new Reservoir(size, randomStream(0, partition)) },
  open: (code) => `${code.helper("reservoir")}(${code.argument}, ${code.partition})`,
  record: (code) => `${code.state}.add(pair(${code.value})[0]);`,
  epochEnd: (code) => code.next(`{ total: ${code.state}.total, keys: ${code.state}.keys }`),
};

class Reservoir {
  readonly keys: unknown[] = [];
  readonly #size: number;
  readonly #random: RandomStream;
  total = 0;

  constructor(size: number, random: RandomStream) {
    this.#size = size;
    this.#random = random;
  }

  add(key: unknown): void {
    this.total++;
    if (this.keys.length < this.#size) {
      this.keys.push(key);
      return;
    }
    const place = Math.floor(this.#random() * this.total);
    if (place < this.#size) this.keys[place] = key;
  }
}
