import type { RecordOperator } from "../../../rdd/operator.ts";

/** The end of a loop that hands each record to its state, a {@link SectionWriter}, under the partition it goes to. */
export const partitionSink: Readonly<Record<"key" | "turns", RecordOperator>> = {
  key: {
    type: "record",
    name: "partition by key",
    emits: "epoch",
    record: ({ value, state }) => `${state}.writePair(pair(${value}));`,
  },
  turns: {
    type: "record",
    name: "partition in turns",
    emits: "epoch",
    record: ({ value, state }) => `${state}.writeNext(${value});`,
  },
};
