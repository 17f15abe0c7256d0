import type { CallSite } from "../core/call-site.ts";
import { BUCKETS, bucketOf } from "../core/hash.ts";
import { MillraceError } from "../errors.ts";
import type { RangeRule } from "./range-partitioner.ts";

/**
 * Sends each key to a partition. A program may bring its own: an object with these members, usually of a class, which
 * travels to the executors by value.
 *
 * @example
 * ```ts
 * import { SparkContext } from "millrace";
 *
 * class ByContinent {
 *   readonly numPartitions = 2;
 *   getPartition(airport: string): number {
 *     return airport.startsWith("K") ? 0 : 1;
 *   }
 *   equals(other: unknown): boolean {
 *     return other instanceof ByContinent;
 *   }
 * }
 *
 * const sc = new SparkContext({ master: "local[2]" });
 * const flights = sc.parallelize([["KJFK", "DL42"], ["LFPG", "AF7"], ["KBOS", "B61"]]);
 * console.log(await flights.partitionBy(new ByContinent()).glom().collect());
 * await sc.stop();
 * ```
 */
export interface Partitioner {
  readonly numPartitions: number;
  /** The partition of a key, 0 to `numPartitions` - 1: the same for the same key, always. */
  getPartition(key: unknown): number;
  /** Whether both send every key to the same partition, so that nothing need move; by default, whether they are one object. */
  equals?(other: unknown): boolean;
}

/** A partitioner as plans hold it: one that can say whether it is another. */
export type PlanPartitioner = Required<Partitioner>;

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
export class HashPartitioner implements PlanPartitioner {
  readonly numPartitions: number;

  constructor(numPartitions: number) {
    this.numPartitions = checkPartitions(numPartitions, "HashPartitioner");
  }

  /** The partition of a key, 0 to `numPartitions` - 1. Throws `UNHASHABLE_KEY` for what cannot be a key. */
  getPartition(key: unknown): number {
    return partitionOfBucket(bucketOf(key), this.numPartitions);
  }

  /** Whether both send every key to the same partition. */
  equals(other: unknown): boolean {
    return other instanceof HashPartitioner && other.numPartitions === this.numPartitions;
  }
}

export function partitionOfBucket(bucket: number, numPartitions: number): number {
  return Math.floor((bucket * numPartitions) / BUCKETS);
}

/** At most one partition a bucket. */
const MOST_PARTITIONS = BUCKETS;

export function checkPartitions(numPartitions: number, asker: CallSite | string): number {
  if (Number.isInteger(numPartitions) && numPartitions >= 1 && numPartitions <= MOST_PARTITIONS) return numPartitions;
  throw new MillraceError(
    "INVALID_ARGUMENT",
    `the number of partitions must be an integer from 1 to ${MOST_PARTITIONS}, not ${numPartitions}`,
    typeof asker === "string" ? { operator: asker } : { operator: asker.operator, site: asker.location },
  );
}

/**
 * A partitioner that an operator asks for: given, or found when the job is planned. `default` is
 * {@link defaultPartitioner}; `first` is that of the first input, or a hash into as many partitions as it has; a
 * {@link RangeRule} looks at a sample of the keys.
 */
export type PartitionerRule = PlanPartitioner | "default" | "first" | RangeRule;

/** How many partitions, or which partitioner, a shuffle gets; by default {@link defaultPartitioner} decides (S18). */
export type Partitions = number | Partitioner;

/** What is known of an RDD's partitions once a job is planned. */
export interface Partitioning {
  readonly numPartitions: number;
  readonly partitioner: PlanPartitioner | undefined;
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
): PlanPartitioner {
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
