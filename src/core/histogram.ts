/** How numbers are counted in buckets, as Spark does it: each from its bound up to the next, the last one with its upper bound. */

/** The bounds of so many buckets of one size. */
export function evenBuckets(min: number, max: number, count: number): number[] {
  if (min === max) return [min, min];
  return Array.from({ length: count + 1 }, (_, i) => min + (i * (max - min)) / count);
}

/** The index of a number's bucket, or -1 where it is in none. */
export type BucketOf = (value: number) => number;

/** Where the buckets are all of one size. */
export function evenBucketOf(bounds: readonly number[]): BucketOf {
  const [min, max, count] = [bounds[0]!, bounds.at(-1)!, bounds.length - 1];
  return (value) => {
    if (Number.isNaN(value) || value < min || value > max) return -1;
    // Of one bucket without a width, the quotient is NaN, which is bucket 0.
    return Math.min(Math.trunc(((value - min) / (max - min)) * count) || 0, count - 1);
  };
}

/** A search among the bounds; NaN comes after all other numbers. */
export function bucketOf(bounds: readonly number[]): BucketOf {
  const last = bounds.length - 1;
  return (value) => {
    let [low, high] = [0, bounds.length];
    // The first bound beyond the value.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isAfter(bounds[middle]!, value)) high = middle;
      else low = middle + 1;
    }
    if (low === 0) return -1;
    if (low <= last) return low - 1;
    // The upper bound of the last bucket is in it.
    return isAfter(value, bounds[last]!) ? -1 : last - 1;
  };
}

export function isAfter(a: number, b: number): boolean {
  return a > b || (Number.isNaN(a) && !Number.isNaN(b));
}
