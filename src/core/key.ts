/**
 * What makes two keys the same key.
 *
 * Primitives: `===`, except that NaN is NaN and -0 is 0. Arrays (tuples), plain objects (own enumerable keys, in any
 * order), Date and Uint8Array: by content. Class instances, functions and symbols are no keys. null and undefined are
 * two keys. (Spark: Scala's value equality; S21.)
 *
 * Primitives are told apart by JavaScript's own `Map`, which follows the same rule. Everything else is written as a
 * canonical string, so that a `Map` of strings tells structures apart.
 */
import { MillraceError } from "../errors.ts";

/** Whether a `Map` of JavaScript's compares this key correctly as it is. */
export function isPrimitiveKey(key: unknown): boolean {
  return key === null || (typeof key !== "object" && typeof key !== "function" && typeof key !== "symbol");
}

/**
 * The canonical text of a structured key: equal keys have equal texts, different keys have different ones.
 * Every value starts with a letter for its type, and texts carry their length, so nothing inside can pose as syntax.
 */
export function canonicalKey(key: unknown): string {
  return write(key, 0);
}

const DEEPEST = 100;

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return `s${value.length}:${value}`;
    case "number":
      return `n${value === 0 ? 0 : value};`;
    case "boolean":
      return value ? "t" : "f";
    case "undefined":
      return "u";
    case "bigint":
      return `b${value};`;
    case "object":
      return value === null ? "0" : writeObject(value, depth);
    default:
      throw unhashable(value, `a ${typeof value}`);
  }
}

function writeObject(value: object, depth: number): string {
  if (depth > DEEPEST) throw unhashable(value, `an object nested more than ${DEEPEST} deep, or a cyclic one,`);
  if (Array.isArray(value)) {
    let text = `[${value.length}:`;
    for (const item of value) text += write(item, depth + 1);
    return text;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    const fields = value as Record<string, unknown>;
    const names = Object.keys(fields).sort();
    let text = `{${names.length}:`;
    for (const name of names) text += write(name, depth + 1) + write(fields[name], depth + 1);
    return text;
  }
  if (value instanceof Date) return `d${value.getTime()};`;
  if (value instanceof Uint8Array)
    return `x${value.length}:${Buffer.from(value.buffer, value.byteOffset, value.length).toString("latin1")}`;
  throw unhashable(value, `an instance of ${prototype.constructor?.name || "a class"}`);
}

function unhashable(_value: unknown, what: string): MillraceError {
  return new MillraceError("UNHASHABLE_KEY", `${what} cannot be a key`, {
    remedy:
      "Keys are strings, numbers, booleans, bigints, null, undefined, dates, byte arrays, and arrays and plain objects of these: " +
      "make the key from the fields that identify it.",
  });
}
