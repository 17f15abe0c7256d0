import type { RecordOperator } from "../operator.ts";
import { numberOf } from "./numbers.ts";

/** The sum of the partition's numbers. */
export const sum: RecordOperator = {
  type: "record",
  name: "sum",
  emits: "epoch",
  helpers: { numberOf },
  open: "{ sum: 0 }",
  record: (code) => `${code.state}.sum += ${code.helper("numberOf")}(${code.value});`,
  epochEnd: (code) => code.next(`${code.state}.sum`),
};
