/** Batches, their outputs and the receivers as REST and pages are told of them. */
import type { ReceiverInfo as ListenedReceiver } from "../../streaming/receiver/receiver-info.ts";
import type { OutputOperationInfo as ListenedOperation } from "../../streaming/scheduler/streaming-listener.ts";
import type { BatchDetail, BatchInfo, OutputOperationInfo, ReceiverInfo, StreamingStatistics } from "../api.ts";
import type { BatchRow, StreamingStatus } from "../status/streaming-status.ts";
import type { WorkStatus } from "../status/work-status.ts";
import { rounded, roundedIfKnown, shortened, sparkDate, sparkDateIfKnown } from "./words.ts";
import { jobData } from "./work-views.ts";

export function streamingStatistics(streaming: StreamingStatus, now: number): StreamingStatistics {
  const { startTime = now, batchMs, receivers, batches } = streaming;
  const active = [...receivers.values()].filter((receiver) => receiver.active).length;
  return {
    startTime: sparkDate(startTime),
    batchDuration: batchMs,
    numReceivers: receivers.size,
    numActiveReceivers: active,
    numInactiveReceivers: receivers.size - active,
    numTotalCompletedBatches: streaming.totalCompletedBatches,
    numRetainedCompletedBatches: streaming.numRetainedCompletedBatches,
    numActiveBatches: streaming.numUnprocessedBatches,
    numProcessedRecords: streaming.totalProcessedRecords,
    numReceivedRecords: streaming.totalReceivedRecords,
    avgInputRate: average(batches.values(), ({ info }) => rate(info.numRecords, batchMs)),
    avgSchedulingDelay: average(batches.values(), ({ info }) => info.schedulingDelay),
    avgProcessingTime: average(batches.values(), ({ info }) => info.processingDelay),
    avgTotalDelay: average(batches.values(), ({ info }) => info.totalDelay),
    uptime: rounded(Math.max(0, now - startTime)),
  };
}

/** Of all input streams, by their ids. */
export function receiverInfos(streaming: StreamingStatus): ReceiverInfo[] {
  const batches = streaming.retainedBatches;
  return streamIds(streaming).map((streamId) => ({
    ...receiverSummary(streaming, streamId),
    eventRates: batches.map((batch) => [batch.info.batchTime.milliseconds, eventRate(streaming, streamId, batch)]),
  }));
}

/** The same, but for the rates of each batch. */
export function receiverSummaries(streaming: StreamingStatus): Omit<ReceiverInfo, "eventRates">[] {
  return streamIds(streaming).map((streamId) => receiverSummary(streaming, streamId));
}

function streamIds({ inputs, receivers }: StreamingStatus): number[] {
  return [...new Set([...inputs.map(({ streamId }) => streamId), ...receivers.keys()])].sort((a, b) => a - b);
}

function receiverSummary(streaming: StreamingStatus, streamId: number): Omit<ReceiverInfo, "eventRates"> {
  const receiver = streaming.receivers.get(streamId);
  return {
    streamId,
    streamName: receiver?.name ?? streamName(streaming, streamId),
    ...(receiver && receiverState(receiver)),
    avgEventRate: average(streaming.batches.values(), (batch) => eventRate(streaming, streamId, batch)),
  };
}

function receiverState(receiver: ListenedReceiver) {
  return {
    isActive: receiver.active,
    executorId: receiver.executorId,
    executorHost: receiver.location,
    lastErrorTime: receiver.lastErrorTime < 0 ? undefined : sparkDate(receiver.lastErrorTime),
    lastErrorMessage: receiver.lastErrorMessage || undefined,
    lastError: receiver.lastError || undefined,
  };
}

function eventRate({ batchMs }: StreamingStatus, streamId: number, { info }: BatchRow): number {
  return rate(info.streamIdToInputInfo.get(streamId)?.numRecords ?? 0, batchMs);
}

function streamName({ inputs }: StreamingStatus, streamId: number): string {
  return inputs.find((input) => input.streamId === streamId)?.name ?? `Stream-${streamId}`;
}

