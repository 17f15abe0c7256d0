/**
 * Entries of a state as bytes: what changed in a batch, or a part of all there is.
 *
 * ```text
 * | bytes of entries u32 | of times u32 | of removed keys u32 | 0 | entries | times | removed keys |
 * ```
 *
 * Each part is a section of records (`serializer/record-batch.ts`): pairs of key and value, a number for each of them, and
 * keys. Of keys that are strings with values that are numbers, as counts by word have, that is the compact form of pairs.
 */
import type { RecordNames } from "../closure/class-names.ts";
import { totalLength } from "../core/bytes.ts";
import { lazyModule } from "../platform/own-modules.ts";

const batches = lazyModule<typeof import("../serializer/record-batch.ts")>(
  import.meta.url,
  "../serializer/record-batch.ts",
);

export interface EntryBatch {
  readonly entries: readonly (readonly [key: unknown, value: unknown])[];
  /** When each entry was last touched. */
  readonly times: readonly number[];
  readonly removed: readonly unknown[];
}

const HEADER_BYTES = 16;

export function encodeEntries({ entries, times, removed }: EntryBatch, names: RecordNames): Uint8Array {
  return joinParts([
    batches().encodeRecords(entries, names),
    batches().encodeRecords(times, names),
    batches().encodeRecords(removed, names),
  ]);
}

/** The three parts, each in pieces, under one header. */
export function joinParts(parts: readonly (readonly Uint8Array[])[]): Uint8Array {
  const sizes = parts.map(totalLength);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, HEADER_BYTES));
  new Uint32Array(bytes.buffer, 0, sizes.length).set(sizes);
  let offset = HEADER_BYTES;
  for (const piece of parts.flat()) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

/** The section of the entries alone: pairs of key and value. */
export function entriesOf(bytes: Uint8Array): Uint8Array {
  return partsOf(bytes)[0]!;
}

/** The bytes must start at a multiple of 8 of their memory. */
export function decodeEntries(bytes: Uint8Array): EntryBatch {
  const [entries, times, removed] = partsOf(bytes).map((part) => batches().decodeRecords(part)) as [
    unknown[],
    unknown[],
    unknown[],
  ];
  return { entries: entries as [unknown, unknown][], times: times as number[], removed };
}

function partsOf(bytes: Uint8Array): Uint8Array[] {
  let offset = HEADER_BYTES;
  return Array.from(new Uint32Array(bytes.buffer, bytes.byteOffset, 3), (size) => {
    offset += size;
    return bytes.subarray(offset - size, offset);
  });
}
