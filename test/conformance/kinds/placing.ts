import { type HashPartitioner, RDD } from "millrace";
import { method } from "../not-yet.ts";

/** Pairs placed by a partitioner. */
export function placed(pairs: RDD<unknown>, partitioner: HashPartitioner): RDD<unknown> {
  if ("partitionBy" in RDD.prototype) return method(pairs, "partitionBy", "RDD")(partitioner) as RDD<unknown>;
  return (pairs as RDD<[unknown, unknown]>).groupByKey(partitioner).mapPartitions(
    (groups) => {
      const ungrouped: [unknown, unknown][] = [];
      for (const [key, values] of groups) for (const value of values) ungrouped.push([key, value]);
      return ungrouped as [{}, {}][];
    },
    { preservesPartitioning: true },
  );
}
