/** Where and how the partitions of a persisted RDD, or the blocks of a receiver, are kept. */
export interface StorageLevel {
  readonly name: string;
  /** In memory, as long as there is room. */
  readonly useMemory: boolean;
  /** In files: what there is no room for in memory, or all where memory is not used. */
  readonly useDisk: boolean;
  readonly deserialized: boolean;
  /** How many copies Spark would keep. Here there is always one: memory and disk are those of one machine. */
  readonly replication: number;
}

/**
 * The storage levels, by Spark's names. What is kept in memory lies in encoded blocks of shared memory, also at levels without `_SER`:
 * every executor thread reads them without a copy, and they outlive the thread that wrote them. What is kept on disk lies in files
 * below `spark.local.dir`, with checksums, which go with what they are of. A partition that there is no room for, at levels without disk
 * or where the disk is full, is computed again when it is needed. The levels that end in `_2` or `_3` keep one copy, as those without,
 * and `OFF_HEAP` is `MEMORY_AND_DISK_SER`.
 */
export const StorageLevel = {
  NONE: level("NONE", { useMemory: false }),
  DISK_ONLY: level("DISK_ONLY", { useMemory: false, useDisk: true }),
  DISK_ONLY_2: level("DISK_ONLY_2", { useMemory: false, useDisk: true, replication: 2 }),
  DISK_ONLY_3: level("DISK_ONLY_3", { useMemory: false, useDisk: true, replication: 3 }),
  MEMORY_ONLY: level("MEMORY_ONLY", { deserialized: true }),
  MEMORY_ONLY_2: level("MEMORY_ONLY_2", { deserialized: true, replication: 2 }),
  MEMORY_ONLY_SER: level("MEMORY_ONLY_SER", {}),
  MEMORY_ONLY_SER_2: level("MEMORY_ONLY_SER_2", { replication: 2 }),
  MEMORY_AND_DISK: level("MEMORY_AND_DISK", { useDisk: true, deserialized: true }),
  MEMORY_AND_DISK_2: level("MEMORY_AND_DISK_2", { useDisk: true, deserialized: true, replication: 2 }),
  MEMORY_AND_DISK_SER: level("MEMORY_AND_DISK_SER", { useDisk: true }),
  MEMORY_AND_DISK_SER_2: level("MEMORY_AND_DISK_SER_2", { useDisk: true, replication: 2 }),
  OFF_HEAP: level("OFF_HEAP", { useDisk: true }),
} as const satisfies Record<string, StorageLevel>;

/** Whether a program that is not type-checked has given one. */
export function isStorageLevel(given: unknown): given is StorageLevel {
  const { useMemory, useDisk } = (given ?? {}) as Partial<StorageLevel>;
  return typeof useMemory === "boolean" && typeof useDisk === "boolean";
}

function level(
  name: string,
  { useMemory = true, useDisk = false, deserialized = false, replication = 1 }: Partial<Omit<StorageLevel, "name">>,
): StorageLevel {
  return Object.freeze({ name, useMemory, useDisk, deserialized, replication });
}
