/** Runs the batch of a stateful operator in one partition, in the thread that has its state. */
import { literalResultOf } from "../../../../closure/revive-function.ts";
import { type BlockHandle, blockBytes, withClasses } from "../../../../core/block.ts";
import { present } from "../../../../core/present.ts";
import { MillraceError } from "../../../../errors.ts";
import type { RecordOperator } from "../../../../rdd/operator.ts";
import type { StateOperator } from "../../../../rdd/state-rule.ts";
import { recordBytes, writeRecord } from "../../../../state/state-file.ts";
import type { StateStore } from "../../../../state/state-store.ts";
import { arePrimitive, type HandedRecords } from "../handed-records.ts";
import { partitionFunction } from "../partition-function.ts";
import { openPipeline } from "../pipeline.ts";
import type { DumpSpec, StateOutput, StateSinkSpec, TaskSpec } from "../protocol.ts";
import { StepFailure } from "../step-failure.ts";
import type { TaskEnvironment } from "../task-environment.ts";
import { allPairs } from "./all-pairs.ts";
import { MapWithStateRun, mapWithState, mapWithStateAt } from "./map-with-state-sink.ts";
import { putMoved } from "./moved-pairs.ts";
import { putPairs } from "./put-pairs.ts";
import { leaveWindow, reduceWindow, reduceWindowRun } from "./reduce-window-sink.ts";
import { UpdatePartitionRun } from "./update-partition-run.ts";
import { updateStateRun } from "./update-state-run.ts";
import { updateStateByKey, updateStateByKeyAt, updateStatePartition } from "./update-state-sink.ts";

const SINKS: Readonly<Record<StateOperator, RecordOperator>> = {
  mapWithState,
  mapWithStateAt,
  reduceWindow,
  updateStateByKey,
  updateStateByKeyAt,
  updateStatePartition,
};

/** What the sink of a state works on. */
interface Finishing {
  /** What it has emitted, encoded. */
  finish(): readonly Uint8Array[];
  /** Those of it that belong to other partitions, encoded. */
  moved?(): readonly Uint8Array[];
}

interface StateOutcome {
  readonly state: StateOutput;
  /** What was emitted, where that may be handed on. */
  readonly handed?: HandedRecords | undefined;
}

export async function runStateTask(
  task: TaskSpec,
  sink: StateSinkSpec,
  env: TaskEnvironment,
  handsOn: boolean,
): Promise<StateOutcome> {
  const { partition, pipeline } = task;
  const store = await openStore(task, sink, env);
  if (sink.initial !== undefined) {
    // The pairs that a state begins with. Of several with one key the last counts for mapWithState, else the first, as in Spark.
    const lastCounts = sink.operator === "mapWithState" || sink.operator === "mapWithStateAt";
    await putPairs(sink.initial, sink.node, env, (key, value) => {
      if (value === undefined) throw new MillraceError("INVALID_ARGUMENT", "an initial state is undefined");
      if (lastCounts || store.get(key) === undefined) store.put(key, value, sink.batchTime);
    });
  }
  await putMoved(sink, store, partition, env);
  const run = runOf(store, sink, partition, env);
  if (sink.leaving !== undefined) {
    const step = { node: sink.node, operator: leaveWindow, closures: sink.closures };
    await env.drain(await openPipeline(sink.leaving, step, env, run));
  }
  const step = { node: sink.node, operator: SINKS[sink.operator], closures: sink.closures };
  await env.drain(await openPipeline(pipeline, step, env, run));
  try {
    const state = outputOf(store, sink, run, env);
    env.states.done(sink, partition);
    return { state, handed: handsOn && run instanceof MapWithStateRun ? handedBy(run, sink, env) : undefined };
  } catch (thrown) {
    throw StepFailure.at(sink.node, thrown);
  }
}

