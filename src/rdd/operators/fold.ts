import { fresh } from "../../core/fresh.ts";
import type { RecordOperator } from "../operator.ts";

/** The partition's records folded into a copy of the zero (the argument), which is what an empty partition gives. */
export const fold: RecordOperator = {
  type: "record",
  name: "fold",
  emits: "epoch",
  helpers: { fresh },
  open: (code) => `{ value: ${code.helper("fresh")}(${code.argument}) }`,
  record: (code) => `${code.state}.value = ${code.call(0, `${code.state}.value`, code.value)};`,
  epochEnd: (code) => code.next(`${code.state}.value`),
};
