/** Runs the tasks of one stage: builds them, hands them to the executors, and tells the listeners. */
import type { ListenerBus } from "../../core/listener-bus.ts";
import type { Clock } from "../../platform/clock.ts";
import type { PlanNode } from "../../rdd/plan.ts";
import type { SparkListener, TaskInfo } from "../../rdd/spark-listener.ts";
import type { ExecutorHandle, ExecutorPool, SubmittedTask } from "./executor/executor-pool.ts";
import type { SinkSpec, TaskResult, TaskSpec } from "./executor/protocol.ts";
import type { TaskOutcome } from "./executor/task-runner.ts";
import type { Job } from "./job.ts";
import type { BlockLedger } from "./owned-block.ts";
import { type BuildingBlocks, PipelineBuilder } from "./pipeline-builder.ts";
import { taskError } from "./task-failure.ts";

export interface StageOptions {
  readonly job: Job;
  /** The node that the stage computes. */
  readonly node: PlanNode;
  readonly name: string;
  readonly partitions: readonly number[];
  sink(builder: PipelineBuilder, partition: number): SinkSpec;
  /** Called for each task that succeeds; blocks that nobody takes must be released. */
  onResult(index: number, result: TaskResult, executor: ExecutorHandle): void;
}

/** A stage that runs. */
export interface RunningStage {
  /** Resolves when all tasks have succeeded, rejects at the first failure. */
  readonly done: Promise<void>;
  /** Drops what has not begun and asks the rest to give up. */
  cancel(): void;
}

export interface StageRunnerParts {
  readonly pool: ExecutorPool;
  readonly from: BuildingBlocks;
  readonly ledger: BlockLedger;
  readonly bus: ListenerBus<SparkListener>;
  readonly clock: Clock;
}

export class StageRunner {
  readonly #pool: ExecutorPool;
  readonly #from: BuildingBlocks;
  readonly #ledger: BlockLedger;
  readonly #bus: ListenerBus<SparkListener>;
  readonly #clock: Clock;
  #lastStage = 0;
  #lastTask = 0;

  constructor({ pool, from, ledger, bus, clock }: StageRunnerParts) {
    this.#pool = pool;
    this.#from = from;
    this.#ledger = ledger;
    this.#bus = bus;
    this.#clock = clock;
  }

  run(options: StageOptions): RunningStage {
    const stage = new Stage(options, ++this.#lastStage, this.#pool);
    const tasks = options.partitions.map((partition, index) => this.#task(stage, partition, index));
    const info = { stageId: stage.id, jobId: options.job.id, name: options.name, numTasks: tasks.length };
    this.#bus.post("onStageSubmitted", { ...info, time: this.#clock.now(), failureReason: undefined });
    const completed = (failureReason?: string) =>
      this.#bus.post("onStageCompleted", { ...info, time: this.#clock.now(), failureReason });
    const done = stage.submit(tasks).then(
      () => completed(),
      (error: Error) => {
        completed(error.message);
        throw error;
      },
    );
    return { done, cancel: () => stage.cancel() };
  }

  #task(stage: Stage, partition: number, index: number): SubmittedTask {
    const { job, node, sink, onResult } = stage.options;
    const builder = new PipelineBuilder(this.#from);
    const pipeline = builder.build(node, partition);
    const spec: TaskSpec = {
      id: ++this.#lastTask,
      stage: stage.id,
      partition,
      attempt: 0,
      epoch: job.batch?.batchTime ?? 0,
      pipeline,
      sink: sink(builder, partition),
    };
    for (const block of builder.blocks) block.hold();
    let info: TaskInfo | undefined;
    return {
      spec,
      closures: [...builder.closures.values()],
      onStart: (executorId) => {
        info = { taskId: spec.id, stageId: stage.id, partition, attempt: 0, executorId, time: this.#clock.now() };
        this.#bus.post("onTaskStart", info);
      },
      onEnd: (outcome, executor) => {
        for (const block of builder.blocks) block.letGo();
        if (info !== undefined) this.#postTaskEnd(info, outcome);
        if ("failure" in outcome) stage.fail(taskError(outcome.failure, builder.sites, partition), spec.id);
        else {
          for (const { node: kept, partition: keptPartition, blocks } of outcome.result.cached) {
            this.#from.persisted.add(
              kept,
              keptPartition,
              blocks.map((block) => this.#ledger.own(block, executor)),
            );
          }
          onResult(index, outcome.result, executor);
          stage.succeed(spec.id);
        }
      },
      onDropped: (error) => {
        for (const block of builder.blocks) block.letGo();
        if (error !== undefined) stage.fail(error, spec.id);
      },
    };
  }

  #postTaskEnd(info: TaskInfo, outcome: TaskOutcome): void {
    const [runMs, failureReason] =
      "failure" in outcome ? [outcome.failure.runMs, outcome.failure.error.message] : [outcome.result.runMs, undefined];
    this.#bus.post("onTaskEnd", { ...info, time: this.#clock.now(), runMs, failureReason });
  }
}

/** The tasks of a stage that have not ended. They end together at the first failure. */
class Stage {
  readonly id: number;
  readonly options: StageOptions;
  readonly #pool: ExecutorPool;
  readonly #open = new Set<number>();
  readonly #ended = Promise.withResolvers<void>();

  constructor(options: StageOptions, id: number, pool: ExecutorPool) {
    this.options = options;
    this.id = id;
    this.#pool = pool;
  }

  submit(tasks: readonly SubmittedTask[]): Promise<void> {
    for (const { spec } of tasks) this.#open.add(spec.id);
    for (const task of tasks) this.#pool.submit(task);
    if (tasks.length === 0) this.#ended.resolve();
    return this.#ended.promise;
  }

  succeed(task: number): void {
    this.#open.delete(task);
    if (this.#open.size === 0) this.#ended.resolve();
  }

  fail(error: Error, task: number): void {
    this.#open.delete(task);
    this.#ended.reject(error);
    this.cancel();
  }

  cancel(): void {
    if (this.#open.size > 0) this.#pool.cancel(this.#open);
  }
}
