import type { RecordOperator } from "../operator.ts";

/** Inner join: each left value of a key with each right value, from `[key, [lefts, rights]]`. */
export const join: RecordOperator = {
  type: "record",
  name: "join",
  emits: "record",
  record: (code) => {
    const [left, right] = [code.local("left"), code.local("right")];
    return `
      for (const ${left} of ${code.value}[1][0]) {
        for (const ${right} of ${code.value}[1][1]) {
          ${code.next(`[${code.value}[0], [${left}, ${right}]]`)}
        }
      }`;
  },
};
