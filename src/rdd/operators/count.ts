import type { RecordOperator } from "../operator.ts";

/** One number: how many records the partition has. */
export const count: RecordOperator = {
  type: "record",
  name: "count",
  emits: "epoch",
  open: "{ n: 0 }",
  record: (code) => `${code.state}.n++;`,
  epochEnd: (code) => code.next(`${code.state}.n`),
};
