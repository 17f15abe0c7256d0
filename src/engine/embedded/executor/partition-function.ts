import { bucketOf, bucketOfHash } from "../../../core/hash.ts";
import type { Comparator } from "../../../core/ordering.ts";
import { checkedPartition } from "../../../rdd/custom-partitioner.ts";
import { partitionOfBucket } from "../../../rdd/partitioner.ts";
import { RangePartitioner } from "../../../rdd/range-partitioner.ts";
import type { PartitionerSpec } from "./protocol.ts";
import type { TaskEnvironment } from "./task-environment.ts";

/** Where records go by their key. */
export interface Placing {
  partitionOf(key: unknown): number;
  /** The partition of a key by its hash alone, where that decides. */
  readonly partitionOfHash: ((hash: number) => number) | undefined;
}

export function placing(spec: PartitionerSpec, numPartitions: number, env: TaskEnvironment): Placing {
  const partitionOfHash = (hash: number) => partitionOfBucket(bucketOfHash(hash), numPartitions);
  return {
    partitionOf: partitionFunction(spec, numPartitions, env),
    partitionOfHash: spec.kind === "hash" ? partitionOfHash : undefined,
  };
}

/** The partition of a key, by a partitioner of the driver's. */
export function partitionFunction(
  spec: PartitionerSpec,
  numPartitions: number,
  env: TaskEnvironment,
): (key: unknown) => number {
  switch (spec.kind) {
    case "hash":
      return (key) => partitionOfBucket(bucketOf(key), numPartitions);
    case "range": {
      const { bounds, ascending } = spec;
      const comparator =
        spec.comparator === undefined ? undefined : (env.function(spec.comparator) as Comparator<unknown>);
      const partitioner = new RangePartitioner(bounds, { ascending, comparator });
      return (key) => partitioner.getPartition(key);
    }
    case "custom": {
      const getPartition = env.function(spec.getPartition);
      return (key) => checkedPartition(getPartition(key), numPartitions);
    }
  }
}
