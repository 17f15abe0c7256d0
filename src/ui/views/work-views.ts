/** Jobs, stages and tasks as REST and pages are told of them. */
import type { TaskMetrics as CountedMetrics } from "../../rdd/task-metrics.ts";
import type {
  ExecutorStageSummary,
  JobData,
  JobDetail,
  StageData,
  StageDetail,
  TaskData,
  TaskMetricDistributions,
  TaskMetrics,
  TaskStatus,
} from "../api.ts";
import type { JobRow, OfBatch, StageRow, TaskRow, WorkStatus } from "../status/work-status.ts";
import { rounded, shortened, sparkDate, sparkDateIfKnown } from "./words.ts";

export function jobData({ time, end, planned, ...row }: JobRow, now: number): JobData {
  return {
    jobId: row.jobId,
    name: row.description,
    ...ofBatch(row.batch),
    submissionTime: sparkDate(time),
    completionTime: sparkDateIfKnown(end?.time),
    stageIds: row.stageIds,
    jobTags: [],
    status: end === undefined ? "RUNNING" : end.failureReason === undefined ? "SUCCEEDED" : "FAILED",
    // A stage whose tasks' outputs were lost runs again, beside what was planned.
    numTasks: Math.max(planned?.numTasks ?? 0, row.numTasks + (planned?.numSkippedTasks ?? 0)),
    numActiveTasks: row.tasks.active,
    numCompletedTasks: row.tasks.completed,
    numSkippedTasks: planned?.numSkippedTasks ?? 0,
    numFailedTasks: row.tasks.failed,
    numKilledTasks: row.tasks.killed,
    numCompletedIndices: row.tasks.completed,
    numActiveStages: row.stages.active,
    numCompletedStages: row.stages.completed,
    numSkippedStages: planned?.numSkippedStages ?? 0,
    numFailedStages: row.stages.failed,
    numStages: Math.max(planned?.numStages ?? 0, row.stageIds.length + (planned?.numSkippedStages ?? 0)),
    duration: rounded((end?.time ?? now) - time),
    failureReason: end?.failureReason,
  };
}

export function jobDetail(job: JobRow, { stages }: WorkStatus, now: number): JobDetail {
  const retained = job.stageIds.map((id) => stages.get(id)).filter((stage) => stage !== undefined);
  return { ...jobData(job, now), stages: retained.reverse().map((stage) => stageData(stage, now)) };
}

export function stageData({ time, end, counts, metrics, ...row }: StageRow, now: number): StageData {
  const started = row.firstTaskTime !== undefined || end !== undefined;
  const ended = end === undefined ? undefined : end.failureReason === undefined ? "COMPLETE" : "FAILED";
  return {
    status: ended ?? (started ? "ACTIVE" : "PENDING"),
    stageId: row.stageId,
    attemptId: 0,
    numTasks: row.numTasks,
    numActiveTasks: counts.active,
    numCompleteTasks: counts.completed,
    numFailedTasks: counts.failed,
    numKilledTasks: counts.killed,
    numCompletedIndices: counts.completed,
    submissionTime: sparkDate(time),
    firstTaskLaunchedTime: sparkDateIfKnown(row.firstTaskTime),
    completionTime: sparkDateIfKnown(end?.time),
    failureReason: end?.failureReason,
    executorRunTime: rounded(row.runMs),
    resultSize: metrics.resultBytes,
    inputBytes: metrics.inputBytes,
    inputRecords: metrics.inputRecords,
    outputBytes: metrics.outputBytes,
    outputRecords: metrics.outputRecords,
    shuffleReadBytes: metrics.shuffleReadBytes,
    shuffleReadRecords: metrics.shuffleReadRecords,
    shuffleWriteBytes: metrics.shuffleWriteBytes,
    shuffleWriteRecords: metrics.shuffleWriteRecords,
    name: row.name,
    ...ofBatch(row.batch),
    details: row.name,
    schedulingPool: "default",
    rddIds: [row.rddId],
    jobId: row.jobId,
    duration: rounded((end?.time ?? now) - time),
  };
}

export function stageDetail(stage: StageRow, now: number): StageDetail {
  const tasks = [...stage.tasks.values()];
  return {
    ...stageData(stage, now),
    tasks: Object.fromEntries(tasks.map((task) => [task.start.taskId, taskData(task, now)])),
    executorSummary: executorSummaries(tasks),
  };
}

/** What a table shows of a stage or a job: of a long error only the beginning. */
export function asRow<T extends { readonly failureReason?: string | undefined }>(data: T): T {
  return { ...data, failureReason: shortened(data.failureReason) };
}

