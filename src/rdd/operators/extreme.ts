import { assertOrderable, type Comparator, compareNaturally, reversed } from "../../core/ordering.ts";
import { checkedComparator } from "../../core/sorting.ts";
import type { RecordOperator } from "../operator.ts";

/**
 * The record of the partition that comes first, or last where the argument is true; nothing from an empty one. Of
 * several such, the first. Function 0: a comparator, if any.
 */
export const extreme: RecordOperator = {
  type: "record",
  name: "extreme",
  emits: "epoch",
  helpers: { comparator: extremeComparator, check: (value: unknown, own: unknown) => own ?? assertOrderable(value) },
  open: (code) =>
    `{ some: false, value: undefined, compare: ${code.helper("comparator")}(${code.argument}, ${code.function(0)}) }`,
  record: (code) => `
    if (!${code.state}.some) {
      ${code.helper("check")}(${code.value}, ${code.function(0)});
      ${code.state}.some = true; ${code.state}.value = ${code.value};
    } else if (${code.state}.compare(${code.value}, ${code.state}.value) < 0) ${code.state}.value = ${code.value};`,
  epochEnd: (code) => `if (${code.state}.some) { ${code.next(`${code.state}.value`)} }`,
};

/** The order in which the wanted record is the first. */
export function extremeComparator(last: boolean, own: Comparator<unknown> | undefined): Comparator<unknown> {
  const compare = own === undefined ? compareNaturally : checkedComparator(own);
  return last ? reversed(compare) : compare;
}
