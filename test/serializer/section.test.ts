import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { deserializeRecords, isMillraceError, serializeRecords } from "millrace";

describe("serializeRecords", () => {
  it("comes back as it was, at any alignment", () => {
    const records = fc.array(
      fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.tuple(fc.string(), fc.nat()), fc.jsonValue()),
    );
    fc.assert(
      fc.property(records, fc.integer({ min: 0, max: 9 }), (given, shift) => {
        const bytes = serializeRecords(given);
        const shifted = new Uint8Array(bytes.length + shift).subarray(shift);
        shifted.set(bytes);
        assert.deepEqual(deserializeRecords(shifted), given);
      }),
      { seed: 9 },
    );
  });

  it("refuses bytes that are none, and never goes on for ever", () => {
    // Each form of column there is.
    const valid = serializeRecords([
      ["a", [1, null, { at: 0.5, ok: true, parts: ["x", "y"] }]],
      ["b", [2, 7, { at: 1.5, ok: false, parts: [] }]],
    ]);
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), (at, value, length) => {
        const damaged = Uint8Array.from(valid.subarray(0, length));
        if (at < length) damaged[at] = value;
        try {
          deserializeRecords(damaged);
        } catch (error) {
          assert.ok(isMillraceError(error, "INVALID_ARGUMENT"), String(error));
        }
      }),
      { seed: 9, numRuns: 2000 },
    );
    for (const bytes of [new Uint8Array(1), new Uint8Array(64), new Uint8Array(64).fill(255)]) {
      assert.throws(
        () => deserializeRecords(bytes),
        (error) => isMillraceError(error, "INVALID_ARGUMENT"),
      );
    }
  });
});
