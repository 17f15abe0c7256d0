import { bucketOf, evenBucketOf } from "../../core/histogram.ts";
import type { RecordOperator } from "../operator.ts";
import { numberOf } from "./numbers.ts";

/** The argument of {@link histogram}. */
export interface HistogramRule {
  /** In ascending order, at least two. */
  readonly bounds: readonly number[];
  /** Whether the buckets are all of one size. */
  readonly even: boolean;
}

/** How many of the partition's numbers are in each bucket. */
export const histogram: RecordOperator = {
  type: "record",
  name: "histogram",
  emits: "epoch",
  helpers: {
    numberOf,
    counts: ({ bounds }: HistogramRule) => new Array<number>(bounds.length - 1).fill(0),
    bucketOf: ({ bounds, even }: HistogramRule) => (even ? evenBucketOf(bounds) : bucketOf(bounds)),
  },
  open: (code) =>
    `{ counts: ${code.helper("counts")}(${code.argument}), bucketOf: ${code.helper("bucketOf")}(${code.argument}) }`,
  record: (code) => {
    const bucket = code.local("bucket");
    return `
      const ${bucket} = ${code.state}.bucketOf(${code.helper("numberOf")}(${code.value}));
      if (${bucket} >= 0) ${code.state}.counts[${bucket}]++;`;
  },
  epochEnd: (code) => code.next(`${code.state}.counts`),
};
