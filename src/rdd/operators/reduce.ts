import type { RecordOperator } from "../operator.ts";

/** The partition's records made into one; nothing from an empty partition. */
export const reduce: RecordOperator = {
  type: "record",
  name: "reduce",
  emits: "epoch",
  open: "{ some: false, value: undefined }",
  record: (code) => `
    if (${code.state}.some) ${code.state}.value = ${code.call(0, `${code.state}.value`, code.value)};
    else { ${code.state}.some = true; ${code.state}.value = ${code.value}; }`,
  epochEnd: (code) => `if (${code.state}.some) { ${code.next(`${code.state}.value`)} }`,
};
