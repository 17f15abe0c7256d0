import { isInFile, type StoredBlock } from "../../core/block.ts";
import type { CallSite } from "../../core/call-site.ts";
import type { ListenerBus } from "../../core/listener-bus.ts";
import type { PlanNode } from "../../rdd/plan.ts";
import type { SparkListener } from "../../rdd/spark-listener.ts";
import { StorageLevel } from "../../rdd/storage-level.ts";
import type { OwnedBlock } from "./owned-block.ts";

export type PersistedBlock = OwnedBlock<StoredBlock>;

interface Persisted {
  /** For events; it must not keep the node alive. */
  readonly site: CallSite;
  readonly level: StorageLevel;
  readonly partitions: Map<number, readonly PersistedBlock[]>;
  /** How many there will be; 0 until a task is to keep one. */
  numPartitions: number;
}

/** Which nodes are to be kept, and what has been kept of them. */
export class PersistedBlocks {
  readonly #bus: ListenerBus<SparkListener>;
  readonly #nodes = new Map<number, Persisted>();
  /** A node that nobody can reach any more cannot be unpersisted either. */
  readonly #unreachable = new FinalizationRegistry<number>((id) => this.#drop(id));

  constructor(bus: ListenerBus<SparkListener>) {
    this.#bus = bus;
  }

  persist(node: PlanNode, level: StorageLevel): void {
    if (this.#nodes.has(node.id)) return;
    this.#nodes.set(node.id, { site: node.site, level, partitions: new Map(), numPartitions: 0 });
    this.#unreachable.register(node, node.id);
  }

  unpersist(node: PlanNode): void {
    this.#drop(node.id);
  }

  level(node: PlanNode): StorageLevel {
    return this.#nodes.get(node.id)?.level ?? StorageLevel.NONE;
  }

  /** The level at which tasks are to keep the partitions of the node, which has so many; undefined where they are not to. */
  wanted(node: PlanNode, numPartitions: number): StorageLevel | undefined {
    const persisted = this.#nodes.get(node.id);
    if (persisted === undefined) return undefined;
    persisted.numPartitions = numPartitions;
    return persisted.level;
  }

  /** Whether some partitions of the node are kept. */
  hasAny(node: PlanNode): boolean {
    return (this.#nodes.get(node.id)?.partitions.size ?? 0) > 0;
  }

  partition(node: PlanNode, partition: number): readonly PersistedBlock[] | undefined {
    return this.#nodes.get(node.id)?.partitions.get(partition);
  }

  /** Keeps what a task has computed, unless it is no longer wanted or another task was first. */
  add(node: number, partition: number, blocks: readonly PersistedBlock[], executorId: string): void {
    const persisted = this.#nodes.get(node);
    if (persisted === undefined || persisted.partitions.has(partition)) {
      for (const block of blocks) block.release();
      return;
    }
    persisted.partitions.set(partition, blocks);
    this.#bus.post("onBlockUpdated", {
      rddId: node,
      name: String(persisted.site),
      storageLevel: persisted.level,
      numPartitions: persisted.numPartitions,
      partition,
      executorId,
      memSize: bytesOf(blocks.filter(({ handle }) => !isInFile(handle))),
      diskSize: bytesOf(blocks.filter(({ handle }) => isInFile(handle))),
    });
  }

  #drop(id: number): void {
    const persisted = this.#nodes.get(id);
    this.#nodes.delete(id);
    if (persisted === undefined) return;
    for (const blocks of persisted.partitions.values()) for (const block of blocks) block.release();
    if (persisted.partitions.size > 0) this.#bus.post("onUnpersistRDD", { rddId: id });
  }
}

function bytesOf(blocks: readonly PersistedBlock[]): number {
  return blocks.reduce((sum, { handle }) => sum + handle.length, 0);
}
