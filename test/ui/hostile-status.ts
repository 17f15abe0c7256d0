/** A status in which every text that a program can choose, or bring about, is a hostile one. */
import { Time } from "../../src/core/time.ts";
import { StorageLevel } from "../../src/rdd/storage-level.ts";
import { TaskMeter } from "../../src/rdd/task-metrics.ts";
import { SparkConf } from "../../src/spark-conf.ts";
import type { BatchInfo, OutputOperationInfo } from "../../src/streaming/scheduler/streaming-listener.ts";
import { StatusStore } from "../../src/ui/status/status-store.ts";
import { PAYLOADS } from "./hostile-payloads.ts";

/** All of them in one text. */
export const ALL = PAYLOADS.join(" ");
/** What has an id for each payload has one more, with all of them. */
export const OF_ALL = PAYLOADS.length;
export const FIRST_BATCH = 1_800_000_000_000;

const BATCH_MS = 1000;
const TEXTS = [...PAYLOADS, ALL];
/** Each stream has a chart; fewer of them have several payloads in each text. */
const STREAMS = Array.from({ length: 20 }, (_, i) => PAYLOADS.slice(5 * i, 5 * (i + 1)).join(" "));

export function hostileStatus(): StatusStore {
  const store = new StatusStore(new SparkConf({ "spark.log.level": "OFF" }));
  store.attachStreaming(
    BATCH_MS,
    STREAMS.map((name, streamId) => ({ streamId, name })),
  );
  store.settle();
  const streaming = store.streaming!;
  streaming.onStreamingStarted({ time: FIRST_BATCH });
  STREAMS.forEach((text, streamId) => {
    streaming.onReceiverError({
      receiverInfo: {
        streamId,
        name: text,
        active: false,
        location: text,
        executorId: text,
        lastErrorMessage: text,
        lastError: text,
        lastErrorTime: FIRST_BATCH,
        droppedLines: 0,
        invalidUtf8Lines: 0,
        droppedPartialLines: 0,
      },
    });
  });
  TEXTS.forEach((text, i) => {
    addExecutor(store, text);
    addBatch(streaming, text, i);
    addJob(store, text, i);
    addRdd(store, text, i);
  });
  return store;
}

function addExecutor({ listener }: StatusStore, text: string): void {
  listener.onExecutorAdded({ executorId: text, time: FIRST_BATCH, host: text, totalCores: 1, maxMemory: 1024 });
  listener.onExecutorRemoved({ executorId: text, time: FIRST_BATCH, reason: text });
}

/** The batch of all has an input and an output for each payload. */
function addBatch(streaming: NonNullable<StatusStore["streaming"]>, text: string, i: number): void {
  const batchTime = new Time(FIRST_BATCH + i * BATCH_MS);
  const texts = i === OF_ALL ? PAYLOADS : [text];
  const operation = (failure: string, id: number): OutputOperationInfo => ({
    batchTime,
    id,
    name: failure,
    description: failure,
    startTime: FIRST_BATCH,
    endTime: FIRST_BATCH + 1,
    duration: 1,
    failureReason: failure,
  });
  const batchInfo: BatchInfo = {
    batchTime,
    streamIdToInputInfo: new Map(
      texts.map((Description, id) => [id, { inputStreamId: id, numRecords: 1, metadata: { Description } }]),
    ),
    submissionTime: FIRST_BATCH,
    processingStartTime: FIRST_BATCH,
    processingEndTime: FIRST_BATCH + 1,
    schedulingDelay: 0,
    processingDelay: 1,
    totalDelay: 1,
    numRecords: texts.length,
    outputOperationInfos: new Map(texts.map((failure, id) => [id, operation(failure, id)])),
  };
  streaming.onBatchSubmitted({ batchInfo });
  streaming.onBatchStarted({ batchInfo });
  streaming.onBatchCompleted({ batchInfo });
}

/** A job with one stage; that of all has a task for each payload. */
function addJob({ listener }: StatusStore, text: string, id: number): void {
  const batch = { batchTime: FIRST_BATCH + id * BATCH_MS, outputOpId: 0, description: `for ${text}` };
  listener.onJobStart({ jobId: id, time: FIRST_BATCH, description: text, batch });
  const stage = { stageId: id, jobId: id, rddId: id, name: text, numTasks: 1, time: FIRST_BATCH };
  listener.onStageSubmitted({ ...stage, failureReason: undefined });
  (id === OF_ALL ? PAYLOADS : [text]).forEach((failureReason, i) => {
    const task = { taskId: 1000 * id + i, stageId: id, partition: i, attempt: 0, executorId: failureReason };
    listener.onTaskStart({ ...task, time: FIRST_BATCH });
    listener.onTaskEnd({
      ...task,
      time: FIRST_BATCH,
      runMs: 1,
      failureReason,
      killed: false,
      metrics: new TaskMeter(),
    });
  });
  listener.onStageCompleted({ ...stage, failureReason: text });
  listener.onJobEnd({ jobId: id, time: FIRST_BATCH, error: new Error(text) });
}

/** That of all has a partition for each payload. */
function addRdd({ listener }: StatusStore, name: string, rddId: number): void {
  const partitions = rddId === OF_ALL ? PAYLOADS : [name];
  partitions.forEach((executorId, partition) => {
    listener.onBlockUpdated({
      rddId,
      name,
      storageLevel: StorageLevel.MEMORY_ONLY,
      numPartitions: partitions.length,
      partition,
      executorId,
      memSize: 1,
      diskSize: 0,
    });
  });
}
