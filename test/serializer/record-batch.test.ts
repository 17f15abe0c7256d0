import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { isMillraceError } from "millrace";
import { RecordNames } from "../../src/closure/class-names.ts";
import { identityOf } from "../../src/closure/identity.ts";
import { blockBytes } from "../../src/core/block.ts";
import { SlabPool } from "../../src/core/slab-pool.ts";
import type { RecordColumns } from "../../src/serializer/column-reader.ts";
import {
  BATCH_RECORDS,
  decodeRecords,
  encodePairBatch,
  encodeRecords,
  RecordReader,
} from "../../src/serializer/record-batch.ts";

/** What the heap holds when all that can be collected has been. */
function liveBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) collect();
  return getHeapStatistics().used_heap_size;
}

function roundTrip(records: readonly unknown[]): unknown[] {
  const bytes = blockBytes(new SlabPool().store(encodeRecords(records)));
  const decoded = decodeRecords(bytes);
  assert.deepEqual(madeOfColumns(bytes), decoded);
  return decoded;
}

/** What code makes of the records of a section that stay columns. */
function madeOfColumns(bytes: Uint8Array): unknown[] {
  const reader = new RecordReader(bytes);
  const made: unknown[] = [];
  for (let batch = reader.nextColumns(); batch !== undefined; batch = reader.nextColumns()) {
    if (Array.isArray(batch)) made.push(...batch);
    else made.push(...recordsOf(batch as RecordColumns));
  }
  return made;
}

function recordsOf({ length, keys, code, columns }: RecordColumns): unknown[] {
  const names = columns.map((_, j) => `c${j}`);
  const record = keys === undefined ? code : `[keys.at(i), ${code}]`;
  const make = new Function("i", "keys", ...names, `"use strict"; return ${record};`);
  return Array.from({ length }, (_, i) => make(i, keys, ...columns));
}

const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("\ud800", "é", "日本語"));

const integer = fc.oneof(fc.integer(), fc.constantFrom(0, -0, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1));

/** Through columns of keys and values on both sides. */
function pairsRoundTrip(pairs: readonly (readonly [unknown, unknown])[]): unknown[] {
  const batches: Uint8Array[] = [];
  for (let from = 0; from < pairs.length; from += BATCH_RECORDS) {
    const some = pairs.slice(from, from + BATCH_RECORDS);
    const [keys, values] = [some.map(([key]) => key), some.map(([, value]) => value)];
    batches.push(encodePairBatch(keys, values, new RecordNames()));
  }
  return madeOfColumns(blockBytes(new SlabPool().store(batches)));
}

describe("record batches", () => {
  for (const [name, key] of Object.entries({
    text,
    ASCII: fc.string({ unit: "grapheme-ascii" }),
    numbers: integer,
    "any keys": fc.anything({ withDate: true }),
  })) {
    it(`carry pairs as columns, by ${name}`, () => {
      const value = fc.oneof(integer, fc.tuple(integer, fc.double()), fc.anything({ withMap: true }));
      fc.assert(
        fc.property(fc.array(fc.tuple(key, value)), (pairs) => {
          assert.deepEqual(pairsRoundTrip(pairs), pairs);
          assert.deepEqual(pairsRoundTrip(pairs), roundTrip(pairs));
        }),
        { seed: 20261125 },
      );
    });
  }

  it("give bytes memory of their own, which is theirs when the block is used again", () => {
    const records = () => [
      new Uint8Array([1, 2]),
      Buffer.from("abc"),
      new Float64Array([0.5, 7]),
      new DataView(new Uint8Array([1, 2, 3]).buffer),
      { key: [new Uint16Array([5])] },
      new Map([["bytes", new Uint8Array([9])]]),
    ];
    const bytes = blockBytes(new SlabPool().store(encodeRecords(records())));
    const decoded = decodeRecords(bytes);
    bytes.fill(65);
    assert.deepEqual(decoded, records());
  });

  it("leave no string that is kept with the text of all others", () => {
    for (const letter of ["x", "é"]) {
      const kept: unknown[] = [];
      const keepOneOfEach = (batches: number) => {
        for (let batch = 0; batch < batches; batch++) {
          const lines = Array.from({ length: 4096 }, (_, i) => `${batch} ${i} ${letter.repeat(90)}`);
          kept.push(roundTrip(lines.map((line) => [line, { line }]))[0]);
        }
        return liveBytes();
      };
      const before = keepOneOfEach(5);
      const bytes = (keepOneOfEach(20) - before) / 20;
      assert.ok(bytes < 10_000, `${letter}: ${Math.round(bytes)} bytes for each`);
    }
  });

  it("carry more pairs than a batch holds", () => {
    const pairs = Array.from({ length: 10_000 }, (_, i): [string, number] => [`EC-${i}`, i]);
    assert.deepEqual(pairsRoundTrip(pairs), pairs);
  });

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
    "pairs of any key and any value": fc.tuple(fc.oneof(integer, text), fc.oneof(fc.double(), text)),
    tuples: fc.tuple(text, fc.tuple(integer, fc.double()), fc.boolean()),
    "objects of one shape": fc.record({ plane: text, temp: fc.double(), n: integer, ok: fc.boolean() }),
    "objects inside each other": fc.tuple(text, fc.record({ "": fc.record({ x: fc.double() }), ["__proto__"]: text })),
    "objects that lack a field": fc.record({ a: integer, b: text }, { requiredKeys: ["a"] }),
    lists: fc.tuple(text, fc.array(fc.tuple(integer, text), { maxLength: 5 })),
    "lists alone": fc.array(integer, { maxLength: 3 }),
    "what may be missing": fc.tuple(text, fc.option(fc.record({ a: integer })), fc.option(text, { nil: undefined })),
    nothing: fc.constantFrom(null, undefined),
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

  it("carry what is no column as it is", () => {
    const match = /(b)(c)/.exec("abcd")!;
    const sparse = new Array(3);
    sparse[1] = 1;
    const named = Object.assign([1, 2, 3], { unit: "C" });
    for (const records of [
      [match, match.slice() as unknown[]],
      [sparse, [1, 2, 3]],
      [[1, undefined, 3], sparse],
      [
        [1, 2, 3],
        ["a", named],
      ],
      [named, named],
      [{ a: 1 }, { b: 1 }],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [{}, {}],
      [[], []],
      [[], [1]],
    ]) {
      assert.deepEqual(roundTrip(records), records);
    }
    const back = roundTrip([
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]) as object[];
    assert.deepEqual(back.map(Object.keys), [
      ["a", "b"],
      ["b", "a"],
    ]);
  });

  it("keep one object that is met again what it is: one object", () => {
    const plane = { id: "EC-MIG" };
    const [first, second] = roundTrip([
      ["a", plane],
      ["b", plane],
    ]) as [string, object][];
    assert.equal(first![1], second![1]);
    const [[left, right]] = roundTrip([[plane, plane]]) as [[object, object]];
    assert.equal(left, right);
    const list = [1, 2, 3];
    const [{ a, b }] = roundTrip([{ a: list, b: list }]) as [{ a: object; b: object }];
    assert.equal(a, b);
  });

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
    const block = new SlabPool().store(encodeRecords(records, names));
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
