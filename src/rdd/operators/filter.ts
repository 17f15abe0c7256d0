import type { RecordOperator } from "../operator.ts";

export const filter: RecordOperator = {
  type: "record",
  name: "filter",
  emits: "record",
  record: (code) => `if (${code.call(0, code.value)}) { ${code.next(code.value)} }`,
};
