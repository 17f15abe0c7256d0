import { Logger } from "../platform/log.ts";
import type { JobEnd, JobStart, SparkListener, StageInfo, TaskEnd, TaskInfo } from "../rdd/spark-listener.ts";

const logger = new Logger("DAGScheduler");
const tasks = new Logger("TaskSetManager");

/**
 * Writes down what an engine does, in Spark's words, for those who ask for `INFO` or `DEBUG`. What has failed is no news at
 * `WARN`: the action that it was done for rejects.
 */
export class EventLog implements SparkListener {
  /** Which of its methods are to be called: where nothing is written, nobody need put together what they would tell. */
  static hears(method: string): boolean {
    return method.startsWith("onTask") ? tasks.isEnabled("DEBUG") : logger.isEnabled("INFO");
  }

  readonly #jobs = new Map<number, JobStart>();
  readonly #stages = new Map<number, number>();

  onJobStart(job: JobStart): void {
    this.#jobs.set(job.jobId, job);
    logger.info(`Got job ${job.jobId} (${job.description})`);
  }

  onJobEnd({ jobId, time, error }: JobEnd): void {
    const job = this.#jobs.get(jobId);
    this.#jobs.delete(jobId);
    if (job === undefined) return;
    const how = error === undefined ? "finished" : "failed";
    const why = error === undefined ? "" : `: ${error.message}`;
    logger.info(`Job ${jobId} ${how}: ${job.description}, took ${seconds(time - job.time)} s${why}`);
  }

  // The name of a stage is made when it is read.
  onStageSubmitted(stage: StageInfo): void {
    const { stageId, numTasks, time } = stage;
    this.#stages.set(stageId, time);
    logger.info(`Submitting ${numTasks} missing tasks from stage ${stageId} (${stage.name})`);
  }

  onStageCompleted(stage: StageInfo): void {
    const { stageId, time, failureReason } = stage;
    const took = time - (this.#stages.get(stageId) ?? time);
    this.#stages.delete(stageId);
    const how = failureReason === undefined ? "finished" : "failed";
    const why = failureReason === undefined ? "" : ` due to ${failureReason}`;
    logger.info(`Stage ${stageId} (${stage.name}) ${how} in ${seconds(took)} s${why}`);
  }

  onTaskStart(task: TaskInfo): void {
    tasks.debug(`Starting ${described(task)}`);
  }

  onTaskEnd(task: TaskEnd): void {
    const { failureReason, runMs } = task;
    if (failureReason === undefined) tasks.debug(`Finished ${described(task)} in ${runMs.toFixed(0)} ms`);
    else tasks.debug(`Lost ${described(task)}: ${failureReason}`);
  }
}

function described({ partition, attempt, stageId, taskId, executorId }: TaskInfo): string {
  return `task ${partition}.${attempt} in stage ${stageId} (TID ${taskId}) on ${executorId}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
