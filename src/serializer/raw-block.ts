/** Blocks of records as `rawSocketStream` receives them. */
import { MillraceError } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";

const batches = lazyModule<typeof import("./record-batch.ts")>(import.meta.url, "./record-batch.ts");
const names = lazyModule<typeof import("./plain-names.ts")>(import.meta.url, "./plain-names.ts");

/** The length of what follows. */
export const RAW_HEAD_BYTES = 4;
/** As the length is a signed number, as in Spark. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * A block of records, to be sent to a `rawSocketStream`: its length without these 4 bytes, big-endian, and the records as
 * {@link serializeRecords} encodes them. They are plain data, since whoever receives them has none of this process's classes.
 *
 * @throws {MillraceError} UNSERIALISABLE_RECORD for what is not plain data, INVALID_ARGUMENT for 2 GiB or more
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { deserializeRecords, encodeRawBlock } from "millrace";
 *
 * const block = Buffer.from(encodeRawBlock([["EC-MIG", 640], ["F-GRHU", 615]]));
 * assert.equal(block.readInt32BE(0), block.length - 4);
 * assert.deepEqual(deserializeRecords(block.subarray(4)), [["EC-MIG", 640], ["F-GRHU", 615]]);
 * ```
 */
export function encodeRawBlock(records: Iterable<unknown>): Uint8Array {
  const head = Buffer.alloc(RAW_HEAD_BYTES);
  const block = Buffer.concat([head, ...batches().encodeRecords(Array.from(records), new (names().PlainNames)())]);
  const length = block.length - RAW_HEAD_BYTES;
  if (length > MOST_BYTES) {
    throw new MillraceError("INVALID_ARGUMENT", `a block of ${length} bytes is too large`, {
      remedy: "Send the records in several blocks: each is a partition, and a task.",
    });
  }
  block.writeInt32BE(length);
  return block;
}
