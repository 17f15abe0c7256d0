import { type Moments, mergedMoments, NO_MOMENTS } from "../../core/stat-counter.ts";
import type { RecordOperator } from "../operator.ts";
import { numberOf } from "./numbers.ts";

/** The {@link Moments} of the partition's numbers. */
export const moments: RecordOperator = {
  type: "record",
  name: "moments",
  emits: "epoch",
  helpers: { numberOf, counter: () => new Counter() },
  open: (code) => `{ counter: ${code.helper("counter")}() }`,
  record: (code) => `${code.state}.counter.add(${code.helper("numberOf")}(${code.value}));`,
  epochEnd: (code) => code.next(`${code.state}.counter.moments`),
};

/** Welford's way: a number at a time, without the loss that sums of squares have. */
class Counter {
  #count = 0;
  #mean = 0;
  #m2 = 0;
  #max = NO_MOMENTS.max;
  #min = NO_MOMENTS.min;

  add(value: number): void {
    const delta = value - this.#mean;
    this.#count++;
    this.#mean += delta / this.#count;
    this.#m2 += delta * (value - this.#mean);
    this.#max = Math.max(this.#max, value);
    this.#min = Math.min(this.#min, value);
  }

  get moments(): Moments {
    return { count: this.#count, mean: this.#mean, m2: this.#m2, max: this.#max, min: this.#min };
  }
}

/** The moments of all partitions. */
export function allMoments(parts: readonly Moments[]): Moments {
  return parts.reduce(mergedMoments, NO_MOMENTS);
}
