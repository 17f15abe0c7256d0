import { type RevivableClosure, Reviver, TaskScope } from "../../../closure/revive.ts";
import { MillraceError } from "../../../errors.ts";
import { ReceivedBroadcasts } from "../../../rdd/broadcast.ts";
import type { TaskFunction } from "./fused-loop.ts";
import type { AggregationSpec, ClosureId, PartitionerSpec, PipelineSpec, TaskSpec } from "./protocol.ts";

interface Registered {
  readonly revivable: RevivableClosure;
  /** Made once, unless the closure assigns what it captured: then each task gets its own. */
  readonly shared: TaskFunction | undefined;
}

/** The functions of the program that an executor has received. */
export class ClosureRegistry {
  readonly #reviver = new Reviver();
  /** A promise until it is there. */
  readonly #closures = new Map<ClosureId, Registered | Promise<Registered>>();

  add(id: ClosureId, bytes: Uint8Array): void {
    const registered = this.#reviver.prepare(bytes).then((revivable) => ({
      revivable,
      shared: revivable.perTask ? undefined : revivable.instantiate(),
    }));
    this.#closures.set(id, registered);
    // A failure is reported by the tasks that need the closure.
    registered.then(
      (made) => void (this.#closures.get(id) === registered && this.#closures.set(id, made)),
      () => undefined,
    );
  }

  forget(ids: readonly ClosureId[]): void {
    for (const id of ids) this.#closures.delete(id);
  }

  /** Never rejects: a value that cannot be made is the failure of the function that asks for it. */
  async addBroadcasts(broadcasts: readonly { readonly id: number; readonly bytes: Uint8Array }[]): Promise<void> {
    for (const { id, bytes } of broadcasts) ReceivedBroadcasts.add(id, await this.#broadcast(bytes));
  }

  async #broadcast(bytes: Uint8Array): Promise<() => unknown> {
    try {
      return (await this.#reviver.prepare(bytes)).instantiate();
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  async functionsOf(task: TaskSpec): Promise<Map<ClosureId, TaskFunction>> {
    const functions = new Map<ClosureId, TaskFunction>();
    const scope = new TaskScope();
    for (const id of closuresOf(task)) {
      const registered = this.#closures.get(id);
      if (registered === undefined)
        throw new MillraceError("INTERNAL", `closure ${id} has not been sent to this executor`);
      const { revivable, shared } = registered instanceof Promise ? await registered : registered;
      functions.set(id, shared ?? revivable.instantiate(scope));
    }
    return functions;
  }
}

/** The ids of all functions that a task calls, after those of the classes whose instances it reads. */
export function closuresOf({ pipeline, sink, classes }: TaskSpec): Set<ClosureId> {
  const ids = new Set<ClosureId>(classes);
  addPipeline(pipeline, ids);
  if (sink.kind === "shuffle") addAggregation(sink.aggregation, ids);
  if (sink.kind === "state") {
    for (const input of [sink.initial, sink.leaving, sink.moved?.before, sink.moved?.after])
      if (input !== undefined) addPipeline(input, ids);
    for (const id of sink.closures) ids.add(id);
    if (sink.storeProvider !== undefined) ids.add(sink.storeProvider);
  }
  if (sink.kind !== "result") addPartitioner(sink.partitioner, ids);
  return ids;
}

function addPipeline({ source, steps }: PipelineSpec, ids: Set<ClosureId>): void {
  if (source.kind === "aggregate") {
    addPipeline(source.input, ids);
    addAggregation(source.aggregation, ids);
  } else if (source.kind === "shipped") ids.add(source.compute);
  else if ("inputs" in source) for (const input of source.inputs) addPipeline(input, ids);
  for (const step of steps) for (const id of step.closures) ids.add(id);
}

function addAggregation(aggregation: AggregationSpec | undefined, ids: Set<ClosureId>): void {
  for (const id of aggregation?.closures ?? []) ids.add(id);
}

function addPartitioner(partitioner: PartitionerSpec, ids: Set<ClosureId>): void {
  if (partitioner.kind === "custom") ids.add(partitioner.getPartition);
  else if (partitioner.kind === "range" && partitioner.comparator !== undefined) ids.add(partitioner.comparator);
}
