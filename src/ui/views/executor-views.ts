/** Executors and persisted RDDs as REST and pages are told of them. */
import type { BlockUpdated } from "../../rdd/spark-listener.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import type { ExecutorSummary, RDDPartitionInfo, RDDStorageInfo } from "../api.ts";
import type { ExecutorRow, RddRow } from "../status/executor-status.ts";
import { rounded, sparkDate, sparkDateIfKnown } from "./words.ts";

export function executorSummary({ added, removed, ...row }: ExecutorRow): ExecutorSummary {
  return {
    id: added.executorId,
    hostPort: added.host,
    isActive: removed === undefined,
    rddBlocks: row.rddBlocks,
    memoryUsed: row.memoryUsed,
    diskUsed: row.diskUsed,
    totalCores: added.totalCores,
    maxTasks: added.totalCores,
    activeTasks: row.activeTasks,
    failedTasks: row.failedTasks,
    completedTasks: row.completedTasks,
    totalTasks: row.activeTasks + row.failedTasks + row.completedTasks,
    totalDuration: rounded(row.runMs),
    totalInputBytes: row.inputBytes,
    totalShuffleRead: row.shuffleReadBytes,
    totalShuffleWrite: row.shuffleWriteBytes,
    maxMemory: added.maxMemory,
    addTime: sparkDate(added.time),
    removeTime: sparkDateIfKnown(removed?.time),
    removeReason: removed?.reason,
  };
}

export function rddStorageInfo({ latest, memoryUsed, diskUsed, partitions }: RddRow): RDDStorageInfo {
  return {
    id: latest.rddId,
    name: latest.name,
    numPartitions: latest.numPartitions,
    numCachedPartitions: partitions.size,
    storageLevel: inWords(latest.storageLevel),
    memoryUsed,
    diskUsed,
  };
}

export function rddStorageDetail(row: RddRow): RDDStorageInfo {
  const partitions = [...row.partitions.values()].sort((a, b) => a.partition - b.partition).map(partitionInfo);
  return { ...rddStorageInfo(row), partitions };
}

function partitionInfo({
  rddId,
  partition,
  storageLevel,
  memSize,
  diskSize,
  executorId,
}: BlockUpdated): RDDPartitionInfo {
  return {
    blockName: `rdd_${rddId}_${partition}`,
    storageLevel: inWords(storageLevel),
    memoryUsed: memSize,
    diskUsed: diskSize,
    executors: [executorId],
  };
}

/** As Spark's StorageLevel describes itself. */
function inWords({ useDisk, useMemory, deserialized }: StorageLevel): string {
  return `${useDisk ? "Disk " : ""}${useMemory ? "Memory " : ""}${deserialized ? "Deserialized" : "Serialized"} 1x Replicated`;
}
