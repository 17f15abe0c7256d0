/** Sections of encoded records as they come from elsewhere: what is in them, and whether they are any. */
import { MillraceError } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";

const batches = lazyModule<typeof import("./record-batch.ts")>(import.meta.url, "./record-batch.ts");

/**
 * Records as bytes, as `Receiver.store(bytes)` takes them.
 *
 * @throws {MillraceError} UNSERIALISABLE_RECORD
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { deserializeRecords, serializeRecords } from "millrace";
 *
 * const bytes = serializeRecords([["EC-MIG", 640], ["F-GRHU", 615]]);
 * assert.deepEqual(deserializeRecords(bytes), [["EC-MIG", 640], ["F-GRHU", 615]]);
 * ```
 */
export function serializeRecords(records: Iterable<unknown>): Uint8Array {
  return Buffer.concat(batches().encodeRecords(Array.from(records)));
}

/** The records that {@link serializeRecords} has made bytes of. Throws `INVALID_ARGUMENT` for other bytes. */
export function deserializeRecords(bytes: Uint8Array): unknown[] {
  checkSection(bytes);
  // Numbers are read in place, at multiples of 8 bytes.
  return batches().decodeRecords(new Uint8Array(bytes));
}

/** Throws `INVALID_ARGUMENT` for what cannot be a section. It looks at lengths only: a record may still be damaged. */
export function checkSection(bytes: Uint8Array): void {
  if (batches().surveySection(bytes) !== undefined) return;
  throw new MillraceError("INVALID_ARGUMENT", `${bytes.length} bytes are not encoded records`, {
    remedy: "Encode records by serializeRecords(); to store bytes as a record, use storeItem().",
  });
}
