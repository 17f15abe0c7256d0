/**
 * What the tracker, on the driver, and a host of receivers say to each other; nothing else passes between them,
 * so the host may be in a thread of its own. Messages arrive in the order in which they were sent, which is what makes
 * a cut exact: every block said before `cutDone` belongs to that epoch or an earlier one, every later one does not.
 */
import type { BlockPlace, StoredBlock } from "../../core/block.ts";
import type { LogMessage } from "../../platform/log.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import type { RateLimits } from "./rate-limiter.ts";
import type { Receiver } from "./receiver.ts";

export interface ReceiverSettings extends StreamSettings {
  /** Where the host's files go, a directory of its own; made when it is needed. */
  readonly blockDirectory: string;
}

/** What is the same for all hosts. */
export interface StreamSettings {
  /** Of the host's blocks and of what it has to make blocks of: its part of `millrace.receiver.memory`. */
  readonly memoryBytes: number;
  /** What files of blocks leave of the disk; undefined where nothing is said. */
  readonly diskReserveBytes: number | undefined;
  readonly maxLineBytes: number;
  readonly blockIntervalMs: number;
  readonly blockQueueSize: number;
  readonly blockStoreTimeoutMs: number;
  readonly restartDelayMs: number;
  readonly rates: RateLimits;
}

/** Lines that did not arrive as they were sent. */
export interface DropCounts {
  /** Lines longer than `millrace.receiver.maxLineBytes`: dropped. */
  droppedLines: number;
  /** Lines that were not UTF-8: received, with U+FFFD in place of what was not. */
  invalidUtf8Lines: number;
  /** Last lines, without their newline, of connections that broke: dropped. */
  droppedPartialLines: number;
}

export function noDrops(): DropCounts {
  return { droppedLines: 0, invalidUtf8Lines: 0, droppedPartialLines: 0 };
}

/** What went wrong, for people: the message says what to do about it; `error` is the cause with its stack, or empty. */
export interface Failure {
  readonly message: string;
  readonly error: string;
}

/** A receiver of the program's, as it comes to a host. */
export type ShippedReceiver =
  /** The closure that returns it, and the broadcasts that it uses. */
  | { readonly bytes: Uint8Array; readonly broadcasts: readonly { readonly id: number; readonly bytes: Uint8Array }[] }
  /** On the driver's thread, the receiver itself. */
  | { readonly live: Receiver<never> };

export type ToReceiver =
  /** Begin to receive lines over TCP. */
  | {
      readonly type: "open";
      readonly streamId: number;
      readonly host: string;
      readonly port: number;
      readonly level: StorageLevel;
    }
  /** Begin to run a receiver of the program's, in place of an earlier one of the stream. */
  | { readonly type: "run"; readonly streamId: number; readonly receiver: ShippedReceiver }
  /** All that was received until now becomes blocks; then `cutDone`. `released`: as with `release`, before it. */
  | { readonly type: "cut"; readonly epoch: number; readonly released: readonly BlockPlace[] }
  /** The driver has taken note of a block that had this number. */
  | { readonly type: "accepted"; readonly sequence: number }
  /** Single records of the stream may come at this rate, in records a second. */
  | { readonly type: "rate"; readonly streamId: number; readonly rate: number }
  /** Whether batches pile up, so that nothing more is to be taken in. */
  | { readonly type: "hold"; readonly held: boolean }
  /** Blocks of this host in memory that nobody reads any more. */
  | { readonly type: "release"; readonly blocks: readonly BlockPlace[] }
  /** Files of blocks that nobody reads any more have been removed. */
  | { readonly type: "diskFreed" }
  /** Bytes in blocks in memory, of earlier hosts, that still count towards the budget. */
  | { readonly type: "heldElsewhere"; readonly bytes: number }
  /** End all receivers, cut, and say `hostStopped`. Blocks can still be released. */
  | { readonly type: "stop" };

/** A block that is there to be read. */
export interface AnnouncedBlock {
  readonly type: "block";
  readonly streamId: number;
  readonly block: StoredBlock;
  readonly records: number;
  /** Of lines: the number of the block interval that they came in. Much of one interval comes in several pieces. */
  readonly interval?: number;
  /** Where it is to be `accepted`. */
  readonly sequence?: number;
  /** What the receiver has given along. */
  readonly metadata?: unknown;
}

/** Counts are what was counted since the last message with counts. */
export type FromReceiver =
  /** A connection is there, or a receiver is about to start. */
  | { readonly type: "started"; readonly streamId: number }
  | { readonly type: "disconnected"; readonly streamId: number; readonly failure: Failure; readonly drops: DropCounts }
  | { readonly type: "dropped"; readonly streamId: number; readonly failure: Failure; readonly drops: DropCounts }
  /** Something went wrong in a receiver of the program's, which may go on. */
  | { readonly type: "reported"; readonly streamId: number; readonly failure: Failure }
  /** It has stopped; for good, unless it starts itself again. */
  | {
      readonly type: "receiverStopped";
      readonly streamId: number;
      readonly failure: Failure;
      readonly forGood: boolean;
    }
  | AnnouncedBlock
  /** The blocks of lines that the cut has made; others have been announced before. */
  | { readonly type: "cutDone"; readonly epoch: number; readonly blocks: readonly AnnouncedBlock[] }
  /** What a thread has to say is said on the driver's. */
  | { readonly type: "log"; readonly message: LogMessage }
  | { readonly type: "hostStopped"; readonly drops: readonly (readonly [streamId: number, drops: DropCounts])[] };
