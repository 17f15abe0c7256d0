/**
 * Files of state: records one after the other, each with a checksum over all that follows it.
 *
 * ```text
 * file     | magic u32 | version u32 | record | record | ...
 * record   | crc u32 | kind u32 | body bytes u32 | 0 | batch time f64 | body, padded to 8 |
 * ```
 *
 * Records are written whole, at the end. One that was cut short, by a full disk or the end of the process, fails its
 * checksum: it and what follows it never were.
 */
import { MillraceError } from "../errors.ts";
import { crc32 } from "../platform/checksum.ts";

export const FILE_MAGIC = 0x5453524d;
export const FILE_VERSION = 1;
export const FILE_HEADER_BYTES = 8;
const RECORD_HEADER_BYTES = 24;
const CHECKED_FROM = 4;

/** `changes`: the keys that a batch changed. `dump`: a part of all keys. */
export type StateRecordKind = "changes" | "dump";

export interface StateRecord {
  readonly kind: StateRecordKind;
  /** The batch: milliseconds since the epoch. */
  readonly time: number;
  readonly body: Uint8Array;
}

const KINDS: readonly StateRecordKind[] = ["changes", "dump"];

export function fileHeader(): Uint8Array {
  return new Uint8Array(new Uint32Array([FILE_MAGIC, FILE_VERSION]).buffer);
}

export function recordBytes(body: Uint8Array): number {
  return RECORD_HEADER_BYTES + padded(body.length);
}

/** Writes a record over `target`, which has {@link recordBytes} and starts at a multiple of 8. */
export function writeRecord(target: Uint8Array, { kind, time, body }: StateRecord): void {
  const view = new DataView(target.buffer, target.byteOffset, target.length);
  view.setUint32(4, KINDS.indexOf(kind), true);
  view.setUint32(8, body.length, true);
  view.setUint32(12, 0, true);
  view.setFloat64(16, time, true);
  target.set(body, RECORD_HEADER_BYTES);
  target.fill(0, RECORD_HEADER_BYTES + body.length);
  view.setUint32(0, crc32(target.subarray(CHECKED_FROM)), true);
}

/** What {@link readRecords} has found. */
export interface StateRecords {
  readonly records: readonly StateRecord[];
  /** How many bytes are whole records. */
  readonly validBytes: number;
  /** Whether something follows them that is none. */
  readonly torn: boolean;
}

/** The records in a stretch of bytes, up to the first that is not whole. It must start at a multiple of 8 of its memory. */
export function readRecords(bytes: Uint8Array): StateRecords {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: StateRecord[] = [];
  let offset = 0;
  while (offset + RECORD_HEADER_BYTES <= bytes.length) {
    const bodyBytes = view.getUint32(offset + 8, true);
    const end = offset + RECORD_HEADER_BYTES + padded(bodyBytes);
    const kind = KINDS[view.getUint32(offset + 4, true)];
    if (kind === undefined || end > bytes.length) break;
    if (crc32(bytes.subarray(offset + CHECKED_FROM, end)) !== view.getUint32(offset, true)) break;
    const from = offset + RECORD_HEADER_BYTES;
    records.push({ kind, time: view.getFloat64(offset + 16, true), body: bytes.subarray(from, from + bodyBytes) });
    offset = end;
  }
  return { records, validBytes: offset, torn: offset < bytes.length };
}

/** As {@link readRecords}, for bytes that are known to be whole records. Throws `STATE_DAMAGED`. */
export function wholeRecords(bytes: Uint8Array, where: string): readonly StateRecord[] {
  const { records, validBytes, torn } = readRecords(bytes);
  if (!torn) return records;
  throw new MillraceError("STATE_DAMAGED", `${where} is damaged ${validBytes} bytes into what was written of it`, {
    remedy: "Something else has changed the file, or the disk fails: the state in it cannot be had any more.",
  });
}

/** Checks the header of a file. Throws `STATE_DAMAGED`. */
export function checkFileHeader(header: Uint8Array, where: string): void {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  if (header.length >= FILE_HEADER_BYTES && view.getUint32(0, true) === FILE_MAGIC) {
    const version = view.getUint32(4, true);
    if (version === FILE_VERSION) return;
    throw new MillraceError("STATE_DAMAGED", `${where} has version ${version} of the format, not ${FILE_VERSION}`);
  }
  throw new MillraceError("STATE_DAMAGED", `${where} is no file of state`);
}

function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}
