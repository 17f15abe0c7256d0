/**
 * Reads the plan backwards from a node, for one partition, to a pipeline that an executor can run: up to the sources,
 * the shuffles that are already written, and the partitions that have been kept.
 */
import { RecordNames } from "../../closure/class-names.ts";
import { classWithIdentity, identityOf } from "../../closure/identity.ts";
import { shipClosure } from "../../closure/shipped-closure.ts";
import type { StoredBlock } from "../../core/block.ts";
import type { CallSite } from "../../core/call-site.ts";
import { isMillraceError, MillraceError, withPlace } from "../../errors.ts";
import { Logger } from "../../platform/log.ts";
import { combinesEarly } from "../../rdd/aggregation.ts";
import { CustomPartitioner } from "../../rdd/custom-partitioner.ts";
import type { PlanPartitioner } from "../../rdd/partitioner.ts";
import {
  type PlanNode,
  parentsOf,
  type ShuffleNode,
  type SnapshotNode,
  type SourceNode,
  type StateNode,
  type UserFunction,
} from "../../rdd/plan.ts";
import { RangePartitioner } from "../../rdd/range-partitioner.ts";
import { addBroadcasts } from "../../rdd/shipped-broadcasts.ts";
import { computeOf } from "../../rdd/source.ts";
import { classesIn, sourceName } from "../../rdd/sources/index.ts";
import { encodeRecords } from "../../serializer/record-batch.ts";
import type { TaskBroadcast, TaskClosure } from "./executor/executor-pool.ts";
import type {
  AggregationSpec,
  PartitionerSpec,
  PipelineSpec,
  SourceSpec,
  StepSpec,
  TaskSpec,
} from "./executor/protocol.ts";
import type { OwnedBlock } from "./owned-block.ts";
import type { PersistedBlocks } from "./persisted-blocks.ts";
import type { Planner } from "./planner.ts";
import { coalesced, factors, isAligned, type MapOutput, sectionsFor, shuffleKey } from "./shuffle.ts";
import type { StateTable } from "./state/state-table.ts";

const logger = new Logger("ClosureCleaner");

export interface BuildingBlocks {
  readonly planner: Planner;
  readonly persisted: PersistedBlocks;
  /** What the map side of a shuffle has written; all of it is there when a stage that reads it is built. */
  readonly shuffles: ReadonlyMap<string, readonly MapOutput[]>;
  /** What the batches of states have emitted, those that a stage reads among them. */
  readonly states: StateTable;
}

/** What a task will find made by other tasks that go to the same thread before it: the batch of a state, or a shuffle. */
export interface MadeAhead {
  readonly of: StateNode | string;
  readonly tasks: readonly MakingTask[];
}

/** A task by its number, and the partition that it makes: of the state's batch, or of the shuffle's map side. */
export type MakingTask = Pick<TaskSpec, "id" | "partition">;

/** Builds the pipelines of one task, and notes what the task needs. */
export class PipelineBuilder {
  readonly closures = new Map<number, TaskClosure>();
  readonly broadcasts = new Map<number, TaskBroadcast>();
  readonly blocks: OwnedBlock<StoredBlock>[] = [];
  /** The operators in the task, by node, for errors. */
  readonly sites = new Map<number, CallSite>();
  readonly #from: BuildingBlocks;
  readonly #made: MadeAhead | undefined;
  /** The numbers of classes whose instances the task may read. */
  readonly #read = new Set<number>();
  /** The numbers of classes that the task's functions bring along. */
  readonly #held = new Set<number>();

  constructor(from: BuildingBlocks, made?: MadeAhead) {
    this.#from = from;
    this.#made = made;
  }

