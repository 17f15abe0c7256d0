/**
 * Runs the batches of stateful operators: in order, each partition in the thread that has its state, each batch once.
 *
 * ```text
 * records --shuffle--> partition p, on its thread: state after t-1 -> function -> state after t
 *                                                                  \-> what it emits, as a block; what changed, to a file
 * ```
 *
 * A task leaves its partition either with the whole batch or spoilt. It counts when the driver accepts its result; the next
 * task says which batch it builds on, and a thread that has another one, or none, is sent what was written of the
 * partition. So neither a task that is tried again nor a batch that is asked for again applies an update twice.
 */
import { present } from "../../../core/present.ts";
import { isMillraceError, withPlace } from "../../../errors.ts";
import type { StateNode } from "../../../rdd/plan.ts";
import { parentsOf } from "../../../rdd/plan.ts";
import type { StateSinkSpec } from "../executor/protocol.ts";
import type { Job } from "../job.ts";
import type { PipelineBuilder } from "../pipeline-builder.ts";
import type { Planner } from "../planner.ts";
import type { PreparedStage } from "../prepared-stage.ts";
import { shuffleKey } from "../shuffle.ts";
import type { ShuffleStore } from "../shuffle-store.ts";
import type { StageRunner } from "../stage-runner.ts";
import type { HeldState, StateTable } from "./state-table.ts";

export interface StateStagesParts {
  readonly table: StateTable;
  readonly planner: Planner;
  readonly shuffles: ShuffleStore;
  readonly stages: StageRunner;
  /** Computes what partitions of a state node read. Tasks of `next`, the state's own stage, may be taken along. */
  ensureInputs(node: StateNode, partitions: readonly number[], job: Job, next?: PreparedStage): Promise<void>;
}

export class StateStages {
  readonly #parts: StateStagesParts;

  constructor(parts: StateStagesParts) {
    this.#parts = parts;
  }

  /**
   * Computes a batch, and those before it, unless they have been. Who asks second waits, and then finds it done. Tasks of `next`,
   * a stage that reads the batch, may be taken along.
   */
  ensure(node: StateNode, job: Job, next?: PreparedStage): Promise<void> {
    const state = this.#parts.table.of(node.rule);
    const turn = state.turn.then(() => this.#advance(state, node, job, next));
    state.turn = turn.catch(() => undefined);
    return turn;
  }

  async #advance(state: HeldState, node: StateNode, job: Job, next?: PreparedStage): Promise<void> {
    for (const batch of uncomputed(state, node)) {
      await this.#compute(state, batch, job, batch === node ? next : undefined);
    }
  }

  async #compute(state: HeldState, node: StateNode, job: Job, next: PreparedStage | undefined): Promise<void> {
    job.signal.throwIfAborted();
    const lacking = state.lacking(node.batchTime);
    const { planner, shuffles } = this.#parts;
    if (!lacking.every((partition) => state.partitions[partition]!.log.isReady)) await this.#logsReady(state, lacking);
    if (planner.planNow(node) === undefined) await planner.plan(node);
    const stage = this.#prepared(state, node, lacking, job, next);
    try {
      await this.#parts.ensureInputs(node, lacking, job, state.home.gathered ? stage : undefined);
    } catch (error) {
      stage.cancel();
      throw error;
    }
    await this.#run(state, stage);
    for (const input of parentsOf(node).keys()) shuffles.drop(shuffleKey(node, input));
  }

  async #logsReady({ rule: { site }, partitions }: HeldState, lacking: readonly number[]): Promise<void> {
    try {
      await Promise.all(lacking.map((partition) => partitions[partition]!.log.ready()));
    } catch (error) {
      throw isMillraceError(error) ? withPlace(error, { operator: site.operator, site: site.location }) : error;
    }
  }

  #prepared(
    state: HeldState,
    node: StateNode,
    partitions: readonly number[],
    job: Job,
    next: PreparedStage | undefined,
  ): PreparedStage {
    const { gathered } = state.home;
    return this.#parts.stages.prepare({
      job,
      node,
      name: () => String(node.site),
      partitions,
      pipeline: (builder, partition) => builder.stateInput(node, 0, partition),
      sink: (builder, partition) => stateSink(state, node, builder, partition),
      placement: {
        // Neighbouring states begin at different threads; gathered ones are all together, for one may read the other.
        seat: (partition) => (gathered ? 0 : partition + node.rule.id),
        restorable: (partition, executorId) => state.restorable(partition, executorId),
        spoilt: (partition) => state.spoilt(partition),
      },
      together: gathered,
      ahead: (tasks) =>
        next?.after(
          { of: node, tasks },
          tasks.map(({ partition }) => partition),
        ) ?? [],
      onResult: (index, result, executor) => state.accept(node, partitions[index]!, result.state!, executor),
    });
  }

  async #run(state: HeldState, prepared: PreparedStage): Promise<void> {
    const stage = this.#parts.stages.run(prepared);
    try {
      await stage.done;
      state.home.note(stage.runMs, state.bytes);
    } finally {
      // A task that has been cancelled may still reach its end, and then counts.
      await stage.idle;
    }
  }
}

/** A batch and those before it that some partition lacks, the oldest first. Where a function throws there may be many. */
function uncomputed(state: HeldState, node: StateNode): StateNode[] {
  const batches: StateNode[] = [];
  for (let at: StateNode | undefined = node; at !== undefined; at = at.previous?.deref()) {
    if (state.lacking(at.batchTime).length === 0) break;
    batches.push(at);
  }
  return batches.reverse();
}

function stateSink(state: HeldState, node: StateNode, builder: PipelineBuilder, partition: number): StateSinkSpec {
  const { rule } = node;
  builder.readsClasses(state.classes);
  const held = state.partitions[partition]!;
  return {
    kind: "state",
    node: node.id,
    state: rule.id,
    operator: rule.operator,
    closures: builder.closureIds(rule.functions, node),
    batchTime: node.batchTime,
    mayMove: !rule.keepsKeys,
    touches: rule.timeoutMs !== undefined,
    snapshot: node.snapshot,
    writesAll: node.writesAll,
    writesChanges: state.isWritten,
    partitioner: builder.partitioner(rule.partitioner, node),
    numPartitions: rule.partitioner.numPartitions,
    ...present({
      storeDirectory: state.storeDirectory,
      storeProvider: state.storeProvider && builder.closureIds([state.storeProvider], node)[0],
      previousTime: held.time,
      initial: node.initial && builder.stateInput(node, 1, partition),
      moved: state.moved.of(partition, held.time, (blocks) => builder.pairsOf(node, blocks)),
      leaving: node.leaving && builder.stateInput(node, 1, partition),
      timeOutBefore: node.timeOutBefore,
      dump: node.writesAll ? undefined : held.log.nextDump(),
    }),
  };
}
