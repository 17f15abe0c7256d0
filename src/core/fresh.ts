import { MillraceError } from "../errors.ts";

/** A copy of plain data for a function that may change it: primitives as they are, the rest as a structured clone. */
export function fresh<V>(value: V): V {
  if (typeof value !== "object" || value === null) return value;
  // The usual zeros, an empty list and an object of numbers, without the cost of the general algorithm.
  if (Array.isArray(value) && value.length === 0) return [] as V;
  if (Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPrimitive)) return { ...value };
  return structuredClone(value);
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function");
}

/** Refuses what {@link fresh} would not copy as what it is: functions, symbols, and instances of classes of the program's. */
export function assertCopyable(value: unknown): void {
  const seen = new Set<unknown>([value]);
  // A set's iteration reaches what is added on the way.
  for (const item of seen) for (const part of partsOf(item)) seen.add(part);
}

function partsOf(value: unknown): Iterable<unknown> {
  if (typeof value === "function") throw uncopyable("a function");
  if (typeof value === "symbol") throw uncopyable("a symbol");
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return Object.values(value);
  if (prototype === Map.prototype) return [...(value as Map<unknown, unknown>)].flat();
  if (prototype === Set.prototype) return value as Set<unknown>;
  if (prototype === Date.prototype || ArrayBuffer.isView(value)) return [];
  throw uncopyable(`an instance of ${value.constructor?.name || "a class"}`);
}

function uncopyable(what: string): MillraceError {
  return new MillraceError("UNSERIALISABLE_RECORD", `the zero holds ${what}, which cannot be copied`, {
    remedy:
      "Begin with plain data (objects, arrays, numbers, strings, dates, maps, sets), or use combineByKey or reduce.",
  });
}
