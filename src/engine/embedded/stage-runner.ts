/** Runs the tasks of stages: builds them, hands them to the executors, tries again what may succeed, and tells the listeners. */
import { lateProperty } from "../../core/late-property.ts";
import type { ListenerBus } from "../../core/listener-bus.ts";
import { isMillraceError, type MillraceError, withPlace } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import { Logger } from "../../platform/log.ts";
import { acceptUpdate } from "../../rdd/accumulator.ts";
import type { SparkListener, StageInfo, TaskInfo } from "../../rdd/spark-listener.ts";
import { metricsOf } from "../../rdd/task-metrics.ts";
import type { ExecutorHandle, ExecutorPool, SubmittedTask, TaskAhead } from "./executor/executor-pool.ts";
import { madeBlocks } from "./executor/made-blocks.ts";
import type { TaskResult, TaskSpec } from "./executor/protocol.ts";
import { resultRecords, type TaskOutcome } from "./executor/task-runner.ts";
import type { Job } from "./job.ts";
import type { BlockLedger } from "./owned-block.ts";
import { type BuildingBlocks, type MadeAhead, type MakingTask, PipelineBuilder } from "./pipeline-builder.ts";
import { PreparedStage, type PreparedTask } from "./prepared-stage.ts";
import { Stage, type StageOptions } from "./stage.ts";
import { StagePace } from "./stage-pace.ts";
import type { Restorable } from "./state/state-log.ts";
import { resultError, taskError } from "./task-failure.ts";

const logger = new Logger("TaskSetManager");

const named = lateProperty("name", (stage: StageOptions) => stage.name());

/** A task that has ended this many threads would end the next one, too. */
const MOST_THREADS_LOST = 4;

export interface StageRunnerParts {
  readonly pool: ExecutorPool;
  readonly from: BuildingBlocks;
  readonly ledger: BlockLedger;
  readonly bus: ListenerBus<SparkListener>;
  readonly clock: Clock;
  /** How often a task may fail before its job does. */
  readonly maxFailures: number;
  /** Stages that take less than this are run by one thread. */
  readonly togetherMs: number;
}

/** One partition of a stage, and what has become of it so far. */
interface Attempts {
  readonly index: number;
  readonly partition: number;
  readonly failures: number;
  /** Threads that ended under it, which is not counted as its failure. */
  readonly threadsLost: number;
}

export class StageRunner {
  readonly #parts: StageRunnerParts;
  readonly #pace: StagePace;
  #lastStage = 0;
  #lastTask = 0;

  constructor(parts: StageRunnerParts) {
    this.#parts = parts;
    this.#pace = new StagePace(parts.togetherMs);
  }

  /** A stage whose tasks other tasks may take along before it is run. */
  prepare(options: StageOptions): PreparedStage {
    return new PreparedStage(options, {
      makeStage: () => new Stage(options, ++this.#lastStage, this.#parts.pool),
      buildTask: (stage, index, made) => {
        const partition = options.partitions[index]!;
        return this.#task(stage, { index, partition, failures: 0, threadsLost: 0 }, made);
      },
      discard: (result, executor) => {
        this.#keepCached(result, executor);
        this.#release(result, executor);
      },
    });
  }

  /** Whether a stage of this job with so many tasks is expected to be so short that waking a second thread is not worth it. */
  isShort(job: Job, tasks: number): boolean {
    return this.#pace.isShort(job, tasks);
  }

  run(prepared: PreparedStage): Stage {
    const { bus, clock } = this.#parts;
    const { stage, options } = prepared;
    const info = (failureReason: string | undefined): StageInfo => {
      const { job, node, partitions } = options;
      const [numTasks, time] = [partitions.length, clock.now()];
      return named({ stageId: stage.id, jobId: job.id, rddId: node.id, numTasks, time, failureReason }, options);
    };
    // All are built before one is submitted, so that a record that cannot travel fails the stage before work is done.
    if (stage.over) prepared.drop();
    const tasks = stage.over ? [] : prepared.tasks();
    bus.tell("onStageSubmitted", () => info(undefined));
    stage.done.then(
      () => {
        this.#pace.note(options.job, options.partitions.length, stage.runMs);
        bus.tell("onStageCompleted", () => info(undefined));
      },
      (error: Error) => bus.tell("onStageCompleted", () => info(error.message)),
    );
    const [first, ...others] = tasks.filter(({ isDone }) => !isDone);
    if (options.together && first !== undefined) this.#submitTogether(stage, first, others);
    for (const task of tasks) {
      if (task.isDone || !options.together) task.begin((submitted) => this.#submit(stage, submitted));
    }
    return stage;
  }

  /** One thread is given the first task, and goes on with the others and with what reads what they make. */
  #submitTogether(stage: Stage, { task: first }: PreparedTask, others: readonly PreparedTask[]): void {
    const specs = [first.spec, ...others.map(({ task }) => task.spec)];
    const ahead = [...others, ...this.#ahead(stage, specs)];
    this.#submit(stage, {
      ...first,
      // The state that one of them needs is in a certain thread.
      seat: first.seat ?? ahead.find(({ task }) => task.seat !== undefined)?.task.seat,
      ahead,
      onEnd: (outcome, executor) => {
        first.onEnd(outcome, executor);
        for (const each of others) each.begin((task) => this.#submit(stage, task));
      },
      onDropped: (error) => {
        first.onDropped(error);
        for (const each of others) each.drop();
      },
    });
  }

  /** What a thread may go on with when these tasks have succeeded. */
  #ahead({ options }: Stage, tasks: readonly MakingTask[]): readonly TaskAhead[] {
    return (this.#parts.pool.goesAhead ? options.ahead?.(tasks) : undefined) ?? [];
  }

  #submit(stage: Stage, task: SubmittedTask): void {
    try {
      stage.submit(task);
    } catch (thrown) {
      // There is no thread to be had.
      const { operator, location } = stage.options.node.site;
      stage.fail(isMillraceError(thrown) ? withPlace(thrown, { operator, site: location }) : (thrown as Error));
    }
  }

