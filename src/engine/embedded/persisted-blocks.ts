import type { PlanNode } from "../../rdd/plan.ts";
import { StorageLevel } from "../../rdd/storage-level.ts";
import type { OwnedBlock } from "./owned-block.ts";

interface Persisted {
  readonly level: StorageLevel;
  readonly partitions: Map<number, readonly OwnedBlock[]>;
}

/** Which nodes are to be kept, and what has been kept of them. */
export class PersistedBlocks {
  readonly #nodes = new Map<number, Persisted>();
  /** A node that nobody can reach any more cannot be unpersisted either. */
  readonly #unreachable = new FinalizationRegistry<number>((id) => this.#drop(id));

  persist(node: PlanNode, level: StorageLevel): void {
    if (this.#nodes.has(node.id)) return;
    this.#nodes.set(node.id, { level, partitions: new Map() });
    this.#unreachable.register(node, node.id);
  }

  unpersist(node: PlanNode): void {
    this.#drop(node.id);
  }

  level(node: PlanNode): StorageLevel {
    return this.#nodes.get(node.id)?.level ?? StorageLevel.NONE;
  }

  isPersisted(node: PlanNode): boolean {
    return this.#nodes.has(node.id);
  }

  partition(node: PlanNode, partition: number): readonly OwnedBlock[] | undefined {
    return this.#nodes.get(node.id)?.partitions.get(partition);
  }

  /** Keeps what a task has computed, unless it is no longer wanted or another task was first. */
  add(node: number, partition: number, blocks: readonly OwnedBlock[]): void {
    const persisted = this.#nodes.get(node);
    if (persisted === undefined || persisted.partitions.has(partition)) for (const block of blocks) block.release();
    else persisted.partitions.set(partition, blocks);
  }

  #drop(id: number): void {
    const persisted = this.#nodes.get(id);
    this.#nodes.delete(id);
    for (const blocks of persisted?.partitions.values() ?? []) for (const block of blocks) block.release();
  }
}
