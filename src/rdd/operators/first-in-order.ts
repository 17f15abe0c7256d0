import type { Comparator } from "../../core/ordering.ts";
import { sortedBy } from "../../core/sorting.ts";
import type { RecordOperator } from "../operator.ts";
import { extremeComparator } from "./extreme.ts";

/** The argument of {@link firstInOrder}. */
export interface FirstInOrderRule {
  readonly n: number;
  readonly descending: boolean;
}

/** The first n records of the partition in an order, which the driver merges. Function 0: a comparator, if any. */
export const firstInOrder: RecordOperator = {
  type: "record",
  name: "first in order",
  emits: "epoch",
  helpers: {
    keeper: (rule: FirstInOrderRule, own: Comparator<unknown> | undefined) => new Keeper(rule, own),
  },
  open: (code) => `${code.helper("keeper")}(${code.argument}, ${code.function(0)})`,
  record: (code) => `${code.state}.add(${code.value});`,
  epochEnd: (code) => {
    const record = code.local("record");
    return `for (const ${record} of ${code.state}.first()) { ${code.next(record)} }`;
  },
};

/** Room for further records, before those that come too late in the order are dropped. */
const SLACK = 512;

/**
 * The first n of all that is added. Of records that are equal in the order, those that came first. Holds at most
 * 2n + {@link SLACK} of them: each time that these are sorted, the second half goes.
 */
class Keeper {
  readonly #n: number;
  readonly #descending: boolean;
  readonly #own: Comparator<unknown> | undefined;
  readonly #compare: Comparator<unknown>;
  #kept: unknown[] = [];
  /** Whether the first n of what is kept are in order, and what is as late as the last of them need not be kept. */
  #full = false;

  constructor({ n, descending }: FirstInOrderRule, own: Comparator<unknown> | undefined) {
    this.#n = n;
    this.#descending = descending;
    this.#own = own;
    this.#compare = extremeComparator(descending, own);
  }

  add(record: unknown): void {
    if (this.#full && this.#compare(record, this.#kept[this.#n - 1]) >= 0) return;
    if (this.#kept.push(record) < 2 * this.#n + SLACK) return;
    this.#kept = this.first();
    this.#full = true;
  }

  first(): unknown[] {
    return firstOf(this.#kept, { n: this.#n, descending: this.#descending }, this.#own);
  }
}

/** The first n of these records in an order. */
export function firstOf<T>(
  records: readonly T[],
  { n, descending }: FirstInOrderRule,
  own: Comparator<unknown> | undefined,
): T[] {
  return sortedBy(records, (record) => record, !descending, own).slice(0, n);
}
