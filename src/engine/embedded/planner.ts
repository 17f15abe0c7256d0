/**
 * Resolves the rules in a plan: how many partitions each node has, by which partitioner, and what each partition of a
 * source reads. Once for each node, so that a later job sees the files that an earlier one saw (Spark memoises an RDD's
 * partitions, too).
 */
import { describeThrown, isMillraceError, MillraceError, withPlace } from "../../errors.ts";
import type { FileSystem } from "../../filesystem/filesystem.ts";
import { operatorOf } from "../../rdd/operators/index.ts";
import {
  defaultPartitioner,
  HashPartitioner,
  type PartitionerRule,
  type Partitioning,
  type PlanPartitioner,
} from "../../rdd/partitioner.ts";
import { type NarrowNode, narrow, type PlanNode, parentsOf, type SourceNode } from "../../rdd/plan.ts";
import { rangePartitioner } from "./range-planning.ts";

export interface PlannerSettings {
  readonly filesystem: FileSystem;
  /** `spark.default.parallelism`, where it is set. */
  readonly configuredParallelism: number | undefined;
  /** What stands in for it at sources. */
  readonly defaultParallelism: number;
  /** Runs a job that planning needs; what each partition gave, all of them by default. */
  readonly runJob: PlanningJob;
}

export type PlanningJob = (plan: PlanNode, partitions?: readonly number[]) => Promise<readonly (readonly unknown[])[]>;

export interface PlannedNode extends Partitioning {
  /** What the partitions of a source are told. */
  readonly inputs: readonly unknown[];
  /** What the operator of the node asked for, by partition. */
  readonly facts?: readonly unknown[] | undefined;
  readonly parents: readonly PlannedNode[];
  /** What places the pairs of the parents, where it need not be what places those of the node. */
  readonly placing?: PlanPartitioner | undefined;
}

export class Planner {
  readonly #settings: PlannerSettings;
  readonly #planned = new WeakMap<PlanNode, PlannedNode>();
  readonly #planning = new WeakMap<PlanNode, Promise<PlannedNode>>();

  constructor(settings: PlannerSettings) {
    this.#settings = settings;
  }

