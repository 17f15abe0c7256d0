import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MemoryStateStore } from "millrace/state";
import { testStateStore } from "millrace/testing";
import { AsciiTexts } from "../../src/core/ascii-texts.ts";

describe("MemoryStateStore", () => testStateStore(it, () => new MemoryStateStore()));

describe("MemoryStateStore without an index of times", () =>
  testStateStore(it, () => new MemoryStateStore({ indexesTime: false })));

describe("MemoryStateStore by texts", () => {
  it("finds the keys that their strings find, and adds them as these", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "\0", "\x7f"), maxLength: 40 });
    fc.assert(
      fc.property(fc.array(text), fc.array(text), fc.boolean(), (known, sought, looksAhead) => {
        const store = new MemoryStateStore();
        if (looksAhead) store.looksAheadFrom = 0;
        for (const [i, key] of known.entries()) store.put(key, i, 0);
        const texts = asciiTexts(sought);
        store.lookAhead(texts);
        for (const [i, key] of sought.entries()) {
          const place = store.findText(i, texts);
          assert.equal(place, store.find(key));
          if (place === -1 && store.findText(i, texts) === -1) store.setAt(store.insert(key), "new", 0);
          assert.notEqual(store.get(key), undefined);
        }
        assert.equal(store.size, new Set([...known, ...sought]).size);
      }),
    );
  });
});

function asciiTexts(strings: readonly string[]): AsciiTexts {
  const text = Buffer.from(strings.join(""), "latin1");
  let end = 0;
  const ends = Uint32Array.from(strings, ({ length }) => (end += length));
  const memory = new ArrayBuffer(text.length + 4);
  new Uint8Array(memory).set(text);
  return new AsciiTexts(ends, memory, 0);
}