export function taskData({ start, end }: TaskRow, now: number): TaskData {
  const duration = (end?.time ?? now) - start.time;
  return {
    taskId: start.taskId,
    index: start.partition,
    attempt: start.attempt,
    partitionId: start.partition,
    launchTime: sparkDate(start.time),
    duration: rounded(duration),
    executorId: start.executorId,
    host: "localhost",
    status: taskStatus({ start, end }),
    taskLocality: "PROCESS_LOCAL",
    speculative: false,
    errorMessage: end?.failureReason,
    taskMetrics: end?.metrics && taskMetrics(end.metrics, end.runMs),
    schedulerDelay: schedulerDelay({ start, end }),
  };
}

export function taskStatus({ end }: TaskRow): TaskStatus {
  if (end === undefined) return "RUNNING";
  if (end.killed) return "KILLED";
  return end.failureReason === undefined ? "SUCCESS" : "FAILED";
}

function schedulerDelay({ start, end }: TaskRow): number {
  return end === undefined ? 0 : rounded(Math.max(0, end.time - start.time - end.runMs));
}

function taskMetrics(metrics: CountedMetrics, runMs: number): TaskMetrics {
  return {
    executorRunTime: rounded(runMs),
    resultSize: metrics.resultBytes,
    inputMetrics: { bytesRead: metrics.inputBytes, recordsRead: metrics.inputRecords },
    outputMetrics: { bytesWritten: metrics.outputBytes, recordsWritten: metrics.outputRecords },
    shuffleReadMetrics: { bytesRead: metrics.shuffleReadBytes, recordsRead: metrics.shuffleReadRecords },
    shuffleWriteMetrics: { bytesWritten: metrics.shuffleWriteBytes, recordsWritten: metrics.shuffleWriteRecords },
  };
}

/** How the tasks that have succeeded are distributed; undefined where none has. */
export function taskSummary(stage: StageRow, quantiles: readonly number[]): TaskMetricDistributions | undefined {
  const ended = [...stage.tasks.values()].filter((task) => taskStatus(task) === "SUCCESS");
  if (ended.length === 0) return undefined;
  const of = (value: (task: TaskRow) => number) => {
    const sorted = ended.map(value).sort((a, b) => a - b);
    return quantiles.map((quantile) => sorted[Math.min(Math.floor(quantile * sorted.length), sorted.length - 1)]!);
  };
  const counted = (key: keyof CountedMetrics) => of(({ end }) => end!.metrics![key]);
  return {
    quantiles,
    duration: of(({ start, end }) => rounded(end!.time - start.time)),
    executorRunTime: of(({ end }) => rounded(end!.runMs)),
    schedulerDelay: of(schedulerDelay),
    resultSize: counted("resultBytes"),
    inputMetrics: { bytesRead: counted("inputBytes"), recordsRead: counted("inputRecords") },
    outputMetrics: { bytesWritten: counted("outputBytes"), recordsWritten: counted("outputRecords") },
    shuffleReadMetrics: { readBytes: counted("shuffleReadBytes"), readRecords: counted("shuffleReadRecords") },
    shuffleWriteMetrics: { writeBytes: counted("shuffleWriteBytes"), writeRecords: counted("shuffleWriteRecords") },
  };
}

function executorSummaries(tasks: readonly TaskRow[]): Record<string, ExecutorStageSummary> {
  const byExecutor = Map.groupBy(tasks, ({ start }) => start.executorId);
  return Object.fromEntries(Array.from(byExecutor, ([id, own]) => [id, executorSummary(own)]));
}

function executorSummary(tasks: readonly TaskRow[]): ExecutorStageSummary {
  const count = (status: TaskStatus) => tasks.filter((task) => taskStatus(task) === status).length;
  const sum = (key: keyof CountedMetrics) => tasks.reduce((total, { end }) => total + (end?.metrics?.[key] ?? 0), 0);
  return {
    taskTime: rounded(tasks.reduce((total, { end }) => total + (end?.runMs ?? 0), 0)),
    failedTasks: count("FAILED"),
    succeededTasks: count("SUCCESS"),
    killedTasks: count("KILLED"),
    inputBytes: sum("inputBytes"),
    inputRecords: sum("inputRecords"),
    outputBytes: sum("outputBytes"),
    outputRecords: sum("outputRecords"),
    shuffleRead: sum("shuffleReadBytes"),
    shuffleReadRecords: sum("shuffleReadRecords"),
    shuffleWrite: sum("shuffleWriteBytes"),
    shuffleWriteRecords: sum("shuffleWriteRecords"),
  };
}

/** Of what belongs to a streaming batch: which one, and which of its outputs. */
function ofBatch(batch: OfBatch | undefined) {
  return { description: batch?.description, batchId: batch?.batchTime, outputOpId: batch?.outputOpId };
}
