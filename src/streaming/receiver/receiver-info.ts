import type { StoredBlock } from "../../core/block.ts";
import { type DropCounts, type Failure, noDrops } from "./receiver-protocol.ts";

/** Whole lines, UTF-8, each ended by `\n`, or encoded records. The tracker's until it is given back to it. */
export interface ReceivedBlock {
  readonly block: StoredBlock;
  readonly records: number;
  /** The block interval that lines came in: of several blocks with one number each is a piece of what came in it. */
  readonly interval?: number | undefined;
  /** What the receiver gave along with it. */
  readonly metadata?: unknown;
  /** Which of the hosts that the tracker has had owns it. */
  readonly generation: number;
}

/** A receiver, as listeners see it. Counts are since the start. */
export interface ReceiverInfo extends Readonly<DropCounts> {
  readonly streamId: number;
  readonly name: string;
  /** Whether it is started, and a socket's connected, now. */
  readonly active: boolean;
  readonly location: string;
  readonly executorId: string;
  /** What went wrong last and what to do about it, or empty. */
  readonly lastErrorMessage: string;
  /** The cause of that with its stack, or empty. */
  readonly lastError: string;
  /** Milliseconds since the epoch, -1 for never. */
  readonly lastErrorTime: number;
}

export interface ReceiverEvent {
  readonly type: "receiverStarted" | "receiverError" | "receiverStopped";
  readonly info: ReceiverInfo;
}

export function newReceiverInfo(streamId: number, type: string, executorId: string): ReceiverInfo {
  return {
    streamId,
    name: `${type}-${streamId}`,
    active: false,
    location: "localhost",
    executorId,
    lastErrorMessage: "",
    lastError: "",
    lastErrorTime: -1,
    ...noDrops(),
  };
}

export function withFailure(info: ReceiverInfo, { message, error }: Failure, time: number): ReceiverInfo {
  return { ...info, lastErrorMessage: message, lastError: error, lastErrorTime: time };
}

export function withDrops(info: ReceiverInfo, drops: DropCounts): ReceiverInfo {
  return {
    ...info,
    droppedLines: info.droppedLines + drops.droppedLines,
    invalidUtf8Lines: info.invalidUtf8Lines + drops.invalidUtf8Lines,
    droppedPartialLines: info.droppedPartialLines + drops.droppedPartialLines,
  };
}
