import { openTcp } from "../../platform/sockets.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import { Receiver } from "./receiver.ts";

/**
 * A receiver of what a TCP server sends. It connects again whenever the connection cannot be made or is over, or what came over it was
 * not as it should be. (It travels by value, without its constructor being run, so it has no private members.)
 */
export abstract class ConnectingReceiver<T> extends Receiver<T> {
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, storageLevel: StorageLevel) {
    super(storageLevel);
    this.host = host;
    this.port = port;
  }

  /** Stores what one connection brings, up to its end. */
  protected abstract receive(chunks: AsyncIterable<Uint8Array>): Promise<void>;

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
      await this.receive(chunks);
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
