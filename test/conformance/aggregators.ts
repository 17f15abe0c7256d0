/** Functions and zeros that tables write in words, for operators that fold into a collection. */
import type { Fn } from "./evaluate.ts";

type Pair = readonly [unknown, number];

const added = (map: ReadonlyMap<unknown, number>, [key, value]: Pair): ReadonlyMap<unknown, number> =>
  new Map(map).set(key, (map.get(key) ?? 0) + value);

export const AGGREGATORS: Readonly<Record<string, Fn>> = {
  "map[k]+=v": (map, pair) => added(map as ReadonlyMap<unknown, number>, pair as Pair),
  "merge adding": (a, b) => [...(b as ReadonlyMap<unknown, number>)].reduce(added, a as ReadonlyMap<unknown, number>),
  "add to set": (set, value) => new Set([...(set as Iterable<unknown>), value]),
  union: (a, b) => new Set([...(a as Iterable<unknown>), ...(b as Iterable<unknown>)]),
  append: (list, value) => [...(list as Iterable<unknown>), value],
  "append all": (a, b) => [...(a as Iterable<unknown>), ...(b as Iterable<unknown>)],
  "append all, in place": (a, b) => {
    (a as unknown[]).push(...(b as unknown[]));
    return a;
  },
};

/** A zero: a plain value, or an empty collection in words. */
export function zero(value: unknown): unknown {
  switch (value) {
    case "empty map":
      return new Map();
    case "empty set":
      return new Set();
    case "empty list":
      return [];
    case "empty string":
      return "";
    default:
      return value;
  }
}
