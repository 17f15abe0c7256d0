/** What a StreamingContext's listener events tell: Spark's StreamingJobProgressListener. */
import type { JobStart } from "../../rdd/spark-listener.ts";
import type { ReceiverInfo } from "../../streaming/receiver/receiver-info.ts";
import type {
  BatchInfo,
  OutputOperationInfo,
  StreamingListener,
} from "../../streaming/scheduler/streaming-listener.ts";
import { type Revisions, type Row, StatusTable } from "./table.ts";

/** An input stream as the program defined it. */
export interface InputStream {
  readonly streamId: number;
  readonly name: string;
}

export interface StreamingSetup {
  /** Milliseconds. */
  readonly batchMs: number;
  readonly inputs: readonly InputStream[];
  readonly retainedBatches: number;
}

export interface BatchRow extends Row {
  status: "QUEUED" | "PROCESSING" | "COMPLETED";
  /** As of the last event of the batch itself. */
  info: BatchInfo;
  /** As of the last event of each. */
  readonly operations: Map<number, OutputOperationInfo>;
  /** By output operation, as they started. */
  readonly jobIds: Map<number, number[]>;
}

export class StreamingStatus implements StreamingListener {
  readonly batchMs: number;
  readonly inputs: readonly InputStream[];
  readonly batches: StatusTable<number, BatchRow>;
  readonly receivers = new Map<number, ReceiverInfo>();
  readonly #revisions: Revisions;
  readonly #retainedBatches: number;
  /** When it or any of its batches last changed. */
  revision: number;
  /** Milliseconds since the epoch; undefined until the context is ACTIVE. */
  startTime: number | undefined;
  totalCompletedBatches = 0;
  totalReceivedRecords = 0;
  totalProcessedRecords = 0;
  #unprocessed = 0;

  constructor(revisions: Revisions, { batchMs, inputs, retainedBatches }: StreamingSetup) {
    this.batchMs = batchMs;
    this.inputs = inputs;
    this.batches = new StatusTable(revisions);
    this.#revisions = revisions;
    this.#retainedBatches = retainedBatches;
    this.revision = revisions.next();
  }

  /** Batches that wait or run. */
  get numUnprocessedBatches(): number {
    return this.#unprocessed;
  }

  get numRetainedCompletedBatches(): number {
    return this.batches.size - this.#unprocessed;
  }

  /** Oldest first. */
  get retainedBatches(): BatchRow[] {
    return [...this.batches.values()].sort((a, b) => timeOf(a) - timeOf(b));
  }

  get lastCompletedBatch(): BatchRow | undefined {
    return latest([...this.batches.values()].filter(({ status }) => status === "COMPLETED"));
  }

  /** The last batch of those that have come, completed or not. */
  get lastReceivedBatch(): BatchRow | undefined {
    return latest(this.batches.values());
  }

  onStreamingStarted({ time }: { readonly time: number }): void {
    this.startTime = time;
    this.#changed();
  }

  onReceiverStarted({ receiverInfo }: { readonly receiverInfo: ReceiverInfo }): void {
    this.#receiverChanged(receiverInfo);
  }

  onReceiverError({ receiverInfo }: { readonly receiverInfo: ReceiverInfo }): void {
    this.#receiverChanged(receiverInfo);
  }

  onReceiverStopped({ receiverInfo }: { readonly receiverInfo: ReceiverInfo }): void {
    this.#receiverChanged(receiverInfo);
  }

  onBatchSubmitted({ batchInfo }: { readonly batchInfo: BatchInfo }): void {
    this.#unprocessed++;
    this.batches.add(batchInfo.batchTime.milliseconds, {
      status: "QUEUED",
      info: batchInfo,
      operations: new Map(batchInfo.outputOperationInfos),
      jobIds: new Map(),
    });
    this.#changed();
  }

  onBatchStarted({ batchInfo }: { readonly batchInfo: BatchInfo }): void {
    this.totalReceivedRecords += batchInfo.numRecords;
    const batch = this.batches.get(batchInfo.batchTime.milliseconds);
    if (batch === undefined) return;
    batch.status = "PROCESSING";
    batch.info = batchInfo;
    this.#touch(batch);
  }

  onBatchCompleted({ batchInfo }: { readonly batchInfo: BatchInfo }): void {
    this.totalCompletedBatches++;
    this.totalProcessedRecords += batchInfo.numRecords;
    const batch = this.batches.get(batchInfo.batchTime.milliseconds);
    if (batch === undefined) return;
    batch.status = "COMPLETED";
    batch.info = batchInfo;
    this.#unprocessed--;
    this.#touch(batch);
    this.batches.trim(this.#retainedBatches + this.#unprocessed, ({ status }) => status === "COMPLETED");
  }

  onOutputOperationStarted({ outputOperationInfo }: { readonly outputOperationInfo: OutputOperationInfo }): void {
    this.#operationChanged(outputOperationInfo);
  }

  onOutputOperationCompleted({ outputOperationInfo }: { readonly outputOperationInfo: OutputOperationInfo }): void {
    this.#operationChanged(outputOperationInfo);
  }

  /** A job that an output operation has started; others are none of a batch's. */
  jobStarted({ jobId, batch: scope }: JobStart): void {
    if (scope?.outputOpId === undefined) return;
    const batch = this.batches.get(scope.batchTime);
    if (batch === undefined) return;
    const jobs = batch.jobIds.get(scope.outputOpId);
    if (jobs === undefined) batch.jobIds.set(scope.outputOpId, [jobId]);
    else jobs.push(jobId);
    this.#touch(batch);
  }

  #operationChanged(info: OutputOperationInfo): void {
    const batch = this.batches.get(info.batchTime.milliseconds);
    if (batch === undefined) return;
    batch.operations.set(info.id, info);
    this.#touch(batch);
  }

  #receiverChanged(info: ReceiverInfo): void {
    this.receivers.set(info.streamId, info);
    this.#changed();
  }

  #touch(batch: BatchRow): void {
    this.batches.touch(batch);
    this.#changed();
  }

  #changed(): void {
    this.revision = this.#revisions.next();
  }
}

function timeOf({ info }: BatchRow): number {
  return info.batchTime.milliseconds;
}

function latest(batches: Iterable<BatchRow>): BatchRow | undefined {
  let last: BatchRow | undefined;
  for (const batch of batches) if (last === undefined || timeOf(batch) > timeOf(last)) last = batch;
  return last;
}