  /** Plans a node and all that it is made of. A failed attempt is made again by the next call. */
  plan(node: PlanNode): Promise<PlannedNode> {
    let planning = this.#planning.get(node);
    if (planning === undefined) {
      planning = this.#plan(node);
      this.#planning.set(node, planning);
      planning.catch(() => this.#planning.delete(node));
    }
    return planning;
  }

  /** A node that {@link Planner.plan} has planned. */
  planned(node: PlanNode): PlannedNode {
    return this.#planned.get(node)!;
  }

  async #plan(node: PlanNode): Promise<PlannedNode> {
    const parents: PlannedNode[] = [];
    for (const parent of parentsOf(node)) parents.push(this.#planned.get(parent) ?? (await this.plan(parent)));
    const inputs = node.type === "source" ? await this.#inputs(node) : [];
    const placing = node.type === "state" ? node.rule.partitioner : undefined;
    const planned = { inputs, parents, placing, ...(await this.#partitioning(node, parents, inputs)) };
    const facts = node.type === "narrow" ? await this.#facts(node, planned.numPartitions) : undefined;
    this.#planned.set(node, { ...planned, facts });
    return this.planned(node);
  }

  /** Of a single partition the offset is known; of several all but the last are counted. */
  async #facts(node: NarrowNode, numPartitions: number): Promise<readonly number[] | undefined> {
    const { parent, site } = node;
    const operator = operatorOf(node.operator);
    if (operator.type !== "record" || operator.planned === undefined) return undefined;
    if (operator.planned === "stride") return new Array<number>(numPartitions).fill(numPartitions);
    const offsets = [0];
    if (numPartitions <= 1) return offsets;
    const counted = Array.from({ length: numPartitions - 1 }, (_, partition) => partition);
    for (const [n] of await this.#settings.runJob(narrow(parent, "count", [], site), counted)) {
      offsets.push(offsets.at(-1)! + (n as number));
    }
    return offsets;
  }

  async #inputs(node: SourceNode): Promise<readonly unknown[]> {
    const { filesystem, defaultParallelism } = this.#settings;
    try {
      const partitions = await node.source.partitions({ filesystem, defaultParallelism });
      if (typeof partitions?.[Symbol.iterator] === "function") return Array.from(partitions);
    } catch (thrown) {
      if (isMillraceError(thrown)) throw withPlace(thrown, at(node));
      const what = `the partitions of the source could not be had: ${describeThrown(thrown)}`;
      throw new MillraceError("CALLBACK_FAILED", what, { ...at(node), cause: thrown });
    }
    throw new MillraceError("NOT_ITERABLE", "what the partitions() of the source returned is no list", {
      ...at(node),
      remedy:
        "Return an array with what each partition has to be told, or a promise of one; an empty one for no partition.",
    });
  }

  async #partitioning(
    node: PlanNode,
    parents: readonly PlannedNode[],
    inputs: readonly unknown[],
  ): Promise<Partitioning> {
    switch (node.type) {
      case "source":
        return { numPartitions: inputs.length, partitioner: undefined };
      case "narrow":
        return {
          numPartitions: parents[0]!.numPartitions,
          partitioner: node.keepsKeys ? parents[0]!.partitioner : undefined,
        };
      case "union":
        return unionOf(parents);
      case "coalesce":
        return {
          numPartitions: Math.min(node.numPartitions, parents[0]!.numPartitions),
          partitioner: undefined,
        };
      case "repartition":
        return { numPartitions: node.numPartitions, partitioner: undefined };
      case "zip":
        return { numPartitions: numPartitionsOfZip(node, parents), partitioner: undefined };
      case "cartesian":
        return { numPartitions: parents[0]!.numPartitions * parents[1]!.numPartitions, partitioner: undefined };
      case "state": {
        const { partitioner, keepsKeys } = node.rule;
        return { numPartitions: partitioner.numPartitions, partitioner: keepsKeys ? partitioner : undefined };
      }
      case "snapshot":
        return byKey(node.parent.rule.partitioner);
      case "shuffle":
      case "partitionBy":
      case "cogroup":
        return byKey(await this.#resolve(node, node.partitioner, parents));
    }
  }

  async #resolve(node: PlanNode, rule: PartitionerRule, parents: readonly PlannedNode[]): Promise<PlanPartitioner> {
    if (rule === "default") return defaultPartitioner(parents, this.#settings.configuredParallelism);
    const { partitioner, numPartitions } = parents[0]!;
    if (rule === "first") return partitioner ?? new HashPartitioner(Math.max(1, numPartitions));
    if (!("kind" in rule)) return rule;
    try {
      const [parent] = parentsOf(node) as [PlanNode];
      return await rangePartitioner(rule, parent, numPartitions, node.site, this.#settings.runJob);
    } catch (error) {
      throw isMillraceError(error) ? withPlace(error, at(node)) : error;
    }
  }
}

function numPartitionsOfZip(node: PlanNode, [left, right]: readonly PlannedNode[]): number {
  if (left!.numPartitions === right!.numPartitions) return left!.numPartitions;
  throw new MillraceError(
    "INVALID_ARGUMENT",
    `zip needs RDDs with as many partitions, not ${left!.numPartitions} and ${right!.numPartitions}`,
    { ...at(node), remedy: "Give both an index by zipWithIndex, and join them by it." },
  );
}

function at({ site }: PlanNode): { readonly operator: string; readonly site: string } {
  return { operator: site.operator, site: site.location };
}

/** Parents that one partitioner has placed are put together partition by partition (Spark's PartitionerAwareUnionRDD). */
function unionOf(parents: readonly PlannedNode[]): Partitioning {
  const partitioner = parents[0]?.partitioner;
  if (partitioner !== undefined && parents.every((parent) => partitioner.equals(parent.partitioner))) {
    return byKey(partitioner);
  }
  return { numPartitions: parents.reduce((sum, parent) => sum + parent.numPartitions, 0), partitioner: undefined };
}

function byKey(partitioner: PlanPartitioner): Partitioning {
  return { numPartitions: partitioner.numPartitions, partitioner };
}
