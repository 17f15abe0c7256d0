import type { StorageLevel } from "../../rdd/storage-level.ts";
import { FramedSocketReceiver, type Framing } from "../receiver/framed-socket-receiver.ts";
import { LinesReceiver } from "../receiver/lines-receiver.ts";
import { RawSocketReceiver } from "../receiver/raw-socket-receiver.ts";
import type { Receiver } from "../receiver/receiver.ts";
import { ReceiverInputDStream } from "../receiver-input-dstream.ts";

/** What one receiver stores: one of the program's own, or of millrace's. */
export class PluggedInputDStream<T> extends ReceiverInputDStream<T> {
  readonly #name: string;
  readonly #receiver: Receiver<T>;
  readonly #thread: "shared" | "own";

  constructor(receiver: Receiver<T>, name: string, thread: "shared" | "own" = "shared") {
    super();
    this.#name = name;
    this.#receiver = receiver;
    this.#thread = thread;
  }

  override get name(): string {
    return this.#name;
  }

  override get thread(): "shared" | "own" {
    return this.#thread;
  }

  getReceiver(): Receiver<T> {
    return this.#receiver;
  }
}

/** Lines of text from a TCP server. */
export function socketTextInput(host: string, port: number, level: StorageLevel): PluggedInputDStream<string> {
  return new PluggedInputDStream(new LinesReceiver(host, port, level), `socket text stream ${host}:${port}`);
}

/** Records of the program's framing from a TCP server. */
export function framedSocketInput<T>(
  host: string,
  port: number,
  framing: Framing<T>,
  level: StorageLevel,
): PluggedInputDStream<T> {
  return new PluggedInputDStream(new FramedSocketReceiver(host, port, framing, level), `socket stream ${host}:${port}`);
}

/** Blocks that a TCP server has encoded. */
export function rawSocketInput<T>(
  host: string,
  port: number,
  maxBlockBytes: number,
  level: StorageLevel,
): PluggedInputDStream<T> {
  const receiver = new RawSocketReceiver<T>(host, port, maxBlockBytes, level);
  return new PluggedInputDStream(receiver, `raw socket stream ${host}:${port}`);
}
