import { canonicalKey } from "../core/key.ts";
import { type Comparator, compareNaturally } from "../core/ordering.ts";
import { checkedComparator, sortedBy } from "../core/sorting.ts";
import type { PlanPartitioner } from "./partitioner.ts";
import type { UserFunction } from "./plan.ts";

/** In which order keys are, and whether partitions begin with the first or the last of them. */
export interface RangeOrder {
  readonly ascending: boolean;
  /** The natural order where there is none. */
  readonly comparator: Comparator<unknown> | undefined;
}

/** A partitioner that planning makes, of a sample of the keys. */
export interface RangeRule extends RangeOrder {
  readonly kind: "range";
  /** That of the parent's partitions where it is not given. There may be fewer, where there are few different keys. */
  readonly numPartitions: number | undefined;
}

/**
 * Sends each key to the partition of its range, so that the partitions are in order one to the other:
 *
 * ```text
 * bounds            10        20        30
 * keys     ... 10 | 11 ... 20 | 21 ... 30 | 31 ...
 * partition     0 |         1 |         2 | 3        (descending: 3, 2, 1, 0)
 * ```
 */
export class RangePartitioner implements PlanPartitioner {
  readonly numPartitions: number;
  /** The last key of each range but the last, in ascending order. */
  readonly bounds: readonly unknown[];
  readonly order: RangeOrder;

  constructor(bounds: readonly unknown[], order: RangeOrder) {
    this.bounds = bounds;
    this.order = order;
    this.numPartitions = bounds.length + 1;
  }

  getPartition(key: unknown): number {
    const { bounds, order } = this;
    const compare = order.comparator === undefined ? compareNaturally : checkedComparator(order.comparator);
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(bounds[middle], key) < 0) low = middle + 1;
      else high = middle;
    }
    return order.ascending ? low : bounds.length - low;
  }

  equals(other: unknown): boolean {
    if (other === this) return true;
    if (!(other instanceof RangePartitioner) || other.order.ascending !== this.order.ascending) return false;
    const natural = this.order.comparator === undefined && other.order.comparator === undefined;
    return natural && canonicalKey(other.bounds) === canonicalKey(this.bounds);
  }

  /** The comparator as tasks get it. */
  get function(): UserFunction | undefined {
    return this.order.comparator;
  }
}

/** A key of a sample, and for how many records it stands. */
export interface WeighedKey {
  readonly key: unknown;
  readonly weight: number;
}

/** Bounds between ranges of about the same weight, at most `numPartitions` of them; equal keys are in one range. */
export function rangeBounds(
  sample: readonly WeighedKey[],
  numPartitions: number,
  comparator: Comparator<unknown> | undefined,
): unknown[] {
  const compare = comparator === undefined ? compareNaturally : checkedComparator(comparator);
  const partitions = Math.min(numPartitions, sample.length);
  const step = sample.reduce((sum, { weight }) => sum + weight, 0) / partitions;
  const bounds: unknown[] = [];
  let target = step;
  let passed = 0;
  for (const { key, weight } of sortedBy(sample, ({ key }) => key, true, comparator)) {
    passed += weight;
    if (bounds.length >= partitions - 1) break;
    if (passed < target || (bounds.length > 0 && compare(key, bounds.at(-1)) <= 0)) continue;
    bounds.push(key);
    target += step;
  }
  return bounds;
}
