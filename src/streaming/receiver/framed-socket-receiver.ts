import type { StorageLevel } from "../../rdd/storage-level.ts";
import { ConnectingReceiver } from "./connecting-receiver.ts";

/**
 * Makes records of the bytes of one connection, which come in pieces that end anywhere. It is called anew for each connection, and reads
 * on when the record that it has yielded last is stored; what it throws ends the connection.
 */
export type Framing<T> = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<T>;

/** Bytes from a TCP server, as records of the program's own framing. */
export class FramedSocketReceiver<T> extends ConnectingReceiver<T> {
  readonly framing: Framing<T>;

  constructor(host: string, port: number, framing: Framing<T>, storageLevel: StorageLevel) {
    super(host, port, storageLevel);
    this.framing = framing;
  }

  protected async receive(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const record of this.framing(chunks)) await this.storeItem(record);
  }
}
