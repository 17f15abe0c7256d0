import { type Comparator, compareNaturally } from "../../core/ordering.ts";
import { checkedComparator } from "../../core/sorting.ts";
import type { RecordOperator } from "../operator.ts";

/** The pairs whose keys are in a range, both ends included. Argument: `[lower, upper]`. Function 0: a comparator, if any. */
export const keyRange: RecordOperator = {
  type: "record",
  name: "key range",
  emits: "record",
  helpers: {
    within: ([lower, upper]: readonly [unknown, unknown], own: Comparator<unknown> | undefined) => {
      const compare = own === undefined ? compareNaturally : checkedComparator(own);
      return (key: unknown) => compare(key, lower) >= 0 && compare(key, upper) <= 0;
    },
  },
  open: (code) => `{ within: ${code.helper("within")}(${code.argument}, ${code.function(0)}) }`,
  record: (code) => `if (${code.state}.within(pair(${code.value})[0])) { ${code.next(code.value)} }`,
};
