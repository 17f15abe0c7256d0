/** What metrics there are: a name, what it means, and how it is read off the status of a context when somebody asks. */
import type { ExecutorRow } from "../ui/status/executor-status.ts";
import type { StatusStore } from "../ui/status/status-store.ts";
import type { BatchRow, StreamingStatus } from "../ui/status/streaming-status.ts";

export interface GaugeRule<S> {
  readonly name: string;
  readonly help: string;
  value(status: S): number;
}

/**
 * Those of Spark's StreamingSource, by its names after `streaming.`. Times are milliseconds since the epoch, delays milliseconds;
 * -1 where there is no such batch yet.
 */
export const STREAMING_GAUGES: readonly GaugeRule<StreamingStatus>[] = [
  rule("receivers", "Receivers of the streams.", ({ receivers }) => receivers.size),
  rule("totalCompletedBatches", "Batches completed since the start.", (s) => s.totalCompletedBatches),
  rule("totalReceivedRecords", "Records of batches that have started.", (s) => s.totalReceivedRecords),
  rule("totalProcessedRecords", "Records of batches that have completed.", (s) => s.totalProcessedRecords),
  rule("unprocessedBatches", "Batches that wait or run.", (s) => s.numUnprocessedBatches),
  rule("waitingBatches", "Batches that wait.", (s) => countOf(s, "QUEUED")),
  rule("runningBatches", "Batches that run.", (s) => countOf(s, "PROCESSING")),
  rule("retainedCompletedBatches", "Completed batches that are remembered.", (s) => s.numRetainedCompletedBatches),
  ...ofBatch("lastCompletedBatch", "last completed batch", (s) => s.lastCompletedBatch, [
    ["submissionTime", "When the", "was submitted", (batch) => batch.submissionTime],
    ["processingStartTime", "When the first output of the", "began", (batch) => batch.processingStartTime],
    ["processingEndTime", "When the last output of the", "ended", (batch) => batch.processingEndTime],
    [
      "processingDelay",
      "From the first output's beginning to the last one's end, in the",
      "",
      (b) => b.processingDelay,
    ],
    ["schedulingDelay", "From submission to the first output's beginning, in the", "", (b) => b.schedulingDelay],
    ["totalDelay", "From submission to the last output's end, in the", "", (batch) => batch.totalDelay],
  ]),
  ...ofBatch("lastReceivedBatch", "last batch that has come", (s) => s.lastReceivedBatch, [
    ["submissionTime", "When the", "was submitted", (batch) => batch.submissionTime],
    ["processingStartTime", "When the first output of the", "began", (batch) => batch.processingStartTime],
    ["processingEndTime", "When the last output of the", "ended", (batch) => batch.processingEndTime],
  ]),
  rule("lastReceivedBatch_records", "Records of the last batch that has come.", (s) => {
    return s.lastReceivedBatch?.info.numRecords ?? 0;
  }),
];

/** What jobs and executors have come to. */
export const ENGINE_GAUGES: readonly GaugeRule<StatusStore>[] = [
  rule("jobs_active", "Jobs that run.", ({ work }) => work.totals.active),
  rule("jobs_succeeded", "Jobs that have succeeded since the start.", ({ work }) => work.totals.succeeded),
  rule("jobs_failed", "Jobs that have failed since the start.", ({ work }) => work.totals.failed),
  rule("executors", "Executors that are alive.", (s) => sum(s, ({ removed }) => (removed === undefined ? 1 : 0))),
  rule("tasks_active", "Tasks that run.", (s) => sum(s, ({ activeTasks }) => activeTasks)),
  rule("tasks_completed", "Tasks that have succeeded.", (s) => sum(s, ({ completedTasks }) => completedTasks)),
  rule("tasks_failed", "Tasks that have failed or were given up.", (s) => sum(s, ({ failedTasks }) => failedTasks)),
  rule("tasks_runTime", "Milliseconds that executors have worked on tasks.", (s) => sum(s, ({ runMs }) => runMs)),
  rule("shuffle_readBytes", "Bytes read from shuffles.", (s) => sum(s, (row) => row.shuffleReadBytes)),
  rule("shuffle_writeBytes", "Bytes written to shuffles.", (s) => sum(s, (row) => row.shuffleWriteBytes)),
  rule("input_bytes", "Bytes read from sources and persisted RDDs.", (s) => sum(s, ({ inputBytes }) => inputBytes)),
  rule("storage_blocks", "Partitions of persisted RDDs that are kept.", (s) => sum(s, ({ rddBlocks }) => rddBlocks)),
  rule("storage_memoryUsed", "Their bytes.", (s) => sum(s, ({ memoryUsed }) => memoryUsed)),
];

function rule<S>(name: string, help: string, value: (status: S) => number): GaugeRule<S> {
  return { name, help, value };
}

type OfBatch = readonly [
  name: string,
  before: string,
  after: string,
  value: (batch: BatchRow["info"]) => number | undefined,
];

function ofBatch(
  prefix: string,
  what: string,
  batchOf: (streaming: StreamingStatus) => BatchRow | undefined,
  values: readonly OfBatch[],
): GaugeRule<StreamingStatus>[] {
  return values.map(([name, before, after, value]) =>
    rule(`${prefix}_${name}`, `${before} ${what}${after && ` ${after}`}.`, (streaming) => {
      const batch = batchOf(streaming);
      return (batch && value(batch.info)) ?? -1;
    }),
  );
}

function countOf({ batches }: StreamingStatus, status: BatchRow["status"]): number {
  let count = 0;
  for (const batch of batches.values()) if (batch.status === status) count++;
  return count;
}

/** Over all executors, those that have ended and are still remembered, too. */
function sum({ executors }: StatusStore, of: (executor: ExecutorRow) => number): number {
  let total = 0;
  for (const executor of executors.executors.values()) total += of(executor);
  return total;
}
