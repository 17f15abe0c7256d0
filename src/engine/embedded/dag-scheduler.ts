/**
 * Cuts a job into stages at its shuffles and runs them, the first ones first. A stage whose output stands is skipped.
 *
 * ```text
 * textFile -> flatMap -> map -> | reduceByKey -> filter -> | sortByKey -> collect
 *            map stage          |     map stage            |    result stage
 * ```
 */

import { bucketOf } from "../../core/hash.ts";
import { listOf } from "../../core/list-of.ts";
import type { ListenerBus } from "../../core/listener-bus.ts";
import { isMillraceError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import { combinesEarly } from "../../rdd/aggregation.ts";
import type { PartitionResult } from "../../rdd/engine.ts";
import { type PlanNode, parentsOf, type StateNode } from "../../rdd/plan.ts";
import type { SparkListener } from "../../rdd/spark-listener.ts";
import type { ExecutorPool } from "./executor/executor-pool.ts";
import type { SinkSpec } from "./executor/protocol.ts";
import { resultRecords } from "./executor/task-runner.ts";
import type { Job, JobSignal } from "./job.ts";
import type { BlockLedger } from "./owned-block.ts";
import type { PersistedBlocks } from "./persisted-blocks.ts";
import type { PipelineBuilder } from "./pipeline-builder.ts";
import type { PlannedNode, Planner } from "./planner.ts";
import type { PreparedStage } from "./prepared-stage.ts";
import { coalesced, factors, isAligned, type MapOutput, type ShuffleDependency, shufflesOf } from "./shuffle.ts";
import type { ShuffleStore } from "./shuffle-store.ts";
import type { StageOptions } from "./stage.ts";
import { StageRunner } from "./stage-runner.ts";
import { StateStages } from "./state/state-stages.ts";
import type { StateTable } from "./state/state-table.ts";

export interface SchedulerParts {
  readonly pool: ExecutorPool;
  readonly planner: Planner;
  readonly persisted: PersistedBlocks;
  readonly shuffles: ShuffleStore;
  readonly ledger: BlockLedger;
  readonly bus: ListenerBus<SparkListener>;
  readonly clock: Clock;
  readonly states: StateTable;
  readonly maxFailures: number;
  readonly togetherMs: number;
}

export class DagScheduler {
  readonly #planner: Planner;
  readonly #persisted: PersistedBlocks;
  readonly #shuffles: ShuffleStore;
  readonly #ledger: BlockLedger;
  readonly #stages: StageRunner;
  readonly #states: StateStages;
  readonly #bus: ListenerBus<SparkListener>;

  constructor({
    pool,
    planner,
    persisted,
    shuffles,
    ledger,
    states,
    bus,
    clock,
    maxFailures,
    togetherMs,
  }: SchedulerParts) {
    this.#planner = planner;
    this.#persisted = persisted;
    this.#shuffles = shuffles;
    this.#ledger = ledger;
    this.#bus = bus;
    this.#stages = new StageRunner({
      pool,
      from: { planner, persisted, shuffles: shuffles.outputs, states },
      ledger,
      bus,
      clock,
      maxFailures,
      togetherMs,
    });
    this.#states = new StateStages({
      table: states,
      planner,
      shuffles,
      stages: this.#stages,
      ensureInputs: (node, partitions, job, prepared) => {
        const missing = this.#inputsOfState(node, partitions);
        return this.#ensureAll(missing, job, prepared && { prepared, state: undefined, readsOnce: true });
      },
    });
  }

  /** The partitions of `plan`, in the order asked for; `partitions` is all of them by default. */
  async *run(plan: PlanNode, job: Job, partitions?: readonly number[]): AsyncGenerator<PartitionResult, void> {
    const { numPartitions } =
      this.#planner.planNow(plan) ?? (await unlessAborted(this.#planner.plan(plan), job.signal));
    const wanted = partitions ?? listOf(numPartitions, (i) => i);
    const missing = this.#missing(plan, wanted);
    this.#postPlanned(job, wanted.length, missing);
    const results = wanted.map(() => Promise.withResolvers<PartitionResult>());
    const options: StageOptions = {
      job,
      node: plan,
      name: () => job.description,
      partitions: wanted,
      together: this.#stages.isShort(job, wanted.length),
      sink: () => ({ kind: "result", node: plan.id }),
      onResult: (index, result) =>
        results[index]!.resolve({ partition: wanted[index]!, records: resultRecords(result) }),
    };
    const prepared = this.#stages.prepare(options);
    await this.#ensureFor(prepared, missing, job);
    const stage = this.#stages.run(prepared);
    stage.done.catch((error) => {
      for (const { promise, reject } of results) {
        promise.catch(() => undefined);
        reject(error);
      }
    });
    try {
      for (const { promise } of results) yield await promise;
      await stage.done;
    } finally {
      stage.leave();
    }
  }

  /** Tells of the stages of a job that has more than one, as far as shuffles and no states are behind it. */
  #postPlanned(job: Job, resultTasks: number, missing: Missing): void {
    if (missing.shuffles.size + missing.standing.size === 0 || !this.#bus.hears("onJobPlanned")) return;
    const shuffles = new Map(missing.shuffles);
    const standing = new Map(missing.standing);
    // Those that a shuffle's own stage reads join it while it is walked.
    for (const { parent } of shuffles.values()) {
      const more = this.#missing(parent, this.#allPartitions(parent));
      for (const [key, shuffle] of more.shuffles) shuffles.set(key, shuffle);
      for (const [key, shuffle] of more.standing) standing.set(key, shuffle);
    }
    const tasksOf = (some: ReadonlyMap<string, ShuffleDependency>) =>
      [...some.values()].reduce((sum, { parent }) => sum + this.#planner.planned(parent).numPartitions, 0);
    this.#bus.post("onJobPlanned", {
      jobId: job.id,
      numStages: 1 + shuffles.size + standing.size,
      numTasks: resultTasks + tasksOf(shuffles) + tasksOf(standing),
      numSkippedStages: standing.size,
      numSkippedTasks: tasksOf(standing),
    });
  }

  #allPartitions(node: PlanNode): number[] {
    return listOf(this.#planner.planned(node).numPartitions, (i) => i);
  }

  /** Computes the batch of a state, and those before it, unless they have been. */
  advance(node: StateNode, job: Job, ahead?: PreparedStage): Promise<void> {
    return unlessAborted(this.#states.ensure(node, job, ahead), job.signal);
  }

  /** The state that a plan reads partition by partition, where its batch may have to be computed first. */
  #stateRead(plan: PlanNode, { states }: Missing): StateNode | undefined {
    let node = plan;
    while (node.type === "narrow") node = node.parent;
    const state = node.type === "snapshot" ? node.parent : node;
    return state.type === "state" && states.has(state) ? state : undefined;
  }

  /** Writes the shuffles and computes the states that a stage reads, and those that they read in turn. */
  async #ensureFor(prepared: PreparedStage, missing: Missing, job: Job): Promise<void> {
    if (missing.shuffles.size + missing.states.size === 0) return;
    try {
      await this.#ensureAll(missing, job, {
        prepared,
        state: this.#stateRead(prepared.options.node, missing),
        readsOnce: false,
      });
    } catch (error) {
      prepared.cancel();
      throw error;
    }
  }

  #missing(node: PlanNode, partitions: readonly number[]): Missing {
    const missing = nothingMissing();
    this.#collect(node, partitions, missing);
    return missing;
  }

  async #ensureAll({ shuffles, states }: Missing, job: Job, next?: NextStage): Promise<void> {
    const only = shuffles.size + states.size === 1 ? next : undefined;
    const all: Promise<void>[] = [];
    for (const shuffle of shuffles.values()) all.push(this.#ensureShuffle(shuffle, job, only));
    for (const node of states) all.push(this.advance(node, job, node === only?.state ? only.prepared : undefined));
    if (all.length <= 1) return all[0];
    const ensured = await Promise.allSettled(all);
    for (const one of ensured) if (one.status === "rejected") throw one.reason;
  }

  /** What a batch of a state reads: the node itself stands for what it has emitted. */
  #inputsOfState(node: StateNode, partitions: readonly number[]): Missing {
    const missing = nothingMissing();
    this.#collectInputs(node, partitions, missing);
    return missing;
  }

  async #ensureShuffle(shuffle: ShuffleDependency, job: Job, next?: NextStage): Promise<void> {
    for (;;) {
      try {
        const written = this.#shuffles.ensure(shuffle, job.batch, () => this.#write(shuffle, job, next));
        await unlessAborted(written, job.signal);
        return;
      } catch (error) {
        // Another job that was writing it has been cancelled: this one still wants it.
        if (job.signal.aborted || !isMillraceError(error, "JOB_CANCELLED")) throw error;
      }
    }
  }

  /** What the map tasks have written; undefined where some have handed their records on, so that all that reads them has run. */
  async #write(
    shuffle: ShuffleDependency,
    job: Job,
    next: NextStage | undefined,
  ): Promise<readonly MapOutput[] | undefined> {
    const { key, node, parent } = shuffle;
    const partitions = this.#allPartitions(parent);
    const together = this.#stages.isShort(job, partitions.length);
    const outputs = new Array<MapOutput | undefined>(partitions.length);
    const prepared = this.#stages.prepare({
      job,
      node: parent,
      name: () => String(node.site),
      partitions,
      sink: (builder, partition) => shuffleSink(shuffle, builder, partition, next?.readsOnce ?? false),
      together,
      // What reads the shuffle reads all of it.
      ahead: (tasks) =>
        together && next !== undefined && tasks.length === partitions.length
          ? next.prepared.after({ of: key, tasks })
          : [],
      onResult: (index, { shuffle: written }, executor) => {
        outputs[index] = written && { block: this.#ledger.own(written.block, executor), offsets: written.offsets };
      },
    });
    await this.#ensureFor(prepared, this.#missing(parent, partitions), job);
    const stage = this.#stages.run(prepared);
    try {
      await stage.done;
    } catch (error) {
      releaseAll(outputs);
      throw error;
    }
    if (isWhole(outputs)) return outputs;
    releaseAll(outputs);
    return undefined;
  }

  #collect(node: PlanNode, partitions: readonly number[], missing: Missing): void {
    if (partitions.length === 0) return;
    if (node.type === "state" || node.type === "snapshot") {
      missing.states.add(node.type === "state" ? node : node.parent);
      return;
    }
    const wanted = this.#persisted.hasAny(node)
      ? partitions.filter((partition) => this.#persisted.partition(node, partition) === undefined)
      : partitions;
    if (wanted.length > 0) this.#collectInputs(node, wanted, missing);
  }

  #collectInputs(node: PlanNode, wanted: readonly number[], missing: Missing): void {
    const planned = this.#planner.planned(node);
    for (const shuffle of shufflesOf(node, planned)) {
      const stands = this.#shuffles.outputs.has(shuffle.key);
      (stands ? missing.standing : missing.shuffles).set(shuffle.key, shuffle);
    }
    const parents = parentsOf(node);
    for (let i = 0; i < parents.length; i++) {
      this.#collect(parents[i]!, readDirectly(node, planned, i, wanted), missing);
    }
  }
}

