import type { RecordOperator } from "../operator.ts";

/** Calls the function for its effect; emits nothing. */
export const forEach: RecordOperator = {
  type: "record",
  name: "foreach",
  emits: "epoch",
  record: (code) => `${code.call(0, code.value)};`,
};
