import { isProxy } from "node:util/types";
import { MillraceError } from "../errors.ts";

/** Beyond this depth values are remembered, so that a cycle ends the walk. */
const CAREFUL_DEPTH = 32;

/** Classes whose instances the structured clone algorithm carries over as what they are. */
// biome-ignore format: a list
const CARRIED_CLASSES: readonly { readonly prototype: unknown }[] = [
  Object, Array, Map, Set, Date, RegExp, Boolean, Number, String, BigInt, ArrayBuffer, DataView, Buffer,
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
  BigInt64Array, BigUint64Array, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError,
];

const CARRIED = new Set<unknown>([null, ...CARRIED_CLASSES.map(({ prototype }) => prototype)]);

/**
 * Refuses a record that would reach the other side as something else: v8's serializer turns an instance of a class into
 * a plain object, silently. Throws `ASYNC_RESULT` for a promise, `UNSERIALISABLE_RECORD` for what else cannot cross.
 */
export function assertPlainData(value: unknown): void {
  if (typeof value === "object" ? value !== null : typeof value === "function" || typeof value === "symbol")
    walk(value, 0, undefined);
}

function walk(value: unknown, depth: number, seen: Set<unknown> | undefined): void {
  if (typeof value !== "object" || value === null) {
    if (typeof value === "function") throw unserialisable(`the function ${value.name || "(anonymous)"}`);
    if (typeof value === "symbol") throw unserialisable(String(value));
    return;
  }
  let visited = seen;
  if (depth >= CAREFUL_DEPTH) {
    visited ??= new Set();
    if (visited.has(value)) return;
    visited.add(value);
  }
  if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) {
    for (const item of value)
      if (typeof item === "object" || typeof item === "function" || typeof item === "symbol")
        walk(item, depth + 1, visited);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (!CARRIED.has(prototype) || isProxy(value)) throw refused(value, prototype);
  if (prototype === Object.prototype || prototype === null) {
    const fields = value as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      const field = fields[name];
      if (typeof field === "object" || typeof field === "function" || typeof field === "symbol")
        walk(field, depth + 1, visited);
    }
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      walk(key, depth + 1, visited);
      walk(item, depth + 1, visited);
    }
  } else if (value instanceof Set) {
    for (const item of value) walk(item, depth + 1, visited);
  } else if (value instanceof Error && value.cause !== undefined) walk(value.cause, depth + 1, visited);
}

function refused(value: object, prototype: object): MillraceError {
  if (typeof (value as { then?: unknown }).then === "function") return asyncResult();
  if (isProxy(value)) return unserialisable("a Proxy");
  return unserialisable(
    `an instance of ${(prototype as { constructor?: { name?: string } }).constructor?.name || "a class"}`,
  );
}

function unserialisable(what: string): MillraceError {
  return new MillraceError(
    "UNSERIALISABLE_RECORD",
    `a record holds ${what}, which cannot cross to another thread as what it is`,
    {
      remedy:
        "Emit plain data (objects, arrays, strings, numbers, dates, maps, sets) and make the instance where it is used.",
    },
  );
}

/** What a synchronous operator whose function returned a promise is told. */
export function asyncResult(): MillraceError {
  return new MillraceError("ASYNC_RESULT", "the function returned a promise, and this operator is synchronous", {
    remedy: "Do asynchronous work in mapPartitions or foreachPartition, whose functions may be async.",
  });
}