/** The stage that is to begin when all is there. */
interface NextStage {
  readonly prepared: PreparedStage;
  /** The state that it reads partition by partition, if there is one. */
  readonly state: StateNode | undefined;
  /** Whether no other stage reads what it reads, nor this one again. */
  readonly readsOnce: boolean;
}

/** What must be there before a stage can run. */
interface Missing {
  /** Those that are there already; what they were made of is not looked at. */
  readonly standing: Map<string, ShuffleDependency>;
  readonly shuffles: Map<string, ShuffleDependency>;
  readonly states: Set<StateNode>;
}

function nothingMissing(): Missing {
  return { shuffles: new Map(), standing: new Map(), states: new Set() };
}

/** The partitions of parent `i` that these partitions of a node read without a shuffle. */
function readDirectly(node: PlanNode, planned: PlannedNode, i: number, wanted: readonly number[]): readonly number[] {
  switch (node.type) {
    case "narrow":
    case "zip":
      return wanted;
    case "cartesian":
      return [...new Set(wanted.map((partition) => factors(partition, planned)[i]!))];
    case "union": {
      if (planned.partitioner !== undefined) return wanted;
      const before = planned.parents.slice(0, i).reduce((sum, parent) => sum + parent.numPartitions, 0);
      const own = planned.parents[i]!.numPartitions;
      return wanted.map((partition) => partition - before).filter((partition) => partition >= 0 && partition < own);
    }
    case "coalesce": {
      const ofParent = planned.parents[i]!.numPartitions;
      return wanted.flatMap((partition) => coalesced(partition, planned.numPartitions, ofParent));
    }
    case "shuffle":
    case "partitionBy":
    case "cogroup":
    case "state":
      return isAligned(planned, i) ? wanted : [];
    default:
      return [];
  }
}

