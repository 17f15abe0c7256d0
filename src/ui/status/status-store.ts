import type {
  BlockUpdated,
  ExecutorAdded,
  ExecutorRemoved,
  JobEnd,
  JobPlanned,
  JobStart,
  RddUnpersisted,
  SparkListener,
  StageInfo,
  TaskEnd,
  TaskInfo,
} from "../../rdd/spark-listener.ts";
import type { SparkConf } from "../../spark-conf.ts";
import { ExecutorStatus } from "./executor-status.ts";
import { type InputStream, StreamingStatus } from "./streaming-status.ts";
import { Revisions } from "./table.ts";
import { WorkStatus } from "./work-status.ts";

/**
 * All that pages, REST and metrics know of a context. It is fed by listener events and by nothing else, keeps the events
 * themselves rather than copies, and no more of them than the settings say. What it says of a job and the like is put into words
 * when somebody asks (`src/ui/views`).
 */
export class StatusStore implements SparkListener {
  readonly revisions = new Revisions();
  readonly work: WorkStatus;
  readonly executors: ExecutorStatus;
  readonly #retainedBatches: number;
  #streaming: StreamingStatus | undefined;
  /** When a StreamingContext last came or went. */
  streamingRevision = 0;
  /** Milliseconds since the epoch; undefined while the context runs. */
  endTime: number | undefined;

  constructor(conf: SparkConf) {
    this.work = new WorkStatus(this.revisions, {
      retainedJobs: conf.value("spark.ui.retainedJobs"),
      retainedStages: conf.value("spark.ui.retainedStages"),
      retainedTasks: conf.value("spark.ui.retainedTasks"),
    });
    this.executors = new ExecutorStatus(this.revisions, conf.value("spark.ui.retainedDeadExecutors"));
    this.#retainedBatches = conf.value("spark.streaming.ui.retainedBatches");
  }

  /** That of the StreamingContext that runs on the context, if one does. */
  get streaming(): StreamingStatus | undefined {
    return this.#streaming;
  }

  /** A StreamingContext is about to start: returns the listener that it must have from now on. */
  attachStreaming(batchMs: number, inputs: readonly InputStream[]): StreamingStatus {
    const streaming = new StreamingStatus(this.revisions, { batchMs, inputs, retainedBatches: this.#retainedBatches });
    this.#streaming = streaming;
    this.streamingRevision = streaming.revision;
    return streaming;
  }

  /** It has stopped. */
  detachStreaming(streaming: StreamingStatus): void {
    if (this.#streaming !== streaming) return;
    this.#streaming = undefined;
    this.streamingRevision = this.revisions.next();
  }

  onJobStart(event: JobStart): void {
    this.work.jobStarted(event);
    this.#streaming?.jobStarted(event);
  }

  onJobPlanned(event: JobPlanned): void {
    this.work.jobPlanned(event);
  }

  onJobEnd(event: JobEnd): void {
    this.work.jobEnded(event);
  }

  onStageSubmitted(event: StageInfo): void {
    this.work.stageSubmitted(event);
  }

  onStageCompleted(event: StageInfo): void {
    this.work.stageCompleted(event);
  }

  onTaskStart(event: TaskInfo): void {
    this.work.taskStarted(event);
    this.executors.taskStarted(event.executorId);
  }

  onTaskEnd(event: TaskEnd): void {
    this.work.taskEnded(event);
    this.executors.taskEnded(event);
  }

  onExecutorAdded(event: ExecutorAdded): void {
    this.executors.executorAdded(event);
  }

  onExecutorRemoved(event: ExecutorRemoved): void {
    this.executors.executorRemoved(event);
  }

  onBlockUpdated(event: BlockUpdated): void {
    this.executors.blockUpdated(event);
  }

  onUnpersistRDD({ rddId }: RddUnpersisted): void {
    this.executors.unpersisted(rddId);
  }

  onApplicationEnd({ time }: { readonly time: number }): void {
    this.endTime = time;
    this.revisions.next();
  }
}
