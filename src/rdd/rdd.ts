import { OutputActions } from "./output-actions.ts";

/**
 * A resilient distributed dataset: an immutable, partitioned collection of records, described by how it is computed.
 * Its five properties, in Spark's words: a list of partitions, a function for computing each, dependencies on other
 * RDDs, a partitioner where its keys have been placed by one, and where each partition is best computed.
 *
 * An RDD is a thin facade over an immutable plan; operators ({@link Transformations}, {@link PairFunctions}) make new
 * ones and compute nothing, {@link Actions} run jobs.
 *
 * @example
 * ```ts
 * import { SparkContext } from "millrace";
 *
 * const sc = new SparkContext({ master: "local[2]", appName: "word count" });
 * const counts = sc.parallelize(["to be or not", "to be"])
 *   .flatMap((line) => line.split(" "))
 *   .map((word) => [word, 1])
 *   .reduceByKey((a, b) => a + b);
 * console.log(await counts.collect());
 * await sc.stop();
 * ```
 */
export class RDD<out T> extends OutputActions<T> {}
