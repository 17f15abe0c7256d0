/**
 * How an RDD is computed, as text in Spark's form: each line an RDD and its partitions, its parents below it, a step to
 * the right where a shuffle is between.
 *
 * ```text
 * (2) mapValues[5] at /app/program.ts:9:4 []
 *  |  reduceByKey[4] at /app/program.ts:8:4 []
 *  +-(4) map[3] at /app/program.ts:7:4 []
 *     |  textFile[1] at /app/program.ts:6:12 []
 * ```
 */
import type { Engine } from "./engine.ts";
import { type PlanNode, parentsOf } from "./plan.ts";
import { StorageLevel } from "./storage-level.ts";

export async function debugString(plan: PlanNode, engine: Engine): Promise<string> {
  return (await new Lineage(engine).first(plan)).join("\n");
}

/** Nodes whose parents are behind a shuffle unless their pairs lie by the same partitioner. */
const SHUFFLING: ReadonlySet<PlanNode["type"]> = new Set(["shuffle", "cogroup", "partitionBy", "state"]);

class Lineage {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async first(node: PlanNode): Promise<string[]> {
    const { label, gap } = await this.#label(node);
    return [`${label} ${this.#describe(node)}`, ...(await this.#parents(node, gap))];
  }

  async #parents(node: PlanNode, prefix: string): Promise<string[]> {
    const parents = parentsOf(node);
    const lines: string[] = [];
    for (const [i, parent] of parents.entries()) {
      const isLast = i === parents.length - 1;
      const below = (await this.#isShuffled(node, parent))
        ? await this.#behindShuffle(parent, prefix, isLast)
        : [`${prefix} ${this.#describe(parent)}`, ...(await this.#parents(parent, prefix))];
      lines.push(...below);
    }
    return lines;
  }

  /** The bar of the prefix ends at the last parent. */
  async #behindShuffle(node: PlanNode, prefix: string, isLast: boolean): Promise<string[]> {
    const { label, gap } = await this.#label(node);
    const start = prefix.replace(/\|\s*$/, "");
    return [
      `${start}+-${label} ${this.#describe(node)}`,
      ...(await this.#parents(node, `${start}${isLast ? "  " : "| "}${gap}`)),
    ];
  }

  /** `(12)`, and as wide a stretch with a bar in its middle. */
  async #label(node: PlanNode): Promise<{ readonly label: string; readonly gap: string }> {
    const label = `(${(await this.#engine.partitioning(node)).numPartitions})`;
    const left = Math.floor((label.length - 1) / 2);
    return { label, gap: `${" ".repeat(left)}|${" ".repeat(label.length - left - 1)}` };
  }

  #describe(node: PlanNode): string {
    const { id, site } = node;
    const level = this.#engine.storageLevel(node);
    const kept = level === StorageLevel.NONE ? "" : level.name;
    const place = site.location === "" ? "" : ` at ${site.location}`;
    return `${site.operator}[${id}]${place} [${kept}]`;
  }

  async #isShuffled(node: PlanNode, parent: PlanNode): Promise<boolean> {
    if (node.type === "repartition") return true;
    if (!SHUFFLING.has(node.type)) return false;
    const [own, above] = await Promise.all([this.#engine.partitioning(node), this.#engine.partitioning(parent)]);
    return !own.partitioner?.equals(above.partitioner);
  }
}