export function batchInfo({ info, status, operations }: BatchRow, batchMs: number): BatchInfo {
  const outputs = [...operations.values()];
  return {
    batchId: info.batchTime.milliseconds,
    batchTime: sparkDate(info.batchTime.milliseconds),
    status,
    batchDuration: batchMs,
    inputSize: info.numRecords,
    schedulingDelay: roundedIfKnown(info.schedulingDelay),
    processingTime: roundedIfKnown(info.processingDelay),
    totalDelay: roundedIfKnown(info.totalDelay),
    numActiveOutputOps: count(outputs, (op) => op.startTime !== undefined && op.endTime === undefined),
    numCompletedOutputOps: count(outputs, (op) => op.endTime !== undefined && op.failureReason === undefined),
    numFailedOutputOps: count(outputs, (op) => op.failureReason !== undefined),
    numTotalOutputOps: outputs.length,
    firstFailureReason: outputs.find((op) => op.failureReason !== undefined)?.failureReason,
    inputSizes: Array.from(info.streamIdToInputInfo, ([streamId, { numRecords }]) => [streamId, numRecords] as const),
  };
}

/** What a table shows of it: of a long error only the beginning. */
export function batchTableRow(row: BatchRow, batchMs: number): BatchInfo {
  const info = batchInfo(row, batchMs);
  return { ...info, firstFailureReason: shortened(info.firstFailureReason) };
}

export function batchDetail(row: BatchRow, streaming: StreamingStatus, work: WorkStatus, now: number): BatchDetail {
  const { info } = row;
  return {
    ...batchInfo(row, streaming.batchMs),
    submissionTime: sparkDate(info.submissionTime),
    processingStartTime: sparkDateIfKnown(info.processingStartTime),
    processingEndTime: sparkDateIfKnown(info.processingEndTime),
    inputs: Array.from(info.streamIdToInputInfo.values(), ({ inputStreamId, numRecords, metadata }) => {
      const description = metadata.Description;
      return {
        streamId: inputStreamId,
        streamName: streamName(streaming, inputStreamId),
        numRecords,
        metadataDescription: description === undefined ? undefined : String(description),
      };
    }),
    operations: outputOperations(row).map((operation) => {
      const jobs = operation.jobIds.map((id) => work.jobs.get(id)).filter((job) => job !== undefined);
      return { ...operation, jobs: jobs.map((job) => jobData(job, now)) };
    }),
  };
}

/** Of one batch, by their ids. */
export function outputOperations({ operations, jobIds }: BatchRow): OutputOperationInfo[] {
  return [...operations.values()].sort((a, b) => a.id - b.id).map((info) => operationInfo(info, jobIds.get(info.id)));
}

function operationInfo(info: ListenedOperation, jobIds: readonly number[] = []): OutputOperationInfo {
  return {
    outputOpId: info.id,
    name: info.name,
    description: info.description,
    startTime: sparkDateIfKnown(info.startTime),
    endTime: sparkDateIfKnown(info.endTime),
    duration: roundedIfKnown(info.duration),
    failureReason: info.failureReason,
    jobIds,
  };
}

/** Records a second (S20): those of a batch over the batch's length, however long it took. */
function rate(records: number, batchMs: number): number {
  return (records * 1000) / batchMs;
}

/** Of what is known of the batches; undefined where nothing is. There may be a thousand, and pages ask again and again. */
function average(batches: Iterable<BatchRow>, of: (batch: BatchRow) => number | undefined): number | undefined {
  let sum = 0;
  let known = 0;
  for (const batch of batches) {
    const value = of(batch);
    if (value === undefined) continue;
    sum += value;
    known++;
  }
  return known === 0 ? undefined : rounded(sum / known);
}

function count<T>(values: readonly T[], holds: (value: T) => boolean): number {
  return values.reduce((sum, value) => (holds(value) ? sum + 1 : sum), 0);
}
