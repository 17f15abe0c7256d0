import type { RecordOperator } from "../operator.ts";

/** The first n records of the partition (n >= 1, the argument); the source is not read further. */
export const limit: RecordOperator = {
  type: "record",
  name: "take",
  emits: "record",
  open: "{ n: 0 }",
  record: (code) => `
    ${code.state}.n++;
    ${code.next(code.value)}
    if (${code.state}.n >= ${code.argument}) ${code.enough}`,
};
