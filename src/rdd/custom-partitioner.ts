import { MillraceError } from "../errors.ts";
import type { Partitioner, PlanPartitioner } from "./partitioner.ts";
import type { UserFunction } from "./plan.ts";

const known = new WeakMap<Partitioner, CustomPartitioner>();

/** A partitioner of the program's own, in a plan. */
export class CustomPartitioner implements PlanPartitioner {
  readonly numPartitions: number;
  readonly own: Partitioner;
  /** What executors get: a function of ours, which they have, bound to the program's object. */
  readonly function: UserFunction;

  private constructor(own: Partitioner) {
    this.numPartitions = own.numPartitions;
    this.own = own;
    this.function = getPartitionOf.bind(undefined, own);
  }

  /** The same for the same object. */
  static of(own: Partitioner): CustomPartitioner {
    if (own instanceof CustomPartitioner) return own;
    let made = known.get(own);
    if (made === undefined) {
      made = new CustomPartitioner(own);
      known.set(own, made);
    }
    return made;
  }

  getPartition(key: unknown): number {
    return checkedPartition(this.own.getPartition(key), this.numPartitions);
  }

  equals(other: unknown): boolean {
    if (!(other instanceof CustomPartitioner)) return false;
    if (other.own === this.own) return true;
    return other.numPartitions === this.numPartitions && (this.own.equals?.(other.own) ?? false);
  }
}

export function getPartitionOf(partitioner: Partitioner, key: unknown): number {
  return partitioner.getPartition(key);
}

/** What a partitioner of the program's returned, where it is a partition. */
export function checkedPartition(partition: unknown, numPartitions: number): number {
  if (Number.isInteger(partition) && (partition as number) >= 0 && (partition as number) < numPartitions) {
    return partition as number;
  }
  const what = typeof partition === "number" ? String(partition) : `a ${typeof partition}`;
  throw new MillraceError("INVALID_ARGUMENT", `the partitioner returned ${what} for a key`, {
    remedy: `Return an integer from 0 to ${numPartitions - 1}; of a negative number, the remainder is negative, too.`,
  });
}
