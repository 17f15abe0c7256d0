import { describeThrown, MillraceError } from "../../errors.ts";
import { ReadableFile } from "../../platform/files.ts";
import { SyncChunks } from "../record-chunks.ts";
import type { FileSplit } from "../sources/file-splits.ts";
import { endOfFirstLine, endOfLastLine, splitLines, withoutByteOrderMark } from "./lines.ts";

const CHUNK_BYTES = 64 << 10;

/**
 * The lines of a file that begin in a split: at `start` or later, and before `end`. The last of them may reach beyond
 * `end`; the split after this one skips what is left of it.
 *
 * ```text
 * split 1             |  split 2            |  split 3
 * aaaa\nbbbbbb\ncccccc|cc\ndddd\neeeeeeeeeee|e\nffff\n
 * ^---- a, b, c ---------^ ^--- d, e ---------^ ^- f
 * ```
 */
export class FileLines extends SyncChunks<string> {
  bytesRead = 0;
  readonly #split: FileSplit;
  #file: ReadableFile | undefined;
  /** Where `#held` begins in the file. */
  #position: number;
  /** Bytes read that are not yet handed out: the beginning of a line. */
  #held: Uint8Array = new Uint8Array(0);
  #ended = false;
  #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);

  constructor(split: FileSplit) {
    super();
    this.#split = split;
    // A line begins at `start` exactly if the byte before it is a newline.
    this.#position = Math.max(0, split.start - 1);
  }

  nextSync(): string[] | undefined {
    if (this.#file === undefined && !this.#ended) this.#open();
    while (!this.#ended && this.#position < this.#split.end) {
      const bytes = this.#read();
      const whole = endOfLastLine(bytes);
      if (whole === 0 && !this.#ended) {
        this.#held = bytes;
        continue;
      }
      // Beyond the split, only the line that it ends in is read.
      const beyond = this.#split.end - this.#position;
      let length = this.#ended ? bytes.length : whole;
      if (length > beyond)
        length = Math.min(length, beyond - 1 + (endOfFirstLine(bytes.subarray(beyond - 1)) || length));
      this.#position += length;
      this.#held = bytes.slice(length);
      this.bytesRead += length;
      if (length > 0) return splitLines(bytes.subarray(0, length));
    }
    return undefined;
  }

  override close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#ended = true;
  }

  #open(): void {
    const { path, start } = this.#split;
    try {
      this.#file = new ReadableFile(path);
    } catch (cause) {
      throw unreadable(path, describeThrown(cause), cause);
    }
    if (start > 0) this.#skipLine();
    else this.#skipByteOrderMark();
  }

  #skipLine(): void {
    while (!this.#ended) {
      const bytes = this.#read();
      const first = endOfFirstLine(bytes);
      const skipped = first || bytes.length;
      this.#position += skipped;
      this.#held = bytes.slice(skipped);
      if (first > 0) return;
    }
  }

  #skipByteOrderMark(): void {
    const bytes = this.#read();
    this.#position = bytes.length - withoutByteOrderMark(bytes).length;
    this.#held = bytes.slice(this.#position);
  }

  /** What is held, and the next bytes of the file after it; valid until the next call. */
  #read(): Uint8Array {
    const held = this.#held.length;
    if (held + CHUNK_BYTES > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(2 * (held + CHUNK_BYTES));
    this.#buffer.set(this.#held);
    const room = this.#buffer.subarray(held, held + CHUNK_BYTES);
    let got: number;
    try {
      got = this.#file!.read(room, CHUNK_BYTES, this.#position + held);
    } catch (cause) {
      throw unreadable(this.#split.path, describeThrown(cause), cause);
    }
    if (got === 0) {
      this.#ended = true;
      const size = this.#position + held;
      if (size < this.#split.end)
        throw unreadable(
          this.#split.path,
          `it ended at byte ${size}, but had ${this.#split.end} when the job was planned`,
        );
    }
    return this.#buffer.subarray(0, held + got);
  }
}

function unreadable(path: string, why: string, cause?: unknown): MillraceError {
  return new MillraceError("FILE_UNREADABLE", `${path} cannot be read: ${why}`, {
    cause,
    remedy: "Files must stay as they are while jobs read them: write under another name and rename.",
  });
}
