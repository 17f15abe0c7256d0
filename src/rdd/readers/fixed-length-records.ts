import { describeThrown, isMillraceError, MillraceError } from "../../errors.ts";
import { unreadable } from "../../filesystem/local-filesystem.ts";
import { ReadableFile } from "../../platform/files.ts";
import { CHUNK_RECORDS, SyncChunks } from "../record-chunks.ts";
import type { FixedLengthPart } from "../sources/fixed-length.ts";

const CHUNK_BYTES = 64 << 10;

/** The records of a split of a file, each in memory of its own. */
export class FixedLengthRecords extends SyncChunks<Uint8Array> {
  bytesRead = 0;
  readonly #part: FixedLengthPart;
  readonly #chunkBytes: number;
  #file: ReadableFile | undefined;
  #position: number;

  constructor(part: FixedLengthPart) {
    super();
    this.#part = part;
    this.#position = part.start;
    const records = Math.max(1, Math.min(CHUNK_RECORDS, Math.floor(CHUNK_BYTES / part.recordLength)));
    this.#chunkBytes = records * part.recordLength;
  }

  nextSync(): Uint8Array[] | undefined {
    const { path, end, recordLength } = this.#part;
    const length = Math.min(this.#chunkBytes, end - this.#position);
    if (length === 0) return undefined;
    try {
      this.#file ??= new ReadableFile(path);
      const bytes = this.#read(this.#file, length);
      return Array.from({ length: length / recordLength }, (_, i) =>
        bytes.slice(i * recordLength, (i + 1) * recordLength),
      );
    } catch (thrown) {
      throw isMillraceError(thrown) ? thrown : unreadable(path, describeThrown(thrown), thrown);
    }
  }

  override close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#position = this.#part.end;
  }

  #read(file: ReadableFile, length: number): Uint8Array {
    const bytes = file.readAt(this.#position, length);
    if (bytes.length < length) throw shorter(this.#part.path, this.#position + bytes.length);
    this.#position += length;
    this.bytesRead += length;
    return bytes;
  }
}

/** A file has been cut since it was found. */
export function shorter(path: string, size: number): MillraceError {
  return new MillraceError(
    "FILE_UNREADABLE",
    `${path} cannot be read: it ended at byte ${size}, and was longer before`,
    {
      remedy: "Files must stay as they are while jobs read them: write under another name and rename.",
    },
  );
}
