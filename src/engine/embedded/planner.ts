/**
 * Resolves the rules in a plan: how many partitions each node has, by which partitioner, and what each partition of a
 * source reads. Once for each node, so that a later job sees the files that an earlier one saw (Spark memoises an RDD's
 * partitions, too).
 */
import { isMillraceError, withPlace } from "../../errors.ts";
import type { FileSystem } from "../../filesystem/filesystem.ts";
import { defaultPartitioner, HashPartitioner, type PartitionerRule, type Partitioning } from "../../rdd/partitioner.ts";
import { type PlanNode, parentsOf, type SourceNode } from "../../rdd/plan.ts";
import type { PartitionInput } from "../../rdd/source.ts";

export interface PlannerSettings {
  readonly filesystem: FileSystem;
  /** `spark.default.parallelism`, where it is set. */
  readonly configuredParallelism: number | undefined;
  /** What stands in for it at sources. */
  readonly defaultParallelism: number;
}

export interface PlannedNode extends Partitioning {
  /** What the partitions of a source read. */
  readonly inputs: readonly PartitionInput[];
  readonly parents: readonly PlannedNode[];
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
    const planned = { inputs, parents, ...this.#partitioning(node, parents, inputs) };
    this.#planned.set(node, planned);
    return planned;
  }

  async #inputs({ source, site }: SourceNode): Promise<readonly PartitionInput[]> {
    try {
      return await source.partitions(this.#settings);
    } catch (error) {
      throw isMillraceError(error) ? withPlace(error, { operator: site.operator, site: site.location }) : error;
    }
  }

  #partitioning(node: PlanNode, parents: readonly PlannedNode[], inputs: readonly PartitionInput[]): Partitioning {
    switch (node.type) {
      case "source":
        return { numPartitions: inputs.length, partitioner: undefined };
      case "narrow":
        return {
          numPartitions: parents[0]!.numPartitions,
          partitioner: node.keepsKeys ? parents[0]!.partitioner : undefined,
        };
      case "union":
        return {
          numPartitions: parents.reduce((sum, parent) => sum + parent.numPartitions, 0),
          partitioner: undefined,
        };
      case "repartition":
        return { numPartitions: node.numPartitions, partitioner: undefined };
      case "shuffle":
      case "cogroup":
        return byKey(this.#resolve(node.partitioner, parents));
    }
  }

  #resolve(rule: PartitionerRule, parents: readonly PlannedNode[]): HashPartitioner {
    return rule instanceof HashPartitioner ? rule : defaultPartitioner(parents, this.#settings.configuredParallelism);
  }
}

function byKey(partitioner: HashPartitioner): Partitioning {
  return { numPartitions: partitioner.numPartitions, partitioner };
}
