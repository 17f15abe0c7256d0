import { describeThrown, isMillraceError, MillraceError } from "../../errors.ts";
import { unreadable } from "../../filesystem/local-filesystem.ts";
import { gunzipped, ReadableFile } from "../../platform/files.ts";
import { isGzip } from "../sources/text-file.ts";
import type { FileAndSize, FileReader, Files } from "../sources/whole-files.ts";
import { shorter } from "./fixed-length-records.ts";
import { withoutByteOrderMark } from "./lines.ts";

const PIECE_BYTES = 64 << 10;

/**
 * A file that a stream has found, as a `format` of the program's own gets it, on an executor. It is read as it was when it was found: what has been
 * appended since is left out. A file that has vanished, may not be read or has become shorter is `FILE_UNREADABLE`.
 */
export class InputFile {
  readonly path: string;
  /** Bytes, as it was found. */
  readonly size: number;

  /** @internal */
  constructor({ path, size }: FileAndSize) {
    this.path = path;
    this.size = size;
  }

  /** Its bytes, as they lie in the file, piece by piece. */
  async *stream(): AsyncGenerator<Uint8Array, undefined> {
    const file = this.#open();
    try {
      for (let position = 0; position < this.size; position += PIECE_BYTES)
        yield this.#read(file, position, Math.min(PIECE_BYTES, this.size - position));
    } finally {
      file.close();
    }
  }

  /** All its bytes, as they lie in the file. */
  async bytes(): Promise<Uint8Array> {
    const file = this.#open();
    try {
      return this.#read(file, 0, this.size);
    } finally {
      file.close();
    }
  }

  /** Its text: UTF-8, unpacked where the name ends in `.gz`. Bytes that are no UTF-8 become U+FFFD. */
  async text(): Promise<string> {
    const bytes = isGzip(this.path) ? await this.#unpacked() : await this.bytes();
    return this.#named(() => Buffer.from(withoutByteOrderMark(bytes)).toString("utf8"));
  }

  async #unpacked(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    try {
      const content = await gunzipped(this.path);
      for (let step = await content.next(); !step.done; step = await content.next()) pieces.push(step.value);
    } catch (cause) {
      throw unreadable(this.path, describeThrown(cause), cause);
    }
    return Buffer.concat(pieces);
  }

  #open(): ReadableFile {
    return this.#named(() => new ReadableFile(this.path));
  }

  #read(file: ReadableFile, from: number, length: number): Uint8Array {
    return this.#named(() => {
      const bytes = file.readAt(from, length);
      if (bytes.length < length) throw shorter(this.path, from + bytes.length);
      return bytes;
    });
  }

  #named<R>(work: () => R): R {
    try {
      return work();
    } catch (thrown) {
      throw isMillraceError(thrown) ? thrown : unreadable(this.path, describeThrown(thrown), thrown);
    }
  }
}

/** The records that a function of the program's makes of files: a function of ours, bound to it, which executors have. */
export async function* readBy(reader: FileReader<unknown>, files: Files): AsyncGenerator<unknown, undefined> {
  for (const file of files) {
    const records = (await reader(new InputFile(file))) as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null;
    if (records?.[Symbol.iterator] === undefined && records?.[Symbol.asyncIterator] === undefined) {
      const returned = records === null ? "null" : `a ${typeof records}`;
      throw new MillraceError("NOT_ITERABLE", `the format's function returned ${returned} for ${file.path}`, {
        remedy: "Return an array, a generator's result or an async iterable; an empty array for no records.",
      });
    }
    yield* records as AsyncIterable<unknown>;
  }
}
