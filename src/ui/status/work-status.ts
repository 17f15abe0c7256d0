/**
 * Jobs, their stages and their tasks, as listener events tell of them. The events of jobs and stages themselves are not kept: what
 * they say of their place in the program is found when it is asked for, and until then they hold what it is found in, the RDDs.
 */
import type { BatchScope } from "../../rdd/engine.ts";
import type { JobEnd, JobPlanned, JobStart, StageInfo, TaskEnd, TaskInfo } from "../../rdd/spark-listener.ts";
import { TaskMeter, type TaskMetrics } from "../../rdd/task-metrics.ts";
import { type Revisions, type Row, StatusTable } from "./table.ts";

export interface WorkLimits {
  readonly retainedJobs: number;
  readonly retainedStages: number;
  /** Of all stages together. */
  readonly retainedTasks: number;
}

/** How many tasks are in which state. */
export interface TaskCounts {
  active: number;
  completed: number;
  failed: number;
  killed: number;
}

/** The batch that a job or stage belongs to. */
export type OfBatch = Pick<BatchScope, "batchTime" | "description"> & { readonly outputOpId: number | undefined };

/** How a job or stage has ended. */
export interface End {
  readonly time: number;
  readonly failureReason: string | undefined;
}

export interface JobRow extends Row {
  readonly jobId: number;
  readonly time: number;
  readonly description: string;
  readonly batch: OfBatch | undefined;
  /** Missing of a job that has one stage. */
  planned: JobPlanned | undefined;
  readonly stageIds: number[];
  end: End | undefined;
  numTasks: number;
  readonly tasks: TaskCounts;
  /** Stages by their state. */
  readonly stages: { active: number; completed: number; failed: number };
}

export interface StageRow extends Row {
  readonly stageId: number;
  readonly jobId: number;
  readonly rddId: number;
  readonly name: string;
  readonly numTasks: number;
  readonly time: number;
  readonly batch: OfBatch | undefined;
  end: End | undefined;
  firstTaskTime: number | undefined;
  readonly counts: TaskCounts;
  /** Of the tasks that have succeeded, in all. */
  readonly metrics: TaskMeter;
  runMs: number;
  /** By task id, as they started. The oldest may be gone. */
  readonly tasks: Map<number, TaskRow>;
}

export interface TaskRow {
  readonly start: TaskInfo;
  end: TaskEnd | undefined;
}

/** What listeners have told of jobs: the last ones, and those that run. */
export class WorkStatus {
  readonly jobs: StatusTable<number, JobRow>;
  readonly stages: StatusTable<number, StageRow>;
  readonly totals = { active: 0, succeeded: 0, failed: 0 };
  readonly #limits: WorkLimits;
  #tasks = 0;

  constructor(revisions: Revisions, limits: WorkLimits) {
    this.jobs = new StatusTable(revisions);
    this.stages = new StatusTable(revisions);
    this.#limits = limits;
  }

  jobStarted({ jobId, time, description, batch }: JobStart): void {
    this.totals.active++;
    this.jobs.add(jobId, {
      jobId,
      time,
      description,
      batch: batch && { batchTime: batch.batchTime, outputOpId: batch.outputOpId, description: batch.description },
      planned: undefined,
      stageIds: [],
      end: undefined,
      numTasks: 0,
      tasks: noTasks(),
      stages: { active: 0, completed: 0, failed: 0 },
    });
  }

  jobPlanned(planned: JobPlanned): void {
    const job = this.jobs.get(planned.jobId);
    if (job === undefined) return;
    job.planned = planned;
    this.jobs.touch(job);
  }

  jobEnded({ jobId, time, error }: JobEnd): void {
    const job = this.jobs.get(jobId);
    if (job === undefined) return;
    job.end = { time, failureReason: error?.message };
    this.totals.active--;
    this.totals[error === undefined ? "succeeded" : "failed"]++;
    this.jobs.touch(job);
    this.jobs.trim(this.#limits.retainedJobs, (row) => row.end !== undefined);
  }

  stageSubmitted({ stageId, jobId, rddId, name, numTasks, time }: StageInfo): void {
    const job = this.jobs.get(jobId);
    this.stages.add(stageId, {
      stageId,
      jobId,
      rddId,
      name,
      numTasks,
      time,
      batch: job?.batch,
      end: undefined,
      firstTaskTime: undefined,
      counts: noTasks(),
      metrics: new TaskMeter(),
      runMs: 0,
      tasks: new Map(),
    });
    if (job === undefined) return;
    job.stageIds.push(stageId);
    job.numTasks += numTasks;
    job.stages.active++;
    this.jobs.touch(job);
  }

  stageCompleted({ stageId, time, failureReason }: StageInfo): void {
    const stage = this.stages.get(stageId);
    if (stage === undefined) return;
    stage.end = { time, failureReason };
    this.stages.touch(stage);
    const job = this.jobs.get(stage.jobId);
    if (job !== undefined) {
      job.stages.active--;
      job.stages[failureReason === undefined ? "completed" : "failed"]++;
      this.jobs.touch(job);
    }
    this.stages.trim(
      this.#limits.retainedStages,
      (row) => row.end !== undefined,
      ({ tasks }) => {
        this.#tasks -= tasks.size;
      },
    );
  }

  taskStarted(start: TaskInfo): void {
    const stage = this.stages.get(start.stageId);
    if (stage === undefined) return;
    stage.firstTaskTime ??= start.time;
    stage.tasks.set(start.taskId, { start, end: undefined });
    this.#tasks++;
    this.#count(stage, "active", 1);
    if (this.#tasks > this.#limits.retainedTasks) this.#dropTask();
  }

  taskEnded(end: TaskEnd): void {
    const stage = this.stages.get(end.stageId);
    if (stage === undefined) return;
    const task = stage.tasks.get(end.taskId);
    if (task !== undefined) task.end = end;
    stage.runMs += end.runMs;
    if (end.metrics !== undefined) addMetrics(stage.metrics, end.metrics);
    this.#count(stage, "active", -1);
    this.#count(stage, end.killed ? "killed" : end.failureReason === undefined ? "completed" : "failed", 1);
  }

  #count(stage: StageRow, state: keyof TaskCounts, by: 1 | -1): void {
    stage.counts[state] += by;
    this.stages.touch(stage);
    const job = this.jobs.get(stage.jobId);
    if (job === undefined) return;
    job.tasks[state] += by;
    this.jobs.touch(job);
  }

  /** Forgets the oldest task that has ended. The sums of its stage keep it. */
  #dropTask(): void {
    for (const { tasks } of this.stages.values()) {
      for (const [id, { end }] of tasks) {
        if (end === undefined) continue;
        tasks.delete(id);
        this.#tasks--;
        return;
      }
    }
  }
}

function noTasks(): TaskCounts {
  return { active: 0, completed: 0, failed: 0, killed: 0 };
}

function addMetrics(to: TaskMeter, metrics: TaskMetrics): void {
  to.inputRecords += metrics.inputRecords;
  to.inputBytes += metrics.inputBytes;
  to.shuffleReadRecords += metrics.shuffleReadRecords;
  to.shuffleReadBytes += metrics.shuffleReadBytes;
  to.shuffleWriteRecords += metrics.shuffleWriteRecords;
  to.shuffleWriteBytes += metrics.shuffleWriteBytes;
  to.outputRecords += metrics.outputRecords;
  to.outputBytes += metrics.outputBytes;
  to.resultBytes += metrics.resultBytes;
}
