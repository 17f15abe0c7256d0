import { openTcp } from "../../platform/sockets.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import { Receiver } from "./receiver.ts";

/**
 * Makes records of the bytes of one connection, which come in pieces that end anywhere. It is called anew for each connection, and reads
 * on when the record that it has yielded last is stored; what it throws ends the connection.
 */
export type Framing<T> = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<T>;

/**
 * Bytes from a TCP server, as records of the program's own framing. It connects again whenever the connection cannot be made or is over. (It travels
 * by value, without its constructor being run, so it has no private members.)
 */
export class FramedSocketReceiver<T> extends Receiver<T> {
  readonly host: string;
  readonly port: number;
  readonly framing: Framing<T>;

  constructor(host: string, port: number, framing: Framing<T>, storageLevel: StorageLevel) {
    super(storageLevel);
    this.host = host;
    this.port = port;
    this.framing = framing;
  }

  async onStart(): Promise<void> {
    const { signal } = this;
    const address = `${this.host}:${this.port}`;
    let chunks: AsyncIterable<Uint8Array>;
    try {
      chunks = await openTcp(this.host, this.port, signal);
    } catch (error) {
      restart(this, signal, `Error connecting to ${address}`, error);
      return;
    }
    try {
      for await (const record of this.framing(chunks)) await this.storeItem(record);
      restart(this, signal, `${address} closed the connection`);
    } catch (error) {
      restart(this, signal, `Error receiving from ${address}`, error);
    }
  }

  /** The connection ends with the signal. */
  onStop(): void {}
}

/** Unless it was stopped meanwhile, which ends the connection, too. */
function restart(receiver: Receiver<never>, signal: AbortSignal, message: string, error?: unknown): void {
  if (!signal.aborted) receiver.restart(message, error);
}
