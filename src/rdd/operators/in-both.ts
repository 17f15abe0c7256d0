import type { RecordOperator } from "../operator.ts";

/** The keys that both sides have, from `[key, [lefts, rights]]`. */
export const inBoth: RecordOperator = {
  type: "record",
  name: "in both",
  emits: "record",
  record: (code) => `
    if (${code.value}[1][0].length > 0 && ${code.value}[1][1].length > 0) { ${code.next(`${code.value}[0]`)} }`,
};
