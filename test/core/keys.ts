/** Keys for property tests, and key identity stated a second time, by comparing instead of by text. */
import fc from "fast-check";

/** Any key there can be, small numbers and texts often, so that equal ones occur. */
export const keys: fc.Arbitrary<unknown> = fc.letrec<{ key: unknown }>((tie) => ({
  key: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      undefined,
      true,
      false,
      0,
      -0,
      Number.NaN,
      Infinity,
      -Infinity,
      "",
      "0",
      "n0;",
      "s1:a",
      0n,
    ),
    fc.integer({ min: -3, max: 3 }),
    fc.double(),
    fc.string({ maxLength: 3 }),
    fc.string({ unit: "binary", maxLength: 3 }),
    fc.bigInt({ min: -3n, max: 3n }),
    fc.date({ min: new Date(0), max: new Date(3) }),
    fc.uint8Array({ maxLength: 2 }),
    fc.array(tie("key"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "ab", "s1:a", ""), tie("key"), { maxKeys: 3 }),
  ),
})).key;

/** Two values that are the same key, written differently where they can be. */
export const sameKeyPairs: fc.Arbitrary<[unknown, unknown]> = keys.map((key) => [key, rewritten(key)]);

function rewritten(key: unknown): unknown {
  if (key === 0) return Object.is(key, -0) ? 0 : -0;
  if (typeof key === "string") return [...key].join("");
  if (typeof key !== "object" || key === null) return key;
  if (key instanceof Date) return new Date(key.getTime());
  if (key instanceof Uint8Array) return Buffer.concat([Buffer.from([7]), key]).subarray(1);
  if (Array.isArray(key)) return key.map(rewritten);
  const entries = Object.entries(key).map(([name, value]): [string, unknown] => [name, rewritten(value)]);
  return Object.fromEntries(entries.reverse());
}

/** Whether two values are the same key. */
export function sameKey(a: unknown, b: unknown): boolean {
  if (typeof a !== typeof b) return false;
  if (typeof a !== "object" || a === null || b === null) return a === b || (Number.isNaN(a) && Number.isNaN(b));
  if (kind(a) !== kind(b)) return false;
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && sameKey(left[name], right[name]))
  );
}

function kind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value instanceof Date) return "date";
  return value instanceof Uint8Array ? "bytes" : "object";
}