function isWhole(outputs: readonly (MapOutput | undefined)[]): outputs is readonly MapOutput[] {
  return !outputs.includes(undefined);
}

function releaseAll(outputs: readonly (MapOutput | undefined)[]): void {
  for (const output of outputs) output?.block.release();
}

/** As `promise`, but rejects at once when the signal is aborted. */
function unlessAborted<R>(promise: Promise<R>, signal: JobSignal): Promise<R> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addListener(onAbort);
    promise.then(
      (value) => {
        signal.removeListener(onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeListener(onAbort);
        reject(error);
      },
    );
  });
}

function shuffleSink(
  { node, numPartitions, partitioner }: ShuffleDependency,
  builder: PipelineBuilder,
  partition: number,
  isReadOnce: boolean,
): SinkSpec {
  const combines = node.type === "shuffle" && combinesEarly(node.aggregation);
  builder.sites.set(node.id, node.site);
  return {
    kind: "shuffle",
    node: node.id,
    numPartitions,
    by: node.type === "repartition" ? "turns" : "key",
    // Each partition begins to deal somewhere else, so that small ones do not all fill the first (as in Spark).
    start: bucketOf(partition) % numPartitions,
    partitioner: builder.partitioner(partitioner, node),
    aggregation: combines ? builder.aggregation(node) : undefined,
    isReadOnce,
  };
}
