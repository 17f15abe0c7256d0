import type { RecordOperator } from "../operator.ts";

/** One array: the records of the partition. */
export const glom: RecordOperator = {
  type: "record",
  name: "glom",
  emits: "epoch",
  open: "{ records: [] }",
  record: (code) => `${code.state}.records.push(${code.value});`,
  epochEnd: (code) => code.next(`${code.state}.records`),
};
