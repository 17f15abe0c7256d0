import { Logger } from "../../platform/log.ts";
import type { ReceiverInfo } from "../receiver/receiver-info.ts";
import type { BatchInfo, OutputOperationInfo, StreamingListener } from "./streaming-listener.ts";

const logger = new Logger("JobScheduler");
const receivers = new Logger("ReceiverTracker");

/** Writes down what a StreamingContext does, in Spark's words: batches at `INFO`, what goes wrong with a receiver at `WARN`. */
export class BatchLog implements StreamingListener {
  /** Which of its methods are to be called: where batches are not written down, nobody need put together what they would tell. */
  static hears(method: string): boolean {
    return method.startsWith("onReceiver") || logger.isEnabled("INFO");
  }

  /** What was last said of each receiver: one that cannot connect tries every few seconds. */
  readonly #lastErrors = new Map<number, string>();

  onBatchSubmitted({ batchInfo }: { readonly batchInfo: BatchInfo }): void {
    logger.info(`Added jobs for time ${batchInfo.batchTime}`);
  }

  onOutputOperationStarted({ outputOperationInfo: info }: { readonly outputOperationInfo: OutputOperationInfo }): void {
    logger.info(`Starting job ${described(info)}`);
  }

  onOutputOperationCompleted({
    outputOperationInfo: info,
  }: {
    readonly outputOperationInfo: OutputOperationInfo;
  }): void {
    logger.info(`Finished job ${described(info)}`);
  }

  onBatchCompleted({ batchInfo }: { readonly batchInfo: BatchInfo }): void {
    const { batchTime, totalDelay = 0, processingDelay = 0, numRecords } = batchInfo;
    const delays = `Total delay: ${seconds(totalDelay)} s for time ${batchTime} (execution: ${seconds(processingDelay)} s)`;
    logger.info(`${delays}, ${numRecords} records`);
  }

  onReceiverStarted({ receiverInfo: { streamId, name } }: { readonly receiverInfo: ReceiverInfo }): void {
    this.#lastErrors.delete(streamId);
    receivers.info(`Receiver of stream ${streamId} (${name}) started`);
  }

  onReceiverError({
    receiverInfo: { streamId, name, lastErrorMessage },
  }: {
    readonly receiverInfo: ReceiverInfo;
  }): void {
    if (this.#lastErrors.get(streamId) === lastErrorMessage) return;
    this.#lastErrors.set(streamId, lastErrorMessage);
    receivers.warn(`Receiver of stream ${streamId} (${name}): ${lastErrorMessage}`);
  }

  onReceiverStopped({ receiverInfo: { streamId, name } }: { readonly receiverInfo: ReceiverInfo }): void {
    receivers.info(`Receiver of stream ${streamId} (${name}) stopped`);
  }
}

function described({ id, batchTime, description }: OutputOperationInfo): string {
  return `streaming job ${batchTime}.${id} (${description})`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
