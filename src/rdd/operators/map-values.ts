import type { RecordOperator } from "../operator.ts";

export const mapValues: RecordOperator = {
  type: "record",
  name: "mapValues",
  emits: "record",
  record: (code) => code.next(`[pair(${code.value})[0], ${code.call(0, `${code.value}[1]`)}]`),
};
