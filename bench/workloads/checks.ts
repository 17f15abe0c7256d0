/** The checks that all peers agree on: exact sums below 2^53, whatever the order of the records. */
import { crc32 } from "node:zlib";

/** Distinct keys, records, and a sum over both: three numbers, joined by colons in a result. */
export type Check = readonly [keys: number, records: number, sum: number];

export const NO_CHECK: Check = [0, 0, 0];

export function merged([a, b, c]: Check, [x, y, z]: Check): Check {
  return [a + x, b + y, c + z];
}

export function crc20(text: string): number {
  return crc32(text) & 0xfffff;
}

/** W1, W2, W6: distinct words, words, sum of crc20(word) * count. */
export function withCount([words, total, sum]: Check, [word, count]: readonly [string, number]): Check {
  return [words + 1, total + count, sum + crc20(word) * count];
}

export interface Stats {
  readonly n: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** W3: planes, readings, sum of crc20(plane) * statistics. */
export function withStats([planes, total, sum]: Check, [plane, stats]: readonly [string, Stats]): Check {
  const cents = cents100(stats.sum) + cents100(stats.min) + cents100(stats.max);
  return [planes + 1, total + stats.n, sum + crc20(plane) * ((stats.n + cents) % 1_000_003)];
}

function cents100(value: number): number {
  return Math.floor(100 * value + 0.5);
}

/** W4: planes, readings, sum of crc20(plane) * (count + sum). */
export function withWindow(
  [planes, total, sum]: Check,
  [plane, [n, values]]: readonly [string, readonly [number, number]],
): Check {
  return [planes + 1, total + n, sum + crc20(plane) * ((n + values) % 1_000_003)];
}
