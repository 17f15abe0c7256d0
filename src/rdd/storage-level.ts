/** Where and how the partitions of a persisted RDD are kept. Spark's levels that keep partitions in memory. */
export interface StorageLevel {
  readonly name: string;
  readonly useMemory: boolean;
  readonly deserialized: boolean;
}

/**
 * The storage levels. Both memory levels keep encoded blocks in shared memory, which every executor thread reads without
 * a copy and which outlive the thread that wrote them.
 */
export const StorageLevel = {
  NONE: { name: "NONE", useMemory: false, deserialized: false },
  MEMORY_ONLY: { name: "MEMORY_ONLY", useMemory: true, deserialized: true },
  MEMORY_ONLY_SER: { name: "MEMORY_ONLY_SER", useMemory: true, deserialized: false },
} as const satisfies Record<string, StorageLevel>;