  build(node: PlanNode, partition: number): PipelineSpec {
    this.sites.set(node.id, node.site);
    if (node.type === "state" || node.type === "snapshot") return this.#emitted(node, partition);
    const kept = this.#from.persisted.partition(node, partition);
    if (kept !== undefined)
      return fromSource(node, { kind: "blocks", blocks: kept.map((block) => this.#use(block)), from: "cache" });
    const pipeline = this.#build(node, partition);
    const level = this.#from.persisted.wanted(node, this.#from.planner.planned(node).numPartitions);
    if (level === undefined) return pipeline;
    return withStep(pipeline, { node: node.id, operator: "persist", closures: [], argument: level, partition });
  }

  /** The map side's part of a shuffle. */
  aggregation(node: ShuffleNode): AggregationSpec {
    this.sites.set(node.id, node.site);
    const { aggregation } = node;
    const zero = aggregation.kind === "fold" ? aggregation.zero : undefined;
    return { node: node.id, kind: aggregation.kind, closures: this.closureIds(aggregation.functions, node), zero };
  }

  /** What places the pairs of a shuffle. */
  partitioner(partitioner: PlanPartitioner | undefined, node: PlanNode): PartitionerSpec {
    if (partitioner instanceof RangePartitioner) {
      const { bounds, order, function: compare } = partitioner;
      const [comparator] = compare === undefined ? [] : this.closureIds([compare], node);
      return { kind: "range", bounds, ascending: order.ascending, comparator };
    }
    if (partitioner instanceof CustomPartitioner) {
      const [getPartition] = this.closureIds([partitioner.function], node);
      return { kind: "custom", getPartition: getPartition! };
    }
    return { kind: "hash" };
  }

  /** The classes whose instances the task may read, but for those that its functions bring along. Asked for last. */
  classes(node: PlanNode): number[] {
    const owners = [...this.#read].filter((id) => !this.#held.has(id)).map(classWithIdentity);
    return this.closureIds(owners.filter((owner) => owner !== undefined) as unknown as UserFunction[], node);
  }

  /** What a state reads of its parent `i`. */
  stateInput(node: StateNode, i: number, partition: number): PipelineSpec {
    this.sites.set(node.id, node.site);
    const parent = parentsOf(node)[i]!;
    return isAligned(this.#from.planner.planned(node), i)
      ? this.build(parent, partition)
      : this.#sections(node, i, partition);
  }

  /** The task may read instances of these classes. */
  readsClasses(classes: Iterable<number>): void {
    for (const id of classes) this.#read.add(id);
  }

  #emitted(node: StateNode | SnapshotNode, partition: number): PipelineSpec {
    const state = node.type === "state" ? node : node.parent;
    const made = state === this.#made?.of ? this.#made.tasks.find((task) => task.partition === partition) : undefined;
    if (made !== undefined)
      return fromSource(node, { kind: "made", tasks: [made.id], part: node.type === "state" ? "emitted" : "snapshot" });
    const { emitted, snapshot } = this.#from.states.output(state, partition);
    const block = node.type === "state" ? emitted : snapshot;
    if (block === undefined)
      throw new MillraceError("INTERNAL", `${node.site} kept no snapshot of partition ${partition}`);
    return fromSource(node, { kind: "blocks", blocks: [this.#use(block)], from: "cache" });
  }

  #build(node: Exclude<PlanNode, StateNode | SnapshotNode>, partition: number): PipelineSpec {
    switch (node.type) {
      case "source":
        return fromSource(node, this.#sourceSpec(node, this.#from.planner.planned(node).inputs[partition]));
      case "narrow": {
        const { operator, functions, argument } = node;
        const closures = this.closureIds(functions, node);
        return withStep(this.build(node.parent, partition), {
          node: node.id,
          operator,
          closures,
          argument,
          partition,
          planned: this.#from.planner.planned(node).facts?.[partition],
        });
      }
      case "union": {
        if (this.#from.planner.planned(node).partitioner !== undefined) {
          return fromSource(node, concatenated(node.parents.map((parent) => this.build(parent, partition))));
        }
        const [parent, parentPartition] = this.#unionParent(node, partition);
        return this.build(parent, parentPartition);
      }
      case "zip": {
        const [left, right] = node.parents;
        return fromSource(node, { kind: "zip", inputs: [this.build(left, partition), this.build(right, partition)] });
      }
      case "cartesian": {
        const [left, right] = node.parents;
        const [ofLeft, ofRight] = factors(partition, this.#from.planner.planned(node));
        return fromSource(node, { kind: "cartesian", inputs: [this.build(left, ofLeft), this.build(right, ofRight)] });
      }
      case "coalesce": {
        const { numPartitions, parents } = this.#from.planner.planned(node);
        const own = coalesced(partition, numPartitions, parents[0]!.numPartitions);
        return fromSource(node, concatenated(own.map((ofParent) => this.build(node.parent, ofParent))));
      }
      case "repartition":
        return this.#sections(node, 0, partition);
      case "partitionBy":
        return isAligned(this.#from.planner.planned(node), 0)
          ? this.build(node.parent, partition)
          : this.#sections(node, 0, partition);
      case "shuffle": {
        const aligned = isAligned(this.#from.planner.planned(node), 0);
        return fromSource(node, {
          kind: "aggregate",
          input: aligned ? this.build(node.parent, partition) : this.#sections(node, 0, partition),
          combined: !aligned && combinesEarly(node.aggregation),
          aggregation: this.aggregation(node),
        });
      }
      case "cogroup": {
        const planned = this.#from.planner.planned(node);
        const inputs = node.parents.map((parent, i) =>
          isAligned(planned, i) ? this.build(parent, partition) : this.#sections(node, i, partition),
        );
        return fromSource(node, { kind: "cogroup", inputs });
      }
    }
  }

  #sections(node: PlanNode, parent: number, partition: number): PipelineSpec {
    const key = shuffleKey(node, parent);
    if (key === this.#made?.of) {
      const tasks = this.#made.tasks.map(({ id }) => id);
      return fromSource(node, { kind: "made", tasks, part: partition });
    }
    const outputs = this.#from.shuffles.get(key);
    if (outputs === undefined) throw new MillraceError("INTERNAL", `the shuffle output of ${node.site} is missing`);
    for (const { block } of outputs) this.#use(block);
    return fromSource(node, { kind: "blocks", blocks: sectionsFor(outputs, partition), from: "shuffle" });
  }

  #unionParent(node: Extract<PlanNode, { type: "union" }>, partition: number): [PlanNode, number] {
    let before = 0;
    for (const parent of node.parents) {
      const { numPartitions } = this.#from.planner.planned(parent);
      if (partition < before + numPartitions) return [parent, partition - before];
      before += numPartitions;
    }
    throw new MillraceError("INTERNAL", `${node.site} has no partition ${partition}`);
  }

  #use<B extends StoredBlock>(block: OwnedBlock<B>): B {
    this.blocks.push(block);
    this.#noteClasses(block.handle);
    return block.handle;
  }

  /** Pairs that the batch of a state has left for the next. */
  pairsOf(node: StateNode, blocks: readonly OwnedBlock[]): PipelineSpec {
    return fromSource(node, { kind: "blocks", blocks: blocks.map((block) => this.#use(block)), from: "shuffle" });
  }

  #noteClasses({ classes = [] }: StoredBlock): void {
    for (const id of classes) this.#read.add(id);
  }

  #sourceSpec(node: SourceNode, input: unknown): SourceSpec {
    const { source, site } = node;
    const name = sourceName(source);
    if (name === "givenRecords") return { kind: "records", batches: this.#encode(input as readonly unknown[], site) };
    if (name !== undefined) {
      this.readsClasses(classesIn(name, input));
      return { kind: "named", name, input };
    }
    const [compute] = this.closureIds([computeOf(source)], node);
    return { kind: "shipped", compute: compute!, input: this.#encode([input], site)[0]! };
  }

  /** What the driver has, and the task reads. */
  #encode(records: readonly unknown[], site: CallSite): readonly Uint8Array[] {
    const names = new RecordNames({ givesNumbers: true });
    try {
      const batches = encodeRecords(records, names);
      this.readsClasses(names.classNumbers);
      return batches;
    } catch (error) {
      throw isMillraceError(error) ? withPlace(error, { operator: site.operator, site: site.location }) : error;
    }
  }

  /** The functions of a node, by the ids under which executors know them. */
  closureIds(functions: readonly UserFunction[], { site }: PlanNode): number[] {
    return functions.map((live) => {
      const { id, bytes, classes, standIns, assigned, location } = shipClosure(live, site);
      if (assigned.length > 0) warnOfAssigned(assigned, location, site);
      addBroadcasts(standIns, site, this.broadcasts);
      this.closures.set(id, { id, live, bytes });
      for (const one of classes) this.#held.add(identityOf(one));
      return id;
    });
  }
}

/** Once for each function of the program's text. */
function warnOfAssigned(names: readonly string[], location: string, site: CallSite): void {
  const [are, them] = names.length === 1 ? ["is", "it"] : ["are", "them"];
  logger.warnOnce(
    `${names.join(", ")} ${are} assigned by the function of ${site.operator} at ${location}: each task gets a copy, and the ` +
      `driver does not see what becomes of ${them} (with master "local" it is the driver's own). To count or collect, ` +
      "use an accumulator: longAccumulator, doubleAccumulator or collectionAccumulator.",
    "ASSIGNED_VARIABLE",
  );
}

function fromSource({ id }: PlanNode, source: SourceSpec): PipelineSpec {
  return { node: id, source, steps: [] };
}

/** One input after the other; the kept partitions of a window are one list of blocks. */
function concatenated(inputs: readonly PipelineSpec[]): SourceSpec {
  const blocks: StoredBlock[] = [];
  let from: "cache" | "shuffle" | undefined;
  for (const { source, steps } of inputs) {
    if (source.kind !== "blocks" || steps.length > 0) return { kind: "concat", inputs };
    from ??= source.from;
    if (source.from !== from) return { kind: "concat", inputs };
    blocks.push(...source.blocks);
  }
  return { kind: "blocks", blocks, from: from ?? "cache" };
}

function withStep(pipeline: PipelineSpec, step: StepSpec): PipelineSpec {
  return { ...pipeline, steps: [...pipeline.steps, step] };
}
