import { DStreamOutputs } from "./dstream-outputs.ts";

/**
 * A discretized stream: an RDD for each batch. Its three properties, in Spark's words: the streams it depends on, the
 * time between two of its RDDs, and a function that makes the RDD of a time.
 *
 * A DStream is a thin facade over an immutable plan; operators make new ones, outputs are what the context runs. All are
 * defined before the context starts. The values that a function captures are taken when it starts, too: what a program
 * changes later only `transform` and `foreachRDD` see, which run on the driver.
 *
 * @example
 * ```ts
 * import { StreamingContext } from "millrace";
 *
 * const ssc = new StreamingContext({ master: "local", batchDuration: "10 ms" });
 * const lines = ssc.queueStream([ssc.sparkContext.parallelize(["to be or not", "to be"])]);
 * lines
 *   .flatMap((line) => line.split(" "))
 *   .map((word) => [word, 1])
 *   .reduceByKey((a, b) => a + b)
 *   .print();
 * await ssc.start();
 * await ssc.awaitTerminationOrTimeout("30 ms");
 * await ssc.stop();
 * ```
 */
export class DStream<out T> extends DStreamOutputs<T> {}
