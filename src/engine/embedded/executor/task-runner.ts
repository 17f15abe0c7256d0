import { totalLength } from "../../../core/bytes.ts";
import { toWire } from "../../../errors.ts";
import { stopwatch } from "../../../platform/clock.ts";
import { AccumulatorUpdates } from "../../../rdd/accumulator.ts";
import { asTask, type RunningTask } from "../../../rdd/task-context.ts";
import { metricsList } from "../../../rdd/task-metrics.ts";
import { decodeRecords, encodeRecords } from "../../../serializer/record-batch.ts";
import { type Collected, collectSink } from "./collect-sink.ts";
import type { TaskFunction } from "./fused-loop.ts";
import { arePrimitive, type HandedRecords, literalsOf } from "./handed-records.ts";
import { placing } from "./partition-function.ts";
import { partitionSink } from "./partition-sink.ts";
import { aggregate, openPipeline } from "./pipeline.ts";
import type { ClosureId, ShuffleOutput, SinkSpec, StateOutput, TaskFailure, TaskResult, TaskSpec } from "./protocol.ts";
import { SectionWriter } from "./section-writer.ts";
import { runStateTask } from "./state/state-task.ts";
import { StepFailure } from "./step-failure.ts";
import type { TaskCancellation } from "./task-cancellation.ts";
import { type ExecutorServices, TaskEnvironment } from "./task-environment.ts";

export type TaskOutcome =
  | { readonly result: TaskResult; readonly handed?: HandedRecords | undefined }
  | { readonly failure: TaskFailure };

/**
 * Runs one task to its end. Never rejects: what goes wrong is an outcome. `handsOn` says that the same thread goes on with the one task,
 * or the tasks of a shuffle, that will read what it makes: such a task may hand its records on.
 */
export async function runTask(
  task: TaskSpec,
  services: ExecutorServices,
  functions: ReadonlyMap<ClosureId, TaskFunction>,
  cancellation: TaskCancellation,
  handsOn = false,
): Promise<TaskOutcome> {
  const elapsed = stopwatch();
  const env = new TaskEnvironment(services, functions, () => cancellation.requested());
  const updates = new AccumulatorUpdates();
  const context = new Running(task, cancellation);
  try {
    // It may have been cancelled while its functions were made ready, and then nobody would hear of it again.
    env.checkCancelled();
    const { batches, shuffle, state, handed } = await asTask(
      { task: context, resources: services.resources, updates, meter: env.meter },
      () => runSink(task, task.sink, env, handsOn),
    );
    if (env.ending !== undefined) await env.ending;
    const accumulated = Array.from(updates.states, ([id, records]) => ({
      id,
      batches: encodeRecords(records, env.names),
    }));
    env.meter.resultBytes = totalLength(batches);
    const metrics = metricsList(env.meter);
    const result: Mutable<TaskResult> = { batches, cached: env.cached, accumulated, metrics, runMs: elapsed() };
    if (shuffle !== undefined) result.shuffle = shuffle;
    if (state !== undefined) result.state = state;
    return { result, handed };
  } catch (thrown) {
    for (const { blocks } of env.cached) for (const block of blocks) env.partitions.drop(block);
    const [node, error] = thrown instanceof StepFailure ? [thrown.node, thrown.thrown] : [undefined, thrown];
    return { failure: { node, error: toWire(error), runMs: elapsed() } };
  }
}

class Running implements RunningTask {
  readonly partitionId: number;
  readonly stageId: number;
  readonly attemptNumber: number;
  readonly taskAttemptId: number;
  readonly #cancellation: TaskCancellation;

  constructor({ partition, stage, attempt, id }: TaskSpec, cancellation: TaskCancellation) {
    this.partitionId = partition;
    this.stageId = stage;
    this.attemptNumber = attempt;
    this.taskAttemptId = id;
    this.#cancellation = cancellation;
  }

  /** Made when it is first asked for: most tasks never do. */
  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

interface SinkOutcome {
  readonly batches: readonly Uint8Array[];
  readonly shuffle?: ShuffleOutput;
  readonly state?: StateOutput;
  readonly handed?: HandedRecords | undefined;
}

async function runSink(task: TaskSpec, sink: SinkSpec, env: TaskEnvironment, handsOn: boolean): Promise<SinkOutcome> {
  const { pipeline } = task;
  if (sink.kind === "state") return { batches: [], ...(await runStateTask(task, sink, env, handsOn)) };
  if (sink.kind === "result") {
    const collected: Collected = { out: [] };
    await env.drain(
      await openPipeline(pipeline, { node: sink.node, operator: collectSink, closures: [] }, env, collected),
    );
    return atNode(sink.node, () => ({ batches: encodeRecords(collected.out, env.names) }));
  }
  const { numPartitions, partitioner, start } = sink;
  const writer = new SectionWriter(numPartitions, placing(partitioner, numPartitions, env), start, env.names);
  if (sink.aggregation === undefined) {
    const step = { node: sink.node, operator: partitionSink[sink.by], closures: [] };
    await env.drain(await openPipeline(pipeline, step, env, writer));
  } else {
    const table = await aggregate(pipeline, sink.aggregation, "values", env);
    atNode(sink.node, () => writer.writeTable(table));
  }
  const literals = handsOn && sink.isReadOnce ? literalsOf(pipeline.steps, env) : undefined;
  const sections = literals && writer.handed((records) => arePrimitive(records, literals));
  if (sections !== undefined) {
    env.meter.shuffleWriteRecords = writer.records;
    return { batches: [], handed: { sections } };
  }
  return atNode(sink.node, () => {
    const shuffle = writer.finish(env.partitions);
    env.meter.shuffleWriteRecords = writer.records;
    env.meter.shuffleWriteBytes = shuffle.offsets.at(-1)!;
    return { batches: [], shuffle };
  });
}

function atNode<R>(node: number, work: () => R): R {
  try {
    return work();
  } catch (thrown) {
    throw StepFailure.at(node, thrown);
  }
}

/** The records of a result, as the driver reads them. */
export function resultRecords({ batches }: Pick<TaskResult, "batches">): unknown[] {
  let all: unknown[] = [];
  for (const batch of batches) {
    const records = decodeRecords(batch);
    if (all.length === 0) all = records;
    else for (const record of records) all.push(record);
  }
  return all;
}
