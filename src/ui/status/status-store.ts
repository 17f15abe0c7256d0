import { type Clock, SystemClock } from "../../platform/clock.ts";
import type { SparkListener } from "../../rdd/spark-listener.ts";
import type { SparkConf } from "../../spark-conf.ts";
import type { StreamingListener } from "../../streaming/scheduler/streaming-listener.ts";
import { EventQueue } from "./event-queue.ts";
import { ExecutorStatus } from "./executor-status.ts";
import { type InputStream, StreamingStatus } from "./streaming-status.ts";
import { Revisions } from "./table.ts";
import { WorkStatus } from "./work-status.ts";

const METHODS = [
  "onJobStart",
  "onJobPlanned",
  "onJobEnd",
  "onStageSubmitted",
  "onStageCompleted",
  "onTaskStart",
  "onTaskEnd",
  "onExecutorAdded",
  "onExecutorRemoved",
  "onBlockUpdated",
  "onUnpersistRDD",
  "onApplicationEnd",
] as const satisfies readonly (keyof SparkListener)[];

const STREAMING_METHODS = [
  "onStreamingStarted",
  "onReceiverStarted",
  "onReceiverError",
  "onReceiverStopped",
  "onBatchSubmitted",
  "onBatchStarted",
  "onBatchCompleted",
  "onOutputOperationStarted",
  "onOutputOperationCompleted",
] as const satisfies readonly (keyof StreamingListener)[];

/**
 * All that pages, REST and metrics know of a context. It is fed by listener events and by nothing else, keeps no record and no
 * plan of the program, and remembers no more than the settings say. Events wait in a queue at first: whoever reads calls
 * {@link StatusStore.settle} before. What it says of a job and the like is put into words when somebody asks (`src/ui/views`).
 */
export class StatusStore {
  /** What the context has to tell. */
  readonly listener: Required<SparkListener>;
  readonly revisions = new Revisions();
  readonly work: WorkStatus;
  readonly executors: ExecutorStatus;
  readonly #queue: EventQueue;
  readonly #retainedBatches: number;
  #streaming: StreamingStatus | undefined;
  /** When a StreamingContext last came or went. */
  streamingRevision = 0;
  /** Milliseconds since the epoch; undefined while the context runs. */
  endTime: number | undefined;

  constructor(conf: SparkConf, clock: Clock = new SystemClock()) {
    this.#queue = new EventQueue(clock);
    this.listener = this.#queue.before<Required<SparkListener>>(this.#told, METHODS);
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

  /** Works up all that has been heard. To be called before anything is read. */
  settle(): void {
    this.#queue.settle();
  }

  /** Calls `onEvent` whenever something is heard, and nothing that was to be called before. */
  watch(onEvent: (() => void) | undefined): void {
    this.#queue.watch(onEvent);
  }

  /** A StreamingContext is about to start. Returns the listener that it must have from now on, and what to call when it has stopped. */
  attachStreaming(
    batchMs: number,
    inputs: readonly InputStream[],
  ): { readonly listener: StreamingListener; readonly detach: () => void } {
    const streaming = new StreamingStatus(this.revisions, { batchMs, inputs, retainedBatches: this.#retainedBatches });
    const moves = this.#queue.before({ attach: () => this.#attach(streaming), detach: () => this.#detach(streaming) }, [
      "attach",
      "detach",
    ]);
    moves.attach();
    return {
      listener: this.#queue.before<Required<StreamingListener>>(streaming, STREAMING_METHODS),
      detach: () => moves.detach(),
    };
  }

  #attach(streaming: StreamingStatus): void {
    this.#streaming = streaming;
    this.streamingRevision = this.revisions.next();
  }

  #detach(streaming: StreamingStatus): void {
    if (this.#streaming !== streaming) return;
    this.#streaming = undefined;
    this.streamingRevision = this.revisions.next();
  }

  readonly #told: Required<SparkListener> = {
    onJobStart: (event) => {
      this.work.jobStarted(event);
      this.#streaming?.jobStarted(event);
    },
    onJobPlanned: (event) => this.work.jobPlanned(event),
    onJobEnd: (event) => this.work.jobEnded(event),
    onStageSubmitted: (event) => this.work.stageSubmitted(event),
    onStageCompleted: (event) => this.work.stageCompleted(event),
    onTaskStart: (event) => {
      this.work.taskStarted(event);
      this.executors.taskStarted(event.executorId);
    },
    onTaskEnd: (event) => {
      this.work.taskEnded(event);
      this.executors.taskEnded(event);
    },
    onExecutorAdded: (event) => this.executors.executorAdded(event),
    onExecutorRemoved: (event) => this.executors.executorRemoved(event),
    onBlockUpdated: (event) => this.executors.blockUpdated(event),
    onUnpersistRDD: ({ rddId }) => this.executors.unpersisted(rddId),
    onApplicationEnd: ({ time }) => {
      this.endTime = time;
      this.revisions.next();
    },
  };
}
