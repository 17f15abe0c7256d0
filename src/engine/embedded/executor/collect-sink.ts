import type { RecordOperator } from "../../../rdd/operator.ts";

/** The end of a loop that keeps what reaches it, in its state: `{ out: [] }`. */
export const collectSink: RecordOperator = {
  type: "record",
  name: "collect",
  emits: "epoch",
  open: "{ out: [] }",
  record: ({ value, state }) => `${state}.out.push(${value});`,
};

export interface Collected {
  out: unknown[];
}
