/** Operations on two RDDs that differ in how they are partitioned. */
import { HashPartitioner, type RDD, type SparkContext } from "millrace";
import { input } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { placed } from "./placing.ts";

export interface Sides {
  readonly left: RDD<unknown>;
  readonly right: RDD<unknown>;
}

const SMALL = [1, 2, 3];

/**
 * The two sides of a case that gives `leftPartitions`, `rightPartitionerPartitions` and the like, and its input in words:
 * `left 1..1000, right small`. Undefined for other cases.
 */
export function sides(parameters: Parameters, words: unknown, sparkContext: SparkContext): Sides | undefined {
  const side = (name: "left" | "right"): RDD<unknown> | undefined => {
    const partitions = parameters.number(`${name}Partitions`);
    const placedIn = parameters.number(`${name}PartitionerPartitions`);
    if (partitions === undefined && placedIn === undefined) return undefined;
    const pairs = keys(words, name).map((key): [unknown, unknown] => [key, key]);
    const rdd = sparkContext.parallelize(pairs as [{}, {}][], partitions);
    return placedIn === undefined ? rdd : placed(rdd, new HashPartitioner(placedIn));
  };
  const left = side("left");
  const right = side("right");
  return left && right && { left, right };
}

function keys(words: unknown, name: string): readonly unknown[] {
  const text = typeof words === "string" ? new RegExp(`\\b${name}\\s+([^,]+)`).exec(words)?.[1] : undefined;
  return text === undefined || /^small\b/.test(text) ? SMALL : input(text).records;
}
