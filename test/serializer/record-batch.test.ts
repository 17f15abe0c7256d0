import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError } from "millrace";
import { blockBytes } from "../../src/core/block.ts";
import { SlabPool } from "../../src/core/slab-pool.ts";
import { decodeRecords, encodeRecords } from "../../src/serializer/record-batch.ts";

function roundTrip(records: readonly unknown[]): unknown[] {
  const block = new SlabPool().store(Buffer.concat(encodeRecords(records)));
  return decodeRecords(blockBytes(block));
}

const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("\ud800", "é", "日本語"));

describe("record batches", () => {
  for (const [name, record] of Object.entries({
    pairs: fc.tuple(text, fc.double()),
    numbers: fc.double(),
    strings: text,
    anything: fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: false,
      withObjectString: false,
    }),
    mixtures: fc.oneof(fc.tuple(text, fc.double()), fc.double(), text, fc.constant(null)),
  })) {
    it(`carry ${name} as they are`, () => {
      fc.assert(
        fc.property(fc.array(record), (records) => {
          assert.deepEqual(roundTrip(records), records);
        }),
        { seed: 20260104 },
      );
    });
  }

  it("carry more than a batch", () => {
    const pairs = Array.from({ length: 10_000 }, (_, i) => [`key ${i}`, i]);
    assert.deepEqual(roundTrip(pairs), pairs);
  });

  it("refuse what would arrive as something else", () => {
    class Plane {}
    class Alarm extends Error {}
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    assert.equal((roundTrip([cyclic])[0] as typeof cyclic).self !== undefined, true);
    for (const record of [
      new Plane(),
      [new Plane()],
      { deep: new Map([["x", new Set([new Plane()])]]) },
      new Alarm(),
      () => 1,
      Symbol("s"),
      new Proxy({}, {}),
      new (class extends Map {})(),
    ]) {
      assert.throws(
        () => encodeRecords([record]),
        (error) => isMillraceError(error, "UNSERIALISABLE_RECORD"),
      );
    }
    assert.throws(
      () => encodeRecords([{ p: Promise.resolve() }]),
      (error) => isMillraceError(error, "ASYNC_RESULT"),
    );
  });
});
