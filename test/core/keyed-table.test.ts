import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AsciiTexts } from "../../src/core/ascii-texts.ts";
import { hashKey } from "../../src/core/hash.ts";
import { KeyedTable } from "../../src/core/keyed-table.ts";
import { keys, sameKey } from "./keys.ts";

test("a KeyedTable counts as a list does that compares each key with each", () => {
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 60 }), (given) => {
      const table = new KeyedTable<number>();
      const list: { key: unknown; value: number }[] = [];
      for (const key of given) {
        count(table, key);
        const entry = list.find((one) => sameKey(one.key, key));
        if (entry) entry.value++;
        else list.push({ key, value: 1 });
      }
      assert.equal(table.size, list.length);
      assert.deepEqual(
        table.keys,
        list.map(({ key }) => key),
      );
      for (const { key, value } of list) assert.equal(table.values[table.find(key)], value);
    }),
  );
});

test("a KeyedTable tells short strings apart as a Map does, while it grows", () => {
  // Few characters, so that strings meet again: the ends of one byte, wide ones, and the one that pads.
  const characters = fc.constantFrom("a", "b", "\0", "\x7f", "\x80", "\xff", "\u0100", "\ud83d\udee9");
  const strings = fc.string({ unit: characters, maxLength: 10 });
  fc.assert(
    fc.property(fc.array(strings, { maxLength: 3000, size: "max" }), (given) => {
      const table = new KeyedTable<number>();
      const counts = new Map<string, number>();
      for (const text of given) {
        assert.equal(table.find(text) === -1, !counts.has(text));
        count(table, text);
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
      const counted = table.keys.map((key, place) => [key, table.values[place]]);
      assert.deepEqual(counted, [...counts]);
    }),
    { numRuns: 20 },
  );
});

test("a KeyedTable finds texts in their bytes as it does strings", () => {
  const characters = fc.constantFrom("a", "b", "\0", "\x7f");
  const strings = fc.array(fc.string({ unit: characters, maxLength: 10 }), { maxLength: 300, size: "max" });
  fc.assert(
    fc.property(fc.array(strings, { maxLength: 4 }), fc.nat(8), (chunks, offset) => {
      const table = new KeyedTable<number>();
      const expected = new KeyedTable<number>();
      for (const chunk of chunks) {
        const texts = asciiTexts(chunk, offset);
        assert.deepEqual(
          chunk.map((_, i) => texts.at(i)),
          chunk,
        );
        // Strings among them, as from a batch of another kind.
        table.place("ab");
        expected.place("ab");
        assert.deepEqual(
          Array.from(table.places(texts)),
          chunk.map((text) => expected.place(text)),
        );
        assert.deepEqual(table.keys, expected.keys);
      }
    }),
    { numRuns: 50 },
  );
});

test("a KeyedTable has the hashes and the column of short texts without their strings", () => {
  const strings = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\x01", "\x7f"), maxLength: 8 }), {
    maxLength: 300,
    size: "max",
  });
  fc.assert(
    fc.property(strings, strings, fc.boolean(), (first, second, asksBetween) => {
      const table = new KeyedTable<number>();
      table.places(asciiTexts(first, 0));
      if (asksBetween) assert.deepEqual(table.keys, [...new Set(first)]);
      table.places(asciiTexts(second, 3));
      const expected = [...new Set([...first, ...second])];
      assert.equal(table.size, expected.length);
      const { texts } = table;
      assert.equal(texts === undefined, asksBetween && first.length > 0);
      if (texts !== undefined) {
        const places = Int32Array.from(expected, (_, i) => i).reverse();
        const { ends, text } = texts.column(places);
        assert.equal(Buffer.from(text).toString("latin1"), expected.toReversed().join(""));
        assert.equal(ends.at(-1) ?? 0, text.length);
        assert.deepEqual(
          Array.from(ends, (end, i) => end - (ends[i - 1] ?? 0)),
          Array.from(places, (place) => expected[place]!.length),
        );
        assert.deepEqual(
          expected.map((_, i) => texts.hash(i)),
          expected.map(hashKey),
        );
      }
      assert.deepEqual(table.keys, expected);
      assert.equal(table.texts, undefined);
    }),
    { numRuns: 50 },
  );
});

/** These texts, as near to the end of their memory as they may be, and behind them what is none of them. */
function asciiTexts(strings: readonly string[], offset: number): AsciiTexts {
  let end = 0;
  const ends = Uint32Array.from(strings, (text) => {
    end += text.length;
    return end;
  });
  const memory = new SharedArrayBuffer(offset + end + 4);
  new Uint8Array(memory).fill(0x61);
  new Uint8Array(memory).set(Buffer.from(strings.join(""), "latin1"), offset);
  return new AsciiTexts(ends, memory, offset);
}

test("a KeyedTable keeps a key as it first came, and has one place for it", () => {
  const table = new KeyedTable<string>();
  const key = { plane: "EC-MIG", part: 1 };
  assert.equal(table.find(key), -1);
  assert.equal(table.place(key), 0);
  table.values.push("a");
  assert.equal(table.find({ part: 1, plane: "EC-MIG" }), 0);
  assert.equal(table.place({ part: 1, plane: "EC-MIG" }), 0);
  assert.equal(table.keys[0], key);
  assert.equal(table.find({ plane: "EC-MIG" }), -1);
});

function count(table: KeyedTable<number>, key: unknown): void {
  const place = table.place(key);
  if (place === table.values.length) table.values.push(1);
  else table.values[place]!++;
}

test("a KeyedTable has values as fields until somebody asks for them, and no more then", () => {
  const table = new KeyedTable<unknown>();
  table.place("a");
  const fields = table.fieldsOf(["n", "of"])!;
  fields.length = 1;
  fields.columns[0]![0] = 7;
  fields.put(1, 0, "text");
  assert.equal(table.fieldsOf(["n", "of"]), fields);
  assert.equal(table.fieldsOf(["of", "n"]), undefined);
  assert.equal(table.fieldsOf(2), undefined);
  assert.deepEqual([...table.values], [{ n: 7, of: "text" }]);
  assert.equal(table.fields, undefined);
  assert.equal(table.fieldsOf(["n", "of"]), undefined);
  table.values[0] = "another";
  assert.deepEqual([...table.values], ["another"]);
});
