/**
 * Files of records, as `saveAsObjectFile` writes them: batches, each with a checksum, and at the end what a reader must
 * know before it begins. A file that has lost its end, or any byte of it, is known as such.
 *
 * ```text
 * "millrac1" | batch length u32, CRC-32 u32, batch | ... | footer, JSON | footer length u32, CRC-32 u32 | "millrend"
 * ```
 */
import { RecordNames } from "../closure/class-names.ts";
import { classWithIdentity } from "../closure/identity.ts";
import { inlineSymbol, type SymbolName } from "../closure/symbols.ts";
import { MillraceError } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";
import { BATCH_RECORDS, encodeBatch } from "./record-batch.ts";

const zlib = lazyModule<typeof import("node:zlib")>(import.meta.url, "node:zlib");

const BEGIN = Buffer.from("millrac1");
const END = Buffer.from("millrend");

export const RECORD_FILE_HEAD_BYTES = BEGIN.length;
export const BATCH_HEAD_BYTES = 8;
const TAIL_BYTES = 8 + END.length;

export interface RecordFileFooter {
  /** Where the batches end. */
  readonly end: number;
  readonly records: number;
  /** The process that wrote the file, within which the numbers of classes mean something. */
  readonly run: string;
  readonly classes: readonly { readonly number: number; readonly name: string }[];
}

/** Writes a file from its beginning to its end, piece by piece. */
export class RecordFileWriter {
  readonly #write: (bytes: Uint8Array, records: number) => void;
  readonly #run: string;
  readonly #names = new NamesForFiles();
  #pending: unknown[] = [];
  #records = 0;
  #position = 0;

  /** `run` names this process among all that may read the file. */
  constructor(run: string, write: (bytes: Uint8Array, records: number) => void) {
    this.#run = run;
    this.#write = write;
    this.#put(BEGIN);
  }

  add(record: unknown): void {
    this.#pending.push(record);
    if (this.#pending.length === BATCH_RECORDS) this.#flush();
  }

  finish(): void {
    this.#flush();
    const footer: RecordFileFooter = {
      end: this.#position,
      records: this.#records,
      run: this.#run,
      classes: this.#names.classNumbers.map((number) => ({ number, name: classWithIdentity(number)?.name ?? "" })),
    };
    const text = Buffer.from(JSON.stringify(footer));
    this.#put(Buffer.concat([text, frame(text), END]));
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const batch = encodeBatch(this.#pending, this.#names);
    const records = this.#pending.length;
    this.#records += records;
    this.#pending = [];
    this.#put(Buffer.concat([frame(batch), batch]), records);
  }

  #put(bytes: Uint8Array, records = 0): void {
    this.#write(bytes, records);
    this.#position += bytes.length;
  }
}

/** A symbol's number means nothing to another process, and nothing in the file could tell it. */
class NamesForFiles extends RecordNames {
  override symbolName(symbol: symbol): SymbolName | undefined {
    return inlineSymbol(symbol);
  }
}

/** Reads a file's end. `read` gives bytes of the file. Throws `FILE_CORRUPT`. */
export async function readFooter(
  path: string,
  size: number,
  read: (position: number, length: number) => Promise<Uint8Array>,
): Promise<RecordFileFooter> {
  if (size < RECORD_FILE_HEAD_BYTES + TAIL_BYTES) throw torn(path, `it has ${size} bytes only`);
  const head = await read(0, RECORD_FILE_HEAD_BYTES);
  if (!BEGIN.equals(head)) throw torn(path, "it does not begin as one");
  const tail = Buffer.from(await read(size - TAIL_BYTES, TAIL_BYTES));
  const length = tail.readUInt32LE(0);
  if (!END.equals(tail.subarray(8)) || length > size - TAIL_BYTES - RECORD_FILE_HEAD_BYTES)
    throw torn(path, "its end is missing");
  const text = Buffer.from(await read(size - TAIL_BYTES - length, length));
  checkSum(path, text, tail.readUInt32LE(4));
  return JSON.parse(text.toString()) as RecordFileFooter;
}

/** Throws `FILE_CORRUPT` unless `bytes` are what was written. */
export function checkSum(path: string, bytes: Uint8Array, expected: number): void {
  if (zlib().crc32(bytes) !== expected) throw torn(path, "a checksum is not that of its bytes");
}

export function torn(path: string, why: string): MillraceError {
  return new MillraceError("FILE_CORRUPT", `${path} is no whole file of saveAsObjectFile: ${why}`, {
    remedy: "Write it again, or leave it out. Other files of the directory may be read by themselves.",
  });
}

function frame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(BATCH_HEAD_BYTES);
  head.writeUInt32LE(bytes.length, 0);
  head.writeUInt32LE(zlib().crc32(bytes), 4);
  return head;
}
