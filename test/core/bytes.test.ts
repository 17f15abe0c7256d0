import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseBytes } from "../../src/core/bytes.ts";
import { isMillraceError } from "../../src/errors.ts";

suite("parseBytes", () => {
  const read: readonly [text: string, bytes: number][] = [
    ["0", 0],
    ["65536", 65_536],
    ["10b", 10],
    ["64k", 65_536],
    ["64K", 65_536],
    ["64kb", 65_536],
    ["64m", 64 * 2 ** 20],
    ["64MB", 64 * 2 ** 20],
    [" 1 g ", 2 ** 30],
    ["2t", 2 ** 41],
  ];
  for (const [text, bytes] of read) test(`reads "${text}"`, () => assert.equal(parseBytes(text), bytes));

  for (const text of ["", "m", "-1", "1.5g", "1x", "1 m b", "1,000", "NaN", "one"]) {
    test(`refuses "${text}"`, () => {
      assert.throws(
        () => parseBytes(text),
        (error) => isMillraceError(error, "INVALID_ARGUMENT"),
      );
    });
  }
});