  #task(stage: Stage, attempts: Attempts, made?: MadeAhead): SubmittedTask {
    const { bus, clock, from } = this.#parts;
    const { job, node, sink, placement } = stage.options;
    const { partition } = attempts;
    const attempt = attempts.failures + attempts.threadsLost;
    const builder = new PipelineBuilder(from, made);
    const pipeline = stage.options.pipeline?.(builder, partition) ?? builder.build(node, partition);
    const spec: TaskSpec = {
      id: ++this.#lastTask,
      stage: stage.id,
      partition,
      attempt,
      epoch: job.batch?.batchTime ?? 0,
      pipeline,
      sink: sink(builder, partition),
      classes: builder.classes(node),
    };
    for (const block of builder.blocks) block.hold();
    let restored: Restorable | undefined;
    let sent = false;
    const ended = () => {
      for (const block of builder.blocks) block.letGo();
      restored?.release();
      stage.taskEnded(spec.id);
    };
    let info: TaskInfo | undefined;
    return {
      spec,
      closures: [...builder.closures.values()],
      broadcasts: [...builder.broadcasts.values()],
      // Not where it is tried again: then it may have been that task which ended the thread.
      ahead: attempt === 0 && !stage.options.together ? this.#ahead(stage, [spec]) : undefined,
      seat: placement?.seat(partition),
      restoreFor: (executorId) => {
        sent = true;
        restored = placement?.restorable(partition, executorId);
        return restored?.restore;
      },
      onStart: (executorId) => {
        info = { taskId: spec.id, stageId: stage.id, partition, attempt, executorId, time: clock.now() };
        bus.post("onTaskStart", info);
      },
      onEnd: (outcome, executor) => {
        ended();
        if (info !== undefined) this.#postTaskEnd(info, outcome);
        if ("failure" in outcome) {
          placement?.spoilt(partition);
          this.#onFailure(stage, attempts, taskError(outcome.failure, builder.sites, node.site, partition));
        } else this.#onResult(stage, attempts.index, outcome.result, executor);
      },
      onDropped: (error) => {
        ended();
        // It has gone along with another task, and how far it has come will not count.
        if (sent) placement?.spoilt(partition);
        if (error !== undefined) stage.fail(error);
      },
    };
  }

  #onResult(stage: Stage, index: number, result: TaskResult, executor: ExecutorHandle): void {
    this.#keepCached(result, executor);
    // What a task has done to a state has been done, whoever waits for it.
    if (stage.over && result.state === undefined) {
      this.#release(result, executor);
      return;
    }
    try {
      const added = result.accumulated.map((update) => [update.id, resultRecords(update)] as const);
      stage.options.onResult(index, result, executor);
      for (const [id, records] of added) acceptUpdate(id, records);
    } catch (thrown) {
      stage.fail(resultError(thrown, stage.options.node.site));
      return;
    }
    if (!stage.over) stage.succeedOne(result.runMs);
  }

  #release(result: TaskResult, executor: ExecutorHandle): void {
    for (const block of madeBlocks(result)) this.#parts.ledger.own(block, executor).release();
  }

  #keepCached({ cached }: TaskResult, executor: ExecutorHandle): void {
    const { ledger, from } = this.#parts;
    for (const { node, partition, blocks } of cached) {
      from.persisted.add(
        node,
        partition,
        blocks.map((block) => ledger.own(block, executor)),
        executor.id,
      );
    }
  }

  #onFailure(stage: Stage, attempts: Attempts, error: MillraceError): void {
    if (stage.over) return;
    const next = nextAttempt(attempts, error, this.#parts.maxFailures);
    if (next === undefined) {
      stage.fail(error);
      return;
    }
    // What fails the job reaches whoever asked for it; this would not.
    logger.warn(`Lost task ${attempts.partition} in stage ${stage.id}, which runs again: ${error.message}`);
    try {
      this.#submit(stage, this.#task(stage, next));
    } catch (thrown) {
      stage.fail(thrown as Error);
    }
  }

  #postTaskEnd(info: TaskInfo, outcome: TaskOutcome): void {
    const { bus, clock } = this.#parts;
    const [{ runMs }, metrics, error] =
      "failure" in outcome
        ? [outcome.failure, undefined, outcome.failure.error]
        : [outcome.result, outcome.result.metrics, undefined];
    bus.tell("onTaskEnd", () => ({
      ...info,
      time: clock.now(),
      runMs,
      failureReason: error?.message,
      killed: error?.code === "JOB_CANCELLED" || error?.code === "CONTEXT_STOPPED",
      metrics: metrics && metricsOf(metrics),
    }));
  }
}

/** Errors of the moment: the same task may succeed the next time. What a record or a promise is, it stays. */
const PASSING = new Set([
  "ASYNC_TIMEOUT",
  "BLOCK_BUDGET",
  "CLOSURE_FAILED",
  "FILE_UNREADABLE",
  "FILE_UNWRITABLE",
  "INTERNAL",
]);

function nextAttempt(attempts: Attempts, error: MillraceError, maxFailures: number): Attempts | undefined {
  if (error.code === "EXECUTOR_LOST") {
    const threadsLost = attempts.threadsLost + 1;
    return threadsLost < MOST_THREADS_LOST ? { ...attempts, threadsLost } : undefined;
  }
  const failures = attempts.failures + 1;
  return PASSING.has(error.code) && failures < maxFailures ? { ...attempts, failures } : undefined;
}
