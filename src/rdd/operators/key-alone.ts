import type { RecordOperator } from "../operator.ts";

/** `[record, null]`: the record as a key, for what works on keys alone. */
export const recordAsKey: RecordOperator = {
  type: "record",
  name: "record as key",
  emits: "record",
  record: (code) => code.next(`[${code.value}, null]`),
};

/** `[key, null]`: the pair without its value, which need not cross a shuffle where only keys matter. */
export const keyAlone: RecordOperator = {
  type: "record",
  name: "key alone",
  emits: "record",
  record: (code) => code.next(`[pair(${code.value})[0], null]`),
};
