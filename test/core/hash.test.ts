import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { BUCKETS, bucketOf, hashKey, murmur3, SEED } from "../../src/core/hash.ts";
import { isMillraceError } from "../../src/errors.ts";
import { keys, sameKeyPairs } from "./keys.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

suite("murmur3", () => {
  // The reference implementation's, as they are handed down.
  const vectors: readonly [bytes: Uint8Array | string, seed: number, hash: number][] = [
    ["", 0, 0],
    ["", 1, 0x514e28b7],
    ["", 0xffffffff, 0x81f16f39],
    [Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0, 0x76293b50],
    [Uint8Array.of(0x21, 0x43, 0x65, 0x87), 0, 0xf55b516b],
    [Uint8Array.of(0x21, 0x43, 0x65, 0x87), 0x5082edee, 0x2362f9de],
    [Uint8Array.of(0x21, 0x43, 0x65), 0, 0x7e4a8634],
    [Uint8Array.of(0x21, 0x43), 0, 0xa0f7b07a],
    [Uint8Array.of(0x21), 0, 0x72661cf4],
    [new Uint8Array(4), 0, 0x2362f9de],
    [new Uint8Array(3), 0, 0x85f0b427],
    [new Uint8Array(2), 0, 0x30f4c306],
    [new Uint8Array(1), 0, 0x514e28b7],
    ["aaaa", 0x9747b28c, 0x5a97808a],
    ["aaa", 0x9747b28c, 0x283e0130],
    ["aa", 0x9747b28c, 0x5d211726],
    ["a", 0x9747b28c, 0x7fa09ea6],
    ["abcd", 0x9747b28c, 0xf0478627],
    ["abc", 0x9747b28c, 0xc84a62dd],
    ["ab", 0x9747b28c, 0x74875592],
    ["Hello, world!", 0x9747b28c, 0x24884cba],
    ["ππππππππ", 0x9747b28c, 0xd58063c1],
    ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
  ];
  for (const [bytes, seed, hash] of vectors) {
    test(`of ${typeof bytes === "string" ? `"${bytes}"` : `[${bytes}]`} with seed ${seed}`, () => {
      assert.equal(murmur3(typeof bytes === "string" ? utf8(bytes) : bytes, seed), hash);
    });
  }

  test("reads bytes that begin anywhere in their buffer", () => {
    const padded = Uint8Array.of(9, 9, 9, ...utf8("Hello, world!"), 9);
    assert.equal(murmur3(padded.subarray(3, -1), 0x9747b28c), 0x24884cba);
  });

  // What hash() of Apache Spark 4 answers; it treats the bytes after the last whole word differently.
  const spark: readonly [text: string, hash: number][] = [
    ["", 142593372],
    ["abcd", -396302900],
    ["millrace", -1703396468],
    ["EC-MIG engine 1:", -1289297473],
    ["0123456789ab", -1691252673],
  ];
  for (const [text, hash] of spark) {
    test(`hashes "${text}" as Spark does`, () => {
      assert.equal(murmur3(utf8(text)) | 0, hash);
      assert.equal(hashKey(text) | 0, hash);
    });
  }
});

suite("hashKey", () => {
  test("of a string is that of its bytes, whether it is ASCII or not", () => {
    const texts = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }));
    fc.assert(fc.property(texts, (text) => hashKey(text) === murmur3(utf8(text), SEED)));
    for (const text of ["é", "abé", "abcé", "abcdé", "abcdeé", "🛫", "abc🛫"])
      assert.equal(hashKey(text), murmur3(utf8(text)));
  });

  test("is the same for the same key", () => {
    fc.assert(fc.property(sameKeyPairs, ([a, b]) => hashKey(a) === hashKey(b)));
  });

  test("knows one NaN and one zero, whatever their bits", () => {
    const bits = new BigUint64Array([
      0x7ff8000000000000n,
      0xfff8000000000000n,
      0x7ff0000000000001n,
      0xffffffffffffffffn,
    ]);
    const nans = [...new Float64Array(bits.buffer), 0 / Number(""), Math.sqrt(-1), Number("x")];
    assert.deepEqual(new Set(nans.map(hashKey)), new Set([hashKey(Number.NaN)]));
    assert.equal(hashKey(-0), hashKey(0));
    assert.equal(hashKey([-0]), hashKey([0]));
  });

  test("tells small and large numbers, fractions and types apart", () => {
    const different = [
      0,
      1,
      -1,
      2 ** 32,
      2 ** 53,
      0.1,
      0.2,
      Number.MIN_VALUE,
      Number.MAX_VALUE,
      Number.NaN,
      Infinity,
      -Infinity,
      "0",
      "1",
      "",
      undefined,
      true,
      false,
      [],
      [1],
      {},
      1n,
    ];
    assert.equal(new Set(different.map(hashKey)).size, different.length);
  });

  test("is an unsigned 32-bit integer and its top bits the bucket", () => {
    fc.assert(
      fc.property(keys, (key) => {
        const hash = hashKey(key);
        assert.ok(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32);
        const bucket = bucketOf(key);
        assert.equal(bucket, Math.floor(hash / 2 ** 17));
        assert.ok(bucket < BUCKETS);
      }),
    );
  });

  test("never changes: state that is kept by bucket would be lost", () => {
    const fixed: readonly [key: unknown, hash: number][] = [
      ["plane", 1995820039],
      [42, 3596520734],
      [0.5, 538068697],
      [true, 3735386339],
      [null, 142593372],
      [undefined, 3712240066],
      [7n, 729655862],
      [["EC-MIG", "engine 1"], 3118261305],
      [{ b: 1, a: [2] }, 2878289393],
      [new Date(0), 50674350],
      [Uint8Array.of(1, 2), 937676824],
    ];
    for (const [key, hash] of fixed) assert.equal(hashKey(key), hash);
  });

  test("refuses what is no key", () => {
    for (const value of [() => 1, Symbol("s"), new Map(), new Set(), /x/, new (class Plane {})(), [new Map()]]) {
      assert.throws(
        () => hashKey(value),
        (error) => isMillraceError(error, "UNHASHABLE_KEY"),
      );
    }
  });
});

suite("keys are spread evenly over the buckets", () => {
  const families: readonly [what: string, key: (i: number) => unknown][] = [
    ["integers", (i) => i],
    ["fractions", (i) => i / 8],
    ["texts", (i) => `plane-${i}`],
    ["tuples", (i) => [`plane-${i % 100}`, Math.floor(i / 100)]],
    ["objects", (i) => ({ plane: i % 100, part: Math.floor(i / 100) })],
  ];
  for (const [what, key] of families) {
    test(what, () => {
      const n = 20_000;
      const groups = new Array<number>(64).fill(0);
      for (let i = 0; i < n; i++) groups[Math.floor((bucketOf(key(i)) * groups.length) / BUCKETS)]!++;
      const expected = n / groups.length;
      const chiSquared = groups.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // 63 degrees of freedom: beyond 116 once in 100,000 fair spreads. The keys are fixed, so this holds or does not.
      assert.ok(chiSquared < 116, `chi-squared is ${chiSquared.toFixed(1)}`);
    });
  }
});
