import type { RecordOperator } from "../operator.ts";

export const keyBy: RecordOperator = {
  type: "record",
  name: "keyBy",
  emits: "record",
  record: (code) => code.next(`[${code.call(0, code.value)}, ${code.value}]`),
};
