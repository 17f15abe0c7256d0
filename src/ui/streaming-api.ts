/** What the REST API says of streams: a part of `api.ts`. */
import type { JobData, SparkDate } from "./api.ts";

export interface StreamingStatistics {
  readonly startTime: SparkDate;
  /** Milliseconds. */
  readonly batchDuration: number;
  readonly numReceivers: number;
  readonly numActiveReceivers: number;
  readonly numInactiveReceivers: number;
  readonly numTotalCompletedBatches: number;
  readonly numRetainedCompletedBatches: number;
  /** Waiting and running. */
  readonly numActiveBatches: number;
  /** Records of completed batches. */
  readonly numProcessedRecords: number;
  /** Records of batches that have started. */
  readonly numReceivedRecords: number;
  /** Averages over the retained batches: records a second, and milliseconds. */
  readonly avgInputRate?: number | undefined;
  readonly avgSchedulingDelay?: number | undefined;
  readonly avgProcessingTime?: number | undefined;
  readonly avgTotalDelay?: number | undefined;
  /** _millrace_ Milliseconds since the start. */
  readonly uptime: number;
}

/** An input stream: one that has a receiver, or another. */
export interface ReceiverInfo {
  readonly streamId: number;
  readonly streamName: string;
  /** This and the next ones are missing where the stream has no receiver. */
  readonly isActive?: boolean | undefined;
  readonly executorId?: string | undefined;
  readonly executorHost?: string | undefined;
  readonly lastErrorTime?: SparkDate | undefined;
  readonly lastErrorMessage?: string | undefined;
  readonly lastError?: string | undefined;
  /** Records a second, over the retained batches. */
  readonly avgEventRate?: number | undefined;
  /** Batch time and records a second, for each retained batch, oldest first. */
  readonly eventRates: readonly (readonly [batchId: number, rate: number])[];
}

export type BatchStatus = "COMPLETED" | "QUEUED" | "PROCESSING";

export interface BatchInfo {
  /** The batch's time in milliseconds since the epoch. */
  readonly batchId: number;
  readonly batchTime: SparkDate;
  readonly status: BatchStatus;
  readonly batchDuration: number;
  /** Records. */
  readonly inputSize: number;
  readonly schedulingDelay?: number | undefined;
  readonly processingTime?: number | undefined;
  readonly totalDelay?: number | undefined;
  readonly numActiveOutputOps: number;
  readonly numCompletedOutputOps: number;
  readonly numFailedOutputOps: number;
  readonly numTotalOutputOps: number;
  /** The error's text and stack. */
  readonly firstFailureReason?: string | undefined;
  /** _millrace_ Records of each input stream: what the timelines by source are made of. */
  readonly inputSizes: readonly (readonly [streamId: number, records: number])[];
}

/** _millrace_ A batch with what it is made of; Spark's answer is the first part of it. */
export interface BatchDetail extends BatchInfo {
  readonly submissionTime: SparkDate;
  readonly processingStartTime?: SparkDate | undefined;
  readonly processingEndTime?: SparkDate | undefined;
  readonly inputs: readonly BatchInput[];
  readonly operations: readonly OutputOperationDetail[];
}

export interface BatchInput {
  readonly streamId: number;
  readonly streamName: string;
  readonly numRecords: number;
  /** What the source says of its input in words: files, offsets. May have several lines. */
  readonly metadataDescription?: string | undefined;
}

export interface OutputOperationInfo {
  readonly outputOpId: number;
  /** The operation as the program called it, as `print`. */
  readonly name: string;
  /** The operation and the line that called it. */
  readonly description: string;
  readonly startTime?: SparkDate | undefined;
  readonly endTime?: SparkDate | undefined;
  readonly duration?: number | undefined;
  readonly failureReason?: string | undefined;
  /** In the order in which they started. */
  readonly jobIds: readonly number[];
}

/** _millrace_ */
export interface OutputOperationDetail extends OutputOperationInfo {
  /** Those of `jobIds` that are still retained. */
  readonly jobs: readonly JobData[];
}
