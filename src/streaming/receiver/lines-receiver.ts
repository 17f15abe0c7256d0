import type { StorageLevel } from "../../rdd/storage-level.ts";
import { Receiver } from "./receiver.ts";

/**
 * Stands for the receiver of lines over TCP, which receiver threads have (`socket-receiver.ts`), so that it is named to them and not
 * shipped: it never takes lines apart, and its blocks are text.
 */
export class LinesReceiver extends Receiver<string> {
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, storageLevel: StorageLevel) {
    super(storageLevel);
    this.host = host;
    this.port = port;
  }

  onStart(): void {}
  onStop(): void {}
}
