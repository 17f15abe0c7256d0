import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { canonicalKey, isPrimitiveKey } from "../../src/core/key.ts";
import { isMillraceError } from "../../src/errors.ts";
import { keys, sameKey, sameKeyPairs } from "./keys.ts";

const LONG = process.env.MILLRACE_LONG === "1";

suite("canonicalKey", () => {
  test("is the same text for the same key", () => {
    fc.assert(fc.property(sameKeyPairs, ([a, b]) => canonicalKey(a) === canonicalKey(b)));
  });

  test("is the same text exactly where comparing says the same key", () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => (canonicalKey(a) === canonicalKey(b)) === sameKey(a, b)),
      { numRuns: LONG ? 200_000 : 2_000 },
    );
  });

  test("tells apart what looks alike", () => {
    const different: unknown[] = [
      null,
      undefined,
      0,
      "0",
      0n,
      false,
      "",
      "null",
      "undefined",
      [],
      [[]],
      [[], []],
      [null],
      [undefined],
      [""],
      ["", ""],
      [1, 2],
      [[1], 2],
      [1, [2]],
      [12],
      ["1", "2"],
      ["1,2"],
      "1,2",
      {},
      { a: undefined },
      { a: null },
      { a: {} },
      { a: 1 },
      { b: 1 },
      { a: 1, b: 1 },
      { a: { b: 1 } },
      [{ a: 1 }],
      { 0: 1 },
      [1],
      new Date(0),
      new Date(1),
      new Date(Number.NaN),
      [new Date(0)],
      "d0;",
      "n0;",
      "u",
      "s0:",
      ["s0:"],
      new Uint8Array(0),
      new Uint8Array(1),
      Uint8Array.of(0, 0),
      Uint8Array.of(255),
      "x1:\u0000",
      "é",
      "e\u0301",
      "\ud800",
      "\udc00",
    ];
    const texts = new Map<string, unknown>();
    for (const key of different) {
      const text = canonicalKey(key);
      assert.ok(!texts.has(text), `${text} stands for two keys`);
      texts.set(text, key);
    }
  });

  test("does not see how an object came to be", () => {
    const bare = Object.assign(Object.create(null), { b: 2, a: 1 });
    assert.equal(canonicalKey(bare), canonicalKey({ a: 1, b: 2 }));
    const shared = new Uint8Array(new SharedArrayBuffer(4), 1, 2);
    assert.equal(canonicalKey(shared), canonicalKey(Buffer.alloc(2)));
  });

  test("refuses instances, functions, symbols and what has no end", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    class Plane {}
    for (const value of [
      new Plane(),
      { plane: new Plane() },
      () => 1,
      Symbol("x"),
      new Map(),
      new Float64Array(1),
      cycle,
    ]) {
      assert.throws(
        () => canonicalKey(value),
        (error) => isMillraceError(error, "UNHASHABLE_KEY"),
      );
    }
    assert.throws(() => canonicalKey([new Plane()]), /Plane/);
  });
});

test("isPrimitiveKey says what a Map compares as it should", () => {
  fc.assert(
    fc.property(keys.filter(isPrimitiveKey), keys, (a, b) => new Map([[a, 1]]).has(b) === sameKey(a, b)),
    { numRuns: LONG ? 100_000 : 1_000 },
  );
});
