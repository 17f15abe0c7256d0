/** Partitioners as programs give them to operators. */
import type { CallSite } from "../core/call-site.ts";
import { MillraceError } from "../errors.ts";
import { CustomPartitioner } from "./custom-partitioner.ts";
import {
  checkPartitions,
  HashPartitioner,
  type PartitionerRule,
  type Partitions,
  type PlanPartitioner,
} from "./partitioner.ts";
import { userFunction } from "./rdd-base.ts";

/** The partitioner that a program has given, as plans hold it. */
export function planPartitioner(given: Partitions, site: CallSite): PlanPartitioner {
  if (typeof given === "number") return new HashPartitioner(checkPartitions(given, site));
  if (given instanceof HashPartitioner) return given;
  if (typeof given?.getPartition !== "function") {
    throw new MillraceError("INVALID_ARGUMENT", `${site.operator} needs a number of partitions or a partitioner`, {
      operator: site.operator,
      site: site.location,
      remedy: "A partitioner has numPartitions and getPartition(key).",
    });
  }
  checkPartitions(given.numPartitions, site);
  const partitioner = CustomPartitioner.of(given);
  userFunction(partitioner.function, site);
  return partitioner;
}

/** The rule that a program's argument stands for; `otherwise` where there is none. */
export function partitionerRule(
  given: Partitions | undefined,
  site: CallSite,
  otherwise: "default" | "first" = "default",
): PartitionerRule {
  return given === undefined ? otherwise : planPartitioner(given, site);
}
