import assert from "node:assert";
import { describe, it } from "node:test";
import fc from "fast-check";
import { countNewlines, repairUtf8, stripReturns } from "../../../src/streaming/receiver/line-bytes.ts";

/** Bytes among which newlines, returns and their neighbours by one bit are frequent; at any alignment. */
const bytes = fc
  .tuple(fc.nat(7), fc.array(fc.constantFrom(0x0a, 0x0d, 0x0b, 0x8a, 0x00, 0x7f, 0xff, 0x61), { maxLength: 3000 }))
  .map(([offset, values]) => {
    const memory = Buffer.alloc(offset + values.length);
    memory.set(values, offset);
    return memory.subarray(offset);
  });

describe("countNewlines", () => {
  it("counts as a loop does, at any alignment", () => {
    fc.assert(fc.property(bytes, (input) => countNewlines(input) === input.filter((byte) => byte === 0x0a).length));
  });

  it("holds where every byte is a newline", () => {
    for (const length of [0, 1, 3, 4, 1020, 1024, 5000]) {
      assert.equal(countNewlines(Buffer.alloc(length, "\n")), length);
    }
  });
});

describe("stripReturns", () => {
  it("takes exactly the returns before newlines", () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const expected = input.toString("latin1").replaceAll("\r\n", "\n");
        assert.equal(input.subarray(0, stripReturns(input)).toString("latin1"), expected);
      }),
    );
  });
});

describe("repairUtf8", () => {
  const R = "\ufffd";
  /** As `new String(bytes, UTF_8)` gives them in Java. */
  const CASES: readonly (readonly [name: string, bytes: readonly number[], text: string])[] = [
    ["a byte that never occurs", [0x61, 0xff, 0x62], `a${R}b`],
    ["a lone continuation", [0x80, 0x80], `${R}${R}`],
    ["the beginning of three bytes", [0xe2, 0x82, 0x41], `${R}A`],
    ["the beginning of four bytes", [0xf0, 0x9f, 0x98, 0x41], `${R}A`],
    ["an overlong two-byte form", [0xc0, 0xaf], `${R}${R}`],
    ["an overlong three-byte form", [0xe0, 0x80, 0xaf], `${R}${R}${R}`],
    ["beyond the last character", [0xf4, 0x90, 0x80, 0x80], `${R}${R}${R}${R}`],
    ["a surrogate", [0xed, 0xa0, 0x80, 0x41], `${R}A`],
    ["half of a surrogate", [0xed, 0xa0, 0x41], `${R}A`],
    ["a character just below the surrogates", [0xed, 0x9f, 0xbf, 0xff], `\ud7ff${R}`],
    ["cut off by the end of the line", [0x61, 0xe2, 0x82], `a${R}`],
    ["a byte order mark, kept", [0xef, 0xbb, 0xbf, 0x41, 0xff], `\ufeffA${R}`],
  ];
  for (const [name, values, text] of CASES) {
    it(name, () => {
      const { lines, repaired } = repairUtf8(Buffer.from([...values, 0x0a]));
      assert.deepEqual([lines.toString("utf8"), repaired], [`${text}\n`, 1]);
    });
  }

  it("touches and counts only the lines that need it", () => {
    const input = Buffer.concat([Buffer.from("grün\n"), Buffer.from([0xfc, 0x0a, 0xfc, 0x0a]), Buffer.from("\n€\n")]);
    const { lines, repaired } = repairUtf8(input);
    assert.deepEqual([lines.toString("utf8"), repaired], [`grün\n${R}\n${R}\n\n€\n`, 2]);
  });

  it("returns valid lines as they are, without a copy", () => {
    const input = Buffer.from("grün\n€\n");
    assert.equal(repairUtf8(input).lines, input);
  });
});
