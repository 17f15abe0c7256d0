import type { Comparator } from "../../core/ordering.ts";
import { sortedBy } from "../../core/sorting.ts";
import type { RecordOperator } from "../operator.ts";

/** The pairs of the partition in the order of their keys; argument: whether ascending. Function 0: a comparator, if any. */
export const sortByKey: RecordOperator = {
  type: "record",
  name: "sortByKey",
  emits: "epoch",
  helpers: {
    sort: (pairs: readonly (readonly unknown[])[], ascending: boolean, comparator: Comparator<unknown> | undefined) =>
      sortedBy(pairs, ([key]) => key, ascending, comparator),
  },
  open: "{ pairs: [] }",
  record: (code) => `${code.state}.pairs.push(pair(${code.value}));`,
  epochEnd: (code) => {
    const pair = code.local("pair");
    return `
      for (const ${pair} of ${code.helper("sort")}(${code.state}.pairs, ${code.argument}, ${code.function(0)})) {
        ${code.next(pair)}
      }`;
  },
};
