import { type RandomStream, randomStream } from "../../core/random-stream.ts";
import type { RecordOperator } from "../operator.ts";

/** The argument of {@link sample}. */
export interface SampleRule {
  readonly withReplacement: boolean;
  /** Without replacement the chance of each record, with it how often each is expected. */
  readonly fraction: number;
  readonly seed: number;
  /** Where the chance begins, so that parts of one RDD have no record in common; 0 by default. */
  readonly from?: number;
}

/** A random part of the partition, the same for the same seed. */
export const sample: RecordOperator = {
  type: "record",
  name: "sample",
  emits: "record",
  helpers: {
    counter: ({ withReplacement, fraction, seed, from = 0 }: SampleRule, partition: number) => {
      const random = randomStream(seed, partition);
      if (withReplacement) return () => poisson(fraction, random);
      return () => {
        const drawn = random();
        return Number(drawn >= from && drawn < from + fraction);
      };
    },
  },
  open: (code) => `{ times: ${code.helper("counter")}(${code.argument}, ${code.partition}) }`,
  record: (code) => {
    const left = code.local("left");
    return `for (let ${left} = ${code.state}.times(); ${left} > 0; ${left}--) { ${code.next(code.value)} }`;
  },
};

/** Means are halved until they are this small: beyond, e^-mean comes near to 0. */
const LARGEST_MEAN = 500;

/** A number of Poisson's distribution (Knuth: how many uniform numbers can be multiplied until e^-mean is reached). */
function poisson(mean: number, random: RandomStream): number {
  if (mean > LARGEST_MEAN) return poisson(mean / 2, random) + poisson(mean / 2, random);
  const limit = Math.exp(-mean);
  let times = -1;
  for (let product = 1; product >= limit; times++) product *= random();
  return times;
}
