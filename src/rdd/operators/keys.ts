import type { RecordOperator } from "../operator.ts";

export const keys: RecordOperator = {
  type: "record",
  name: "keys",
  emits: "record",
  record: (code) => code.next(`pair(${code.value})[0]`),
};