function handedBy({ records }: MapWithStateRun, sink: StateSinkSpec, env: TaskEnvironment): HandedRecords | undefined {
  const literal = literalResultOf(env.function(sink.closures[0]!));
  const may = literal !== undefined && records !== undefined && arePrimitive(records, literal);
  return may ? { emitted: records } : undefined;
}

async function openStore(
  { partition, restore }: TaskSpec,
  sink: StateSinkSpec,
  env: TaskEnvironment,
): Promise<StateStore> {
  const provider = sink.storeProvider === undefined ? undefined : env.function(sink.storeProvider);
  try {
    return await env.states.open(sink, partition, restore, provider);
  } catch (thrown) {
    throw StepFailure.at(sink.node, thrown);
  }
}

function runOf(store: StateStore, sink: StateSinkSpec, partition: number, env: TaskEnvironment): Finishing {
  switch (sink.operator) {
    case "mapWithState":
    case "mapWithStateAt":
      return new MapWithStateRun(store, sink, env.names);
    case "reduceWindow":
      return reduceWindowRun(store, sink.batchTime, env.names);
    case "updateStateByKey":
    case "updateStateByKeyAt":
      return updateStateRun(store, sink.batchTime, env.names);
    case "updateStatePartition": {
      const partitionOf = partitionFunction(sink.partitioner, sink.numPartitions, env);
      return new UpdatePartitionRun(store, sink, (key) => partitionOf(key) === partition, env.names);
    }
  }
}

/** What the driver gets: blocks of shared memory, which outlive the thread. */
function outputOf(store: StateStore, sink: StateSinkSpec, run: Finishing, env: TaskEnvironment): StateOutput {
  const allocated: BlockHandle[] = [];
  const keep = (block: BlockHandle): BlockHandle => {
    allocated.push(block);
    return block;
  };
  try {
    const emitted = keep(env.pool.store(run.finish()));
    const moved = run.moved?.() ?? [];
    const output = {
      emitted,
      moved: moved.length > 0 ? keep(env.pool.store(moved)) : undefined,
      snapshot: sink.snapshot ? keep(env.pool.store(allPairs(store, env.names))) : undefined,
      changes: sink.writesChanges ? changedRecords(store, sink, env, keep) : undefined,
      dump: sink.dump && dumped(sink.dump, store, sink, env, keep),
    };
    const { classNumbers } = env.names;
    return {
      emitted: withClasses(output.emitted, classNumbers),
      ...present({
        moved: output.moved && withClasses(output.moved, classNumbers),
        snapshot: output.snapshot && withClasses(output.snapshot, classNumbers),
        changes: output.changes && withClasses(output.changes, classNumbers),
        dump: output.dump && { ...output.dump, block: withClasses(output.dump.block, classNumbers) },
      }),
    };
  } catch (thrown) {
    for (const block of allocated) env.pool.free(block);
    throw thrown;
  }
}

/** A record with a part of all entries. */
function dumped(
  { cursor, most }: DumpSpec,
  store: StateStore,
  { batchTime: time }: StateSinkSpec,
  env: TaskEnvironment,
  keep: (block: BlockHandle) => BlockHandle,
): NonNullable<StateOutput["dump"]> {
  const { bytes: body, next } = store.dump(cursor, most, env.names);
  const block = keep(env.pool.allocate(recordBytes(body)));
  writeRecord(blockBytes(block), { kind: "dump", time, body });
  return { block, next };
}

/** A record for the state's files: all there is, or what the batch has changed, if anything. */
function changedRecords(
  store: StateStore,
  { batchTime: time, writesAll }: StateSinkSpec,
  env: TaskEnvironment,
  keep: (block: BlockHandle) => BlockHandle,
): BlockHandle | undefined {
  const changes = store.changes(env.names);
  const body = writesAll ? store.dump(0, Number.POSITIVE_INFINITY, env.names).bytes : changes;
  if (body === undefined) return undefined;
  const block = keep(env.pool.allocate(recordBytes(body)));
  writeRecord(blockBytes(block), { kind: writesAll ? "dump" : "changes", time, body });
  return block;
}
