import type { RecordOperator } from "../operator.ts";

export const map: RecordOperator = {
  type: "record",
  name: "map",
  emits: "record",
  record: (code) => code.next(code.call(0, code.value)),
};
