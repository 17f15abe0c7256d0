import { BUCKETS, bucketOf } from "../core/hash.ts";
import { MillraceError } from "../errors.ts";

/**
 * Sends each key to one of `numPartitions` partitions: partition p holds a contiguous range of hash buckets.
 *
 * Spark takes the hash modulo n; ranges of buckets, on purpose, let state that is kept by bucket move to a new number of
 * partitions without rehashing a key.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { HashPartitioner } from "millrace";
 *
 * const partitioner = new HashPartitioner(4);
 * assert.equal(partitioner.getPartition(["EC-MIG", "engine 1"]), partitioner.getPartition(["EC-MIG", "engine 1"]));
 * ```
 */
export class HashPartitioner {
  readonly numPartitions: number;

  constructor(numPartitions: number) {
    this.numPartitions = checkPartitions(numPartitions, "HashPartitioner");
  }

  /** The partition of a key, 0 to `numPartitions` - 1. Throws `UNHASHABLE_KEY` for what cannot be a key. */
  getPartition(key: unknown): number {
    return partitionOfBucket(bucketOf(key), this.numPartitions);
  }

  /** Whether both send every key to the same partition. */
  equals(other: HashPartitioner | undefined): boolean {
    return other !== undefined && other.numPartitions === this.numPartitions;
  }
}

export function partitionOfBucket(bucket: number, numPartitions: number): number {
  return Math.floor((bucket * numPartitions) / BUCKETS);
}

/** At most one partition a bucket. */
const MOST_PARTITIONS = BUCKETS;

export function checkPartitions(numPartitions: number, operator: string): number {
  if (!Number.isInteger(numPartitions) || numPartitions < 1 || numPartitions > MOST_PARTITIONS) {
    throw new MillraceError(
      "INVALID_ARGUMENT",
      `the number of partitions must be an integer from 1 to ${MOST_PARTITIONS}, not ${numPartitions}`,
      {
        operator,
      },
    );
  }
  return numPartitions;
}

/** A partitioner that an operator asks for: given, or chosen when the job is planned ({@link defaultPartitioner}). */
export type PartitionerRule = HashPartitioner | "default";

export function partitionerRule(given: number | HashPartitioner | undefined, operator: string): PartitionerRule {
  if (given === undefined) return "default";
  return given instanceof HashPartitioner ? given : new HashPartitioner(checkPartitions(given, operator));
}

/** What is known of an RDD's partitions once a job is planned. */
export interface Partitioning {
  readonly numPartitions: number;
  readonly partitioner: HashPartitioner | undefined;
}

/**
 * The partitioner of a shuffle that names none, by the partitions of what flows into it (Spark's
 * `Partitioner.defaultPartitioner`; S18): the largest partitioner there already is, if it is less than an order of
 * magnitude smaller than the largest input or at least as large as the default; else a new one with the default number
 * of partitions: `spark.default.parallelism` if it is set, else that of the largest input.
 */
export function defaultPartitioner(
  inputs: readonly Partitioning[],
  defaultParallelism: number | undefined,
): HashPartitioner {
  const largestInput = Math.max(1, ...inputs.map((input) => input.numPartitions));
  const existing = inputs
    .map((input) => input.partitioner)
    .reduce((best, next) => (next && next.numPartitions > (best?.numPartitions ?? 0) ? next : best), undefined);
  const defaultPartitions = defaultParallelism ?? largestInput;
  if (
    existing &&
    (Math.log10(largestInput) - Math.log10(existing.numPartitions) < 1 || defaultPartitions <= existing.numPartitions)
  ) {
    return existing;
  }
  return new HashPartitioner(defaultPartitions);
}
