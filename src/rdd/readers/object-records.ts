import { type ClassName, classNamed } from "../../closure/class-names.ts";
import { describeThrown, isMillraceError } from "../../errors.ts";
import { unreadable } from "../../filesystem/local-filesystem.ts";
import { ReadableFile } from "../../platform/files.ts";
import { RecordReader } from "../../serializer/record-batch.ts";
import { BATCH_HEAD_BYTES, checkSum, RECORD_FILE_HEAD_BYTES, torn } from "../../serializer/record-file.ts";
import { type Chunk, SyncChunks } from "../record-chunks.ts";
import type { ObjectFile } from "../sources/object-file.ts";

/** The records of a file that `saveAsObjectFile` has written; each of its batches is a chunk. */
export class ObjectRecords extends SyncChunks {
  bytesRead = 0;
  readonly #input: ObjectFile;
  readonly #classNumbers: ReadonlyMap<number, number>;
  #file: ReadableFile | undefined;
  #position = RECORD_FILE_HEAD_BYTES;

  constructor(input: ObjectFile) {
    super();
    this.#input = input;
    this.#classNumbers = new Map(input.classes);
  }

  nextSync(): Chunk | undefined {
    const { path, end } = this.#input;
    if (this.#position >= end) return undefined;
    try {
      this.#file ??= new ReadableFile(path);
      const head = Buffer.from(this.#read(BATCH_HEAD_BYTES).buffer);
      const batch = this.#read(head.readUInt32LE(0));
      checkSum(path, batch, head.readUInt32LE(4));
      return new RecordReader(batch, (name) => this.#classNamed(name)).next();
    } catch (thrown) {
      throw isMillraceError(thrown) ? thrown : unreadable(path, describeThrown(thrown), thrown);
    }
  }

  override close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#position = this.#input.end;
  }

  #classNamed(name: ClassName): Function | undefined {
    return classNamed(typeof name === "number" ? (this.#classNumbers.get(name) ?? name) : name);
  }

  /** Into memory of its own, whose start is aligned. */
  #read(length: number): Uint8Array {
    const { path, end } = this.#input;
    if (length === 0 || length > end - this.#position) throw torn(path, `a batch of ${length} bytes cannot be`);
    const bytes = this.#file!.readAt(this.#position, length);
    if (bytes.length < length) throw torn(path, "it has been cut since the job was planned");
    this.#position += length;
    this.bytesRead += length;
    return bytes;
  }
}
