import { describeThrown, MillraceError } from "../../errors.ts";
import { gunzipped } from "../../platform/files.ts";
import type { RecordChunks } from "../record-chunks.ts";
import { endOfLastLine, splitLines, withoutByteOrderMark } from "./lines.ts";

/** The lines of a gzip file, which is unpacked as it is read. */
export class GzipLines implements RecordChunks<string> {
  bytesRead = 0;
  readonly #path: string;
  #content: AsyncIterator<Uint8Array> | undefined;
  /** Pieces that are not yet handed out: the beginning of a line. */
  #held: Uint8Array[] = [];
  #atStart = true;
  #ended = false;

  constructor(path: string) {
    this.#path = path;
  }

  async next(): Promise<string[] | undefined> {
    while (!this.#ended) {
      const piece = await this.#read();
      const whole = piece === undefined ? 0 : endOfLastLine(piece);
      if (piece !== undefined && whole === 0) {
        this.#held.push(piece);
        continue;
      }
      const lines = Buffer.concat(piece === undefined ? this.#held : [...this.#held, piece.subarray(0, whole)]);
      this.#held = piece === undefined ? [] : [piece.subarray(whole)];
      this.bytesRead += lines.length;
      if (lines.length > 0) return splitLines(this.#fromStart(lines));
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#content?.return?.();
  }

  async #read(): Promise<Uint8Array | undefined> {
    try {
      this.#content ??= await gunzipped(this.#path);
      const step = await this.#content.next();
      if (!step.done) return step.value;
      this.#ended = true;
      return undefined;
    } catch (cause) {
      throw new MillraceError("FILE_UNREADABLE", `${this.#path} cannot be read: ${describeThrown(cause)}`, {
        cause,
        remedy: "Check that the file is there and is whole: its name says that it is in gzip format.",
      });
    }
  }

  #fromStart(bytes: Uint8Array): Uint8Array {
    if (!this.#atStart) return bytes;
    this.#atStart = false;
    return withoutByteOrderMark(bytes);
  }
}
