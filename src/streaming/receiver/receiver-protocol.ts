/**
 * What the tracker, on the driver, and the host of the receivers say to each other; nothing else passes between them,
 * so the host may be in a thread of its own. Messages arrive in the order in which they were sent, which is what makes
 * a cut exact: every block said before `cutDone` belongs to that epoch or an earlier one, every later one does not.
 */
import type { BlockHandle } from "../../core/block.ts";

export interface ReceiverSettings {
  /** `millrace.receiver.memory`. */
  readonly memoryBytes: number;
  readonly maxLineBytes: number;
  readonly blockIntervalMs: number;
  readonly restartDelayMs: number;
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

export type ToReceiver =
  | { readonly type: "open"; readonly streamId: number; readonly host: string; readonly port: number }
  /** All whole lines received until now become blocks; then `cutDone`. */
  | { readonly type: "cut"; readonly epoch: number }
  /** Blocks of this host that nobody reads any more. */
  | { readonly type: "release"; readonly blocks: readonly BlockHandle[] }
  /** Bytes in blocks of earlier hosts that still count towards the budget. */
  | { readonly type: "heldElsewhere"; readonly bytes: number }
  /** Close all connections, cut, and say `stopped`. Blocks can still be released. */
  | { readonly type: "stop" };

/** Counts are what was counted since the last message with counts. */
export type FromReceiver =
  | { readonly type: "connected"; readonly streamId: number }
  | { readonly type: "disconnected"; readonly streamId: number; readonly failure: Failure; readonly drops: DropCounts }
  | { readonly type: "dropped"; readonly streamId: number; readonly failure: Failure; readonly drops: DropCounts }
  | { readonly type: "block"; readonly streamId: number; readonly block: BlockHandle; readonly records: number }
  | { readonly type: "cutDone"; readonly epoch: number }
  | { readonly type: "stopped"; readonly drops: readonly (readonly [streamId: number, drops: DropCounts])[] };
