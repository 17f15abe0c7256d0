import { Buffer } from "node:buffer";
import { MillraceError } from "../../errors.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import { RAW_HEAD_BYTES } from "../../serializer/raw-block.ts";
import { ConnectingReceiver } from "./connecting-receiver.ts";
import { storeUndecoded } from "./receiver.ts";

/** Blocks that a TCP server has encoded, which are stored as they come: what is in them only tasks find out. */
export class RawSocketReceiver<T> extends ConnectingReceiver<T> {
  readonly maxBlockBytes: number;

  constructor(host: string, port: number, maxBlockBytes: number, storageLevel: StorageLevel) {
    super(host, port, storageLevel);
    this.maxBlockBytes = maxBlockBytes;
  }

  protected async receive(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const block of rawBlocks(chunks, this.maxBlockBytes)) await storeUndecoded(this, block);
  }
}

/**
 * The blocks of one connection, but for those without bytes. Throws `RECEIVER_FAILED` for a length that is negative or more than
 * `maxBlockBytes`, and where the connection ends within a block, which is dropped.
 *
 * ```text
 * chunks     | 3 a b c 2 | d | e 4 f g |          blocks   abc   de          the rest is held
 * ```
 */
export async function* rawBlocks(
  chunks: AsyncIterable<Uint8Array>,
  maxBlockBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  /** Of the block whose length has been read. */
  let length: number | undefined;
  for await (const chunk of chunks) {
    held.push(chunk);
    heldBytes += chunk.length;
    // A large block comes in many chunks, and is put together once.
    if (heldBytes < (length ?? RAW_HEAD_BYTES)) continue;
    const bytes = Buffer.concat(held);
    let offset = 0;
    while (bytes.length - offset >= (length ?? RAW_HEAD_BYTES)) {
      if (length === undefined) {
        length = checkedLength(bytes.readInt32BE(offset), maxBlockBytes);
        offset += RAW_HEAD_BYTES;
      } else {
        if (length > 0) yield bytes.subarray(offset, offset + length);
        offset += length;
        length = undefined;
      }
    }
    held = [bytes.subarray(offset)];
    heldBytes = bytes.length - offset;
  }
  if (heldBytes === 0 && length === undefined) return;
  const of = length === undefined ? "its length" : `its ${length} bytes`;
  throw new MillraceError("RECEIVER_FAILED", `the connection ended within a block, after ${heldBytes} of ${of}`, {
    remedy: "A sender that closes its connection in order after a whole block loses none.",
  });
}

function checkedLength(length: number, maxBlockBytes: number): number {
  if (length >= 0 && length <= maxBlockBytes) return length;
  throw new MillraceError(
    "RECEIVER_FAILED",
    `a block of ${length} bytes was announced; from 0 to ${maxBlockBytes} can be`,
    {
      remedy:
        "Send each block as encodeRawBlock() makes it: 4 bytes of length, big-endian, and then so many. Larger blocks need millrace.receiver.maxBlockBytes.",
    },
  );
}
