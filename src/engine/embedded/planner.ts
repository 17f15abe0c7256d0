/**
 * Resolves the rules in a plan: how many partitions each node has, by which partitioner, and what each partition of a
 * source reads. Once for each node, so that a later job sees the files that an earlier one saw (Spark memoises an RDD's
 * partitions, too).
 */
import { isPromiseLike } from "../../core/promise-like.ts";
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
import type { RangePartitioner, RangeRule } from "../../rdd/range-partitioner.ts";
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
  async plan(node: PlanNode): Promise<PlannedNode> {
    return this.planNow(node) ?? this.#planning.get(node) ?? this.#begun(node, this.#planLater(node));
  }

  /** A node that {@link Planner.plan} has planned. */
  planned(node: PlanNode): PlannedNode {
    return this.#planned.get(node)!;
  }

  /** The same at once, where nothing has to be waited for, as with most of a stream: each batch has new nodes. */
  planNow(node: PlanNode): PlannedNode | undefined {
    const known = this.#planned.get(node);
    if (known !== undefined || this.#planning.has(node) || takesJob(node)) return known;
    const parents: PlannedNode[] = [];
    for (const parent of parentsOf(node)) {
      const planned = this.planNow(parent);
      if (planned === undefined) return undefined;
      parents.push(planned);
    }
    const inputs = node.type === "source" ? this.#inputs(node) : [];
    if (!(inputs instanceof Promise)) return this.#keep(node, parents, inputs);
    void this.#begun(
      node,
      inputs.then((had) => this.#keep(node, parents, had)),
    );
    return undefined;
  }

  async #planLater(node: PlanNode): Promise<PlannedNode> {
    const parents: PlannedNode[] = [];
    for (const parent of parentsOf(node)) parents.push(this.#planned.get(parent) ?? (await this.plan(parent)));
    const partitioner = await this.#ranges(node, parents);
    const facts = node.type === "narrow" ? await this.#facts(node, parents[0]!.numPartitions) : undefined;
    return this.#keep(node, parents, [], { partitioner, facts });
  }

  #begun(node: PlanNode, planning: Promise<PlannedNode>): Promise<PlannedNode> {
    this.#planning.set(node, planning);
    planning.catch(() => this.#planning.delete(node));
    return planning;
  }

  #keep(
    node: PlanNode,
    parents: readonly PlannedNode[],
    inputs: readonly unknown[],
    {
      partitioner,
      facts,
    }: { readonly partitioner?: RangePartitioner | undefined; readonly facts?: PlannedNode["facts"] } = {},
  ): PlannedNode {
    const placing = node.type === "state" ? node.rule.partitioner : undefined;
    const partitioning = partitioner === undefined ? this.#partitioning(node, parents, inputs) : byKey(partitioner);
    const { numPartitions } = partitioning;
    const planned = { numPartitions, partitioner: partitioning.partitioner, inputs, parents, placing, facts };
    this.#planned.set(node, planned);
    return planned;
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

  #inputs(node: SourceNode): readonly unknown[] | Promise<readonly unknown[]> {
    const { filesystem, defaultParallelism } = this.#settings;
    try {
      const partitions = node.source.partitions({ filesystem, defaultParallelism });
      if (!isPromiseLike(partitions)) return listed(node, partitions);
      return Promise.resolve(partitions)
        .then((had) => listed(node, had))
        .catch((thrown: unknown) => {
          throw inputsFailure(node, thrown);
        });
    } catch (thrown) {
      throw inputsFailure(node, thrown);
    }
  }

  #partitioning(node: PlanNode, parents: readonly PlannedNode[], inputs: readonly unknown[]): Partitioning {
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
        return byKey(this.#resolve(node.partitioner, parents));
    }
  }

  /** By any rule but that of ranges. */
  #resolve(rule: PartitionerRule, parents: readonly PlannedNode[]): PlanPartitioner {
    if (rule === "default") return defaultPartitioner(parents, this.#settings.configuredParallelism);
    if (rule !== "first") return rule as PlanPartitioner;
    const { partitioner, numPartitions } = parents[0]!;
    return partitioner ?? new HashPartitioner(Math.max(1, numPartitions));
  }

  /** The bounds of the ranges, where that is how a node places its keys. */
  async #ranges(node: PlanNode, parents: readonly PlannedNode[]): Promise<RangePartitioner | undefined> {
    const rule = rangeRule(node);
    if (rule === undefined) return undefined;
    try {
      const [parent] = parentsOf(node) as [PlanNode];
      return await rangePartitioner(rule, parent, parents[0]!.numPartitions, node.site, this.#settings.runJob);
    } catch (error) {
      throw isMillraceError(error) ? withPlace(error, at(node)) : error;
    }
  }
}

/** Whether a job has to be run before a node is planned, whatever its parents are. */
function takesJob(node: PlanNode): boolean {
  if (node.type !== "narrow") return rangeRule(node) !== undefined;
  const operator = operatorOf(node.operator);
  return operator.type === "record" && operator.planned !== undefined;
}

function rangeRule(node: PlanNode): RangeRule | undefined {
  if (node.type !== "shuffle" && node.type !== "partitionBy" && node.type !== "cogroup") return undefined;
  const { partitioner } = node;
  return typeof partitioner === "object" && "kind" in partitioner ? partitioner : undefined;
}

function listed(node: SourceNode, partitions: Iterable<unknown> | undefined): readonly unknown[] {
  if (typeof partitions?.[Symbol.iterator] === "function") return Array.from(partitions);
  throw new MillraceError("NOT_ITERABLE", "what the partitions() of the source returned is no list", {
    ...at(node),
    remedy:
      "Return an array with what each partition has to be told, or a promise of one; an empty one for no partition.",
  });
}

function inputsFailure(node: SourceNode, thrown: unknown): MillraceError {
  if (isMillraceError(thrown)) return withPlace(thrown, at(node));
  const what = `the partitions of the source could not be had: ${describeThrown(thrown)}`;
  return new MillraceError("CALLBACK_FAILED", what, { ...at(node), cause: thrown });
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
