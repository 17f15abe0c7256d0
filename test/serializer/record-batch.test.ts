import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError } from "millrace";
import { RecordNames } from "../../src/closure/class-names.ts";
import { identityOf } from "../../src/closure/identity.ts";
import { blockBytes } from "../../src/core/block.ts";
import { SlabPool } from "../../src/core/slab-pool.ts";
import { decodeRecords, encodeRecords } from "../../src/serializer/record-batch.ts";

function roundTrip(records: readonly unknown[]): unknown[] {
  const block = new SlabPool().store(Buffer.concat(encodeRecords(records)));
  return decodeRecords(blockBytes(block));
}

const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("\ud800", "é", "日本語"));

const integer = fc.oneof(fc.integer(), fc.constantFrom(0, -0, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1));

describe("record batches", () => {
  for (const [name, record] of Object.entries({
    pairs: fc.tuple(text, fc.double()),
    "pairs with integers": fc.tuple(text, integer),
    numbers: fc.double(),
    integers: integer,
    "integers beside other numbers": fc.oneof(integer, fc.double()),
    strings: text,
    anything: fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: true,
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

  it("carry cycles and long chains", () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    const [back] = roundTrip([cyclic]) as [typeof cyclic];
    assert.equal(back.self, back);
    // Everyone leads to everyone: a walk that forgets where it was would never end.
    const crowd: { others: unknown[] }[] = Array.from({ length: 40 }, () => ({ others: [] }));
    for (const one of crowd) one.others = crowd;
    assert.equal((roundTrip([crowd[0]])[0] as (typeof crowd)[0]).others.length, 40);
    let chain: unknown = "end";
    for (let i = 0; i < 1_000; i++) chain = { chain };
    assert.deepEqual(roundTrip([chain]), [chain]);
    for (let i = 0; i < 100_000; i++) chain = { chain };
    assert.throws(
      () => encodeRecords([chain]),
      (error) => isMillraceError(error, "UNSERIALISABLE_RECORD") && /nested too deeply/.test(error.message),
    );
  });

  it("refuse what would arrive as something else", () => {
    for (const record of [
      () => 1,
      [() => 1],
      Symbol("s"),
      { s: Symbol("s") },
      new Proxy({}, {}),
      new WeakMap(),
      Object.create({}),
      new (class {
        readonly #hidden = 1;
        get hidden(): number {
          return this.#hidden;
        }
      })(),
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

  it("carry instances of classes that both sides know, and refuse the others by name", () => {
    class Plane {
      id: string;
      constructor(id: string) {
        this.id = id;
      }
    }
    const records = [new Plane("a"), { deep: new Map([["x", new Set([new Plane("b")])]]) }, [new Plane("c")], 4];
    assert.throws(
      () => encodeRecords(records),
      (error) => isMillraceError(error, "UNSERIALISABLE_RECORD") && /Plane/.test(error.message),
    );
    const names = new RecordNames({ givesNumbers: true });
    const block = new SlabPool().store(Buffer.concat(encodeRecords(records, names)));
    assert.deepEqual(names.classNumbers, [identityOf(Plane)]);
    assert.deepStrictEqual(decodeRecords(blockBytes(block)), records);
  });

  it("keep what v8 leaves out: fields of errors, maps and dates, and that an object has no prototype", () => {
    const error = Object.assign(new RangeError("far"), { code: 7 });
    const map = Object.assign(new Map([[1, 2]]), { unit: "C" });
    const date = Object.assign(new Date(0), { zone: "UTC" });
    const bare = Object.assign(Object.create(null) as object, { x: 1 });
    const back = roundTrip([{ error, map, date, bare }])[0] as Record<string, object>;
    assert.deepStrictEqual(back, { error, map, date, bare });
    assert.equal(Object.getPrototypeOf(back.bare), null);
  });
});
