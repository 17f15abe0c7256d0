/** Blocks in files: what is read is what was written, or an error. */
import assert from "node:assert/strict";
import fs, {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import type { FileBlock } from "../../src/core/block.ts";
import { isMillraceError } from "../../src/errors.ts";
import { BlockFileReader, PIECE_HEAD_BYTES, writeBlockFile } from "../../src/serializer/block-file.ts";

const directory = mkdtempSync(join(tmpdir(), "millrace-test-"));
after(() => rmSync(directory, { recursive: true }));

let files = 0;

function fresh(): string {
  return join(directory, "below", `${++files}.block`);
}

function read(block: FileBlock): Buffer {
  const reader = new BlockFileReader(block);
  const pieces: Uint8Array[] = [];
  try {
    for (let piece = reader.next(); piece !== undefined; piece = reader.next()) pieces.push(piece);
  } finally {
    reader.close();
  }
  return Buffer.concat(pieces);
}

const pieces = fc.array(fc.uint8Array({ minLength: 0, maxLength: 40 }), { minLength: 1, maxLength: 5 });
const someBytes = pieces.filter((all) => all.some(({ length }) => length > 0));

describe("a block in a file", () => {
  it("is read as it was written, piece by piece", () => {
    fc.assert(
      fc.property(pieces, (written) => {
        const block = writeBlockFile(fresh(), written);
        assert.equal(block.length, statSync(block.path).size);
        assert.deepEqual(read(block), Buffer.concat(written));
        const first = written.find(({ length }) => length > 0);
        const reader = new BlockFileReader(block);
        assert.deepEqual(reader.next(), first);
        reader.close();
        assert.equal(reader.next(), undefined);
      }),
      { seed: 1 },
    );
  });

  it("is read in sections, each of whole pieces", () => {
    fc.assert(
      fc.property(someBytes, someBytes, (first, second) => {
        const { path } = writeBlockFile(fresh(), [...first, ...second]);
        let offset = 0;
        for (const section of [first, second]) {
          const length = section.reduce((sum, piece) => sum + (piece.length && piece.length + PIECE_HEAD_BYTES), 0);
          assert.deepEqual(read({ path, offset, length }), Buffer.concat(section));
          offset += length;
        }
      }),
      { seed: 5 },
    );
  });

  it("is an error once any byte is another, or the end is missing", () => {
    fc.assert(
      fc.property(
        someBytes,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (written, place, change, cut) => {
          const block = writeBlockFile(fresh(), written);
          const bytes = readFileSync(block.path);
          const at = place % bytes.length;
          if (cut) truncateSync(block.path, at);
          else {
            bytes[at]! ^= change;
            writeFileSync(block.path, bytes);
          }
          assert.throws(
            () => read(block),
            (error) => isMillraceError(error, "FILE_CORRUPT"),
          );
        },
      ),
      { seed: 2 },
    );
  });

  it("is an error where its file is gone", () => {
    const block = writeBlockFile(fresh(), [Uint8Array.of(1)]);
    rmSync(block.path);
    assert.throws(
      () => read(block),
      (error) => isMillraceError(error, "FILE_UNREADABLE"),
    );
  });

  it("is not left half written by a disk that is full", (t) => {
    const write = fs.writeSync;
    let room = 100;
    t.mock.method(fs, "writeSync", (descriptor: number, bytes: Uint8Array, offset: number, length: number) => {
      if (room === 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      const written = write(descriptor, bytes, offset, Math.min(room, length));
      room -= written;
      return written;
    });
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    const path = fresh();
    assert.throws(
      () => writeBlockFile(path, [new Uint8Array(80), new Uint8Array(80)]),
      (error) => isMillraceError(error, "FILE_UNWRITABLE"),
    );
    assert.equal(existsSync(path), false);
    assert.equal(readdirSync(join(directory, "below")).includes(`${files}.block`), false);
  });
});
