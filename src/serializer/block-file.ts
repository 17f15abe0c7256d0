/**
 * Files of blocks: received data, persisted partitions and shuffle output for which there is no room in memory. A file has one block,
 * in the pieces in which it is read, each with a checksum; how many bytes there must be the {@link FileBlock} knows. They do not
 * outlive the context, so they are not synced.
 *
 * ```text
 * file     | piece | piece | ...
 * piece    | bytes u32, CRC-32 u32 | bytes |
 * ```
 */
import type { FileBlock } from "../core/block.ts";
import { totalLength } from "../core/bytes.ts";
import { describeThrown, isMillraceError, MillraceError } from "../errors.ts";
import { unreadable, unwritable } from "../filesystem/local-filesystem.ts";
import { crc32 } from "../platform/checksum.ts";
import { ReadableFile, writeNewFile } from "../platform/files.ts";

/** What a piece takes in a file beside its bytes. */
export const PIECE_HEAD_BYTES = 8;

/** Writes a block, whole or not at all. Throws `FILE_UNWRITABLE`. */
export function writeBlockFile(path: string, pieces: readonly Uint8Array[]): FileBlock {
  const parts = pieces.flatMap((piece) => (piece.length === 0 ? [] : [head(piece), piece]));
  try {
    writeNewFile(path, parts);
  } catch (cause) {
    throw unwritable(path, cause);
  }
  return { path, offset: 0, length: totalLength(parts) };
}

/** Reads the pieces of a block, each when it is asked for. */
export class BlockFileReader {
  readonly #block: FileBlock;
  #file: ReadableFile | undefined;
  #position: number;
  #end: number;

  constructor(block: FileBlock) {
    this.#block = block;
    this.#position = block.offset;
    this.#end = block.offset + block.length;
  }

  /**
   * The next piece, in memory of its own, or undefined at the end. Throws `FILE_CORRUPT` for what is not what was written,
   * `FILE_UNREADABLE` for what cannot be read.
   */
  next(): Uint8Array | undefined {
    if (this.#position >= this.#end) return undefined;
    const { path } = this.#block;
    try {
      this.#file ??= new ReadableFile(path);
      const head = Buffer.from(this.#read(PIECE_HEAD_BYTES).buffer);
      const length = head.readUInt32LE(0);
      if (length === 0 || length > this.#end - this.#position) {
        throw damaged(path, `a piece of ${length} bytes cannot be`);
      }
      const piece = this.#read(length);
      if (crc32(piece) !== head.readUInt32LE(4)) throw damaged(path, "a checksum is not that of its bytes");
      return piece;
    } catch (thrown) {
      throw isMillraceError(thrown) ? thrown : unreadable(path, describeThrown(thrown), thrown);
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#end = 0;
  }

  #read(length: number): Uint8Array {
    const bytes = this.#file!.readAt(this.#position, length);
    if (bytes.length < length) throw damaged(this.#block.path, "it has been cut short");
    this.#position += length;
    return bytes;
  }
}

function head(piece: Uint8Array): Buffer {
  const bytes = Buffer.alloc(PIECE_HEAD_BYTES);
  bytes.writeUInt32LE(piece.length, 0);
  bytes.writeUInt32LE(crc32(piece), 4);
  return bytes;
}

function damaged(path: string, why: string): MillraceError {
  return new MillraceError("FILE_CORRUPT", `${path} is not the block that was written: ${why}`, {
    remedy: "Something else has changed the file, or the disk fails: its records cannot be had any more.",
  });
}
