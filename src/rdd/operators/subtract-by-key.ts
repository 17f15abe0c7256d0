import type { RecordOperator } from "../operator.ts";

/** The left pairs of keys that the right side does not have, from `[key, [lefts, rights]]`. */
export const subtractByKey: RecordOperator = {
  type: "record",
  name: "subtractByKey",
  emits: "record",
  record: (code) => {
    const left = code.local("left");
    return `
      if (${code.value}[1][1].length === 0) {
        for (const ${left} of ${code.value}[1][0]) { ${code.next(`[${code.value}[0], ${left}]`)} }
      }`;
  },
};
