import type { RecordOperator } from "../operator.ts";

/** `[record, index]`, counted from the first record of the first partition. */
export const zipWithIndex: RecordOperator = {
  type: "record",
  name: "zipWithIndex",
  emits: "record",
  planned: "offset",
  open: (code) => `{ index: ${code.planned} }`,
  record: (code) => code.next(`[${code.value}, ${code.state}.index++]`),
};
