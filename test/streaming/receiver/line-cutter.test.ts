import assert from "node:assert";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LineCutter, MAX_CUT_BYTES } from "../../../src/streaming/receiver/line-cutter.ts";
import type { DropCounts } from "../../../src/streaming/receiver/receiver-protocol.ts";

interface Cut {
  readonly lines: readonly string[];
  readonly drops: DropCounts;
}

/** What must come out of `stream`, found the simple way. */
function oracle(stream: Buffer, maxLineBytes: number, orderly: boolean): Cut {
  const drops = { droppedLines: 0, invalidUtf8Lines: 0, droppedPartialLines: 0 };
  const lines: string[] = [];
  const take = (raw: Buffer) => {
    const line = raw.at(-1) === 0x0d ? raw.subarray(0, -1) : raw;
    if (line.length > maxLineBytes) return void drops.droppedLines++;
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(line);
    if (!Buffer.from(text).equals(line)) drops.invalidUtf8Lines++;
    lines.push(text);
  };
  let from = 0;
  for (let to = stream.indexOf(0x0a); to !== -1; to = stream.indexOf(0x0a, from)) {
    take(stream.subarray(from, to));
    from = to + 1;
  }
  const rest = stream.subarray(from);
  const tooLong = rest.length > maxLineBytes + (rest.at(-1) === 0x0d ? 1 : 0);
  if (rest.length > 0 && (orderly || tooLong)) take(rest);
  else if (rest.length > 0) drops.droppedPartialLines++;
  return { lines, drops };
}

/** Cuts the stream after so many bytes each, again and again; at every third packet it hands on. */
function cut(stream: Buffer, maxLineBytes: number, orderly: boolean, sizes: readonly number[]): Cut {
  const lines: string[] = [];
  const cutter = new LineCutter(maxLineBytes, (bytes, records) => {
    const split = bytes.toString("utf8").split("\n");
    assert.equal(split.pop(), "");
    assert.equal(split.length, records);
    lines.push(...split);
  });
  for (let from = 0, i = 0; from < stream.length; i++) {
    const to = from + sizes[i % sizes.length]!;
    // The packet's memory is used again after each call.
    const packet = Buffer.from(stream.subarray(from, to));
    cutter.push(packet);
    packet.fill("\n");
    if (i % 3 === 0) cutter.cut();
    from = to;
  }
  if (orderly) cutter.end();
  else cutter.abort();
  cutter.cut();
  assert.equal(cutter.completeBytes, 0);
  return { lines, drops: { ...cutter.drops } };
}

/** Mostly pieces of lines, so that every kind of end meets every kind of cut. */
const streams = fc
  .array(
    fc.oneof(
      fc
        .constantFrom("\n", "\r\n", "\r", "\n\n", "a", "bc", "grün", "€", "😀", "longer than the rest")
        .map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 3, max: 0xec }).map((raw) => Buffer.from(raw)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts));

describe("LineCutter", () => {
  it("gives the same lines and counts wherever the packets end", () => {
    fc.assert(
      fc.property(
        streams,
        fc.integer({ min: 0, max: 25 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }),
        (stream, maxLineBytes, orderly, sizes) => {
          assert.deepEqual(cut(stream, maxLineBytes, orderly, sizes), oracle(stream, maxLineBytes, orderly));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("takes a line of exactly the limit, with either end, in one packet or many", () => {
    for (const size of [1, 2, 5, 6, 7, 100]) {
      const { lines, drops } = cut(Buffer.from("12345\r\n12345\n123456\r\n123456\n12345\r"), 5, true, [size]);
      assert.deepEqual(lines, ["12345", "12345", "12345"]);
      assert.equal(drops.droppedLines, 2);
    }
  });

  it("keeps no bytes of a line that is too long, however many packets it comes in", () => {
    const cutter = new LineCutter(1000, () => assert.fail("nothing to hand on"));
    const before = process.memoryUsage().arrayBuffers;
    const packet = Buffer.alloc(64 * 1024, "x");
    for (let i = 0; i < 2000; i++) cutter.push(packet);
    assert.equal(cutter.drops.droppedLines, 1);
    assert.ok(process.memoryUsage().arrayBuffers - before < 4 * 2 ** 20);
    cutter.push(Buffer.from("\n"));
    cutter.cut();
  });

  it("hands on by itself before there is more than a slab, but for one longer line", () => {
    const cuts: number[] = [];
    let lines = 0;
    const cutter = new LineCutter(2 * MAX_CUT_BYTES, (bytes, records) => {
      cuts.push(bytes.length);
      lines += records;
    });
    for (let i = 0; i < 100; i++) cutter.push(Buffer.from("0123456789abcdef\n".repeat(3000)));
    assert.ok(cuts.length >= 4, "it did not wait for cut()");
    cutter.push(Buffer.alloc(MAX_CUT_BYTES + 10, "y"));
    cutter.push(Buffer.from("\nlast\n"));
    cutter.cut();
    assert.equal(lines, 300_002);
    assert.deepEqual(
      cuts.filter((length) => length > MAX_CUT_BYTES),
      [MAX_CUT_BYTES + 11],
    );
  });

  it("hands repaired lines on in parts that fit, though they grew", () => {
    const cuts: number[] = [];
    const cutter = new LineCutter(1000, (bytes) => cuts.push(bytes.length));
    for (let i = 0; i < 16; i++) cutter.push(Buffer.from(`${"\xff".repeat(500)}\n`.repeat(100), "latin1"));
    cutter.cut();
    assert.equal(cutter.drops.invalidUtf8Lines, 1600);
    assert.equal(
      cuts.reduce((sum, length) => sum + length, 0),
      1600 * 1501,
    );
    assert.ok(cuts.every((length) => length <= MAX_CUT_BYTES));
  });
});
