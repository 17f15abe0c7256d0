/** What a host and the receivers that it runs are to each other. */
import type { Clock } from "../../platform/clock.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import type { EncodedRecords } from "./block-generator.ts";
import type { DropCounts, FromReceiver, ReceiverSettings } from "./receiver-protocol.ts";

/** Whose blocks they are. */
export interface BlockOwner {
  readonly streamId: number;
  /** How its blocks are held. */
  readonly storageLevel: StorageLevel;
}

export interface HostedReceiver extends BlockOwner {
  /** Bytes that wait to become a block: they count towards the budget. */
  readonly waitingBytes: number;
  open(): void;
  /**
   * Takes in what has come by now, and calls `done`, later; or returns false, where there is nothing to wait for. Called before
   * {@link cut}.
   */
  catchUp(done: () => void): boolean;
  /** All that has been taken in becomes blocks. */
  cut(): void;
  /** There is no room for more of its blocks: takes in no more until {@link resume}, where it can be helped. */
  pause(): void;
  resume(): void;
  /** Single records may come at this rate, in records a second. */
  updateRate(rate: number): void;
  /** Ends, and cuts. Returns the drops that were not told. */
  end(): DropCounts | Promise<DropCounts>;
}

/** What a receiver gets from the host that it runs in. */
export interface ReceiverSurroundings {
  readonly settings: ReceiverSettings;
  readonly clock: Clock;
  send(message: FromReceiver): void;
  /** Copies lines into a block, and announces it. */
  pushLines(owner: BlockOwner, lines: Uint8Array, records: number, interval: number): void;
  /**
   * Copies records into a block, and announces it; `onAccepted` is called when the driver has taken note of it. Throws where
   * `metadata` is not plain data.
   */
  pushRecords(owner: BlockOwner, records: EncodedRecords, metadata: unknown, onAccepted: () => void): void;
  /** Bytes were taken in, or cut: the budget may be used up, or not any more. */
  received(): void;
}
