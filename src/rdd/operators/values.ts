import type { RecordOperator } from "../operator.ts";

export const values: RecordOperator = {
  type: "record",
  name: "values",
  emits: "record",
  record: (code) => code.next(`pair(${code.value})[1]`),
};
