import type { ListenerEvent, ListenerMethod } from "../../core/listener-bus.ts";
import type { Time } from "../../core/time.ts";
import type { ReceiverInfo } from "../receiver/receiver-info.ts";

/**
 * Learns of what a StreamingContext does. Every method is optional. Methods are called in the order of the events, on
 * the driver, and should return soon; one that fails is reported and harms nothing else. `StreamingContext.stop()` must
 * not be called from one.
 *
 * @example
 * ```ts
 * import { StreamingContext, type StreamingListener } from "millrace";
 *
 * class Delays implements StreamingListener {
 *   onBatchCompleted({ batchInfo }: { batchInfo: { batchTime: object; totalDelay?: number | undefined } }) {
 *     console.log(`batch ${batchInfo.batchTime}: ${batchInfo.totalDelay} ms`);
 *   }
 * }
 *
 * const ssc = new StreamingContext({ master: "local", batchDuration: "1 second" });
 * ssc.addStreamingListener(new Delays());
 * await ssc.stop();
 * ```
 */
export interface StreamingListener {
  /** The context is ACTIVE. `time` in milliseconds since the epoch. */
  onStreamingStarted?(event: { readonly time: number }): unknown;
  /** A batch has been planned and waits for its turn. */
  onBatchSubmitted?(event: { readonly batchInfo: BatchInfo }): unknown;
  /** The first output of a batch is about to run. */
  onBatchStarted?(event: { readonly batchInfo: BatchInfo }): unknown;
  /** Each output of a batch has ended; some may have failed, as `outputOperationInfos` tells. */
  onBatchCompleted?(event: { readonly batchInfo: BatchInfo }): unknown;
  onOutputOperationStarted?(event: { readonly outputOperationInfo: OutputOperationInfo }): unknown;
  onOutputOperationCompleted?(event: { readonly outputOperationInfo: OutputOperationInfo }): unknown;
  onReceiverStarted?(event: { readonly receiverInfo: ReceiverInfo }): unknown;
  onReceiverError?(event: { readonly receiverInfo: ReceiverInfo }): unknown;
  onReceiverStopped?(event: { readonly receiverInfo: ReceiverInfo }): unknown;
}

/** Tells all listeners of an event, which is put together if there are any. */
export type PostEvent = <K extends ListenerMethod<StreamingListener>>(
  method: K,
  event: () => ListenerEvent<StreamingListener, K>,
) => void;

/** A batch, as it stands at an event. Times are milliseconds since the epoch, delays milliseconds; both may have a fraction. */
export interface BatchInfo {
  readonly batchTime: Time;
  /** The inputs that know how many records they have in the batch. */
  readonly streamIdToInputInfo: ReadonlyMap<number, StreamInputInfo>;
  readonly submissionTime: number;
  /** When the first output began. */
  readonly processingStartTime: number | undefined;
  /** When the last output ended. */
  readonly processingEndTime: number | undefined;
  /** From the submission to the beginning of the first output (S20). */
  readonly schedulingDelay: number | undefined;
  /** From the beginning of the first output to the end of the last. */
  readonly processingDelay: number | undefined;
  /** The sum of both. */
  readonly totalDelay: number | undefined;
  /** Of all inputs together. */
  readonly numRecords: number;
  /** By the output's id: its place among the batch's outputs. */
  readonly outputOperationInfos: ReadonlyMap<number, OutputOperationInfo>;
}

export interface StreamInputInfo {
  readonly inputStreamId: number;
  readonly numRecords: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** One output operation in one batch. */
export interface OutputOperationInfo {
  readonly batchTime: Time;
  readonly id: number;
  /** The operation as the program called it, as `print`. */
  readonly name: string;
  /** The operation and the line that called it. */
  readonly description: string;
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  readonly duration: number | undefined;
  /** The error's text and stack; undefined unless it failed. */
  readonly failureReason: string | undefined;
}
