import { CallSite } from "../core/call-site.ts";
import type { Time } from "../core/time.ts";
import { MillraceError } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";
import type { RDD } from "../rdd/rdd.ts";
import { at, type OutputLife } from "./dstream/stream-node.ts";
import { driverFunction } from "./dstream-base.ts";
import { DStreamState } from "./dstream-state.ts";
import { BatchReading, type StreamBatches, type ToBatchesOptions } from "./stream-batches.ts";

/** It loads thirty modules of Node's, and few programs print records that are no strings. */
const util = lazyModule<typeof import("node:util")>(import.meta.url, "node:util");

const RULE = "-------------------------------------------";

/**
 * The output operations: what is done with each batch. They run in the order of their definition, one batch after the
 * other, and are what makes a context compute anything at all.
 */
export abstract class DStreamOutputs<out T> extends DStreamState<T> {
  /**
   * Prints the first `n` records of each batch, under the batch's time.
   *
   * @example
   * ```ts
   * import { StreamingContext } from "millrace";
   *
   * const ssc = new StreamingContext({ master: "local", batchDuration: "10 ms" });
   * ssc.queueStream([ssc.sparkContext.range(0, 100)]).print(3);
   * await ssc.start();
   * await ssc.awaitTerminationOrTimeout("30 ms");
   * await ssc.stop();
   * // -------------------------------------------
   * // Time: 1792134000010 ms
   * // -------------------------------------------
   * // 0
   * // 1
   * // 2
   * // ...
   * ```
   */
  print(n = 10): void {
    const { sink } = this.streamContext;
    const site = new CallSite("print");
    if (!(n >= 0)) throw new MillraceError("INVALID_ARGUMENT", `print cannot print ${n} records`, at(site));
    this.#output(site, async (rdd, time) => {
      const taken = await rdd.take(n + 1);
      const lines = taken.slice(0, n).map(asLine);
      if (taken.length > n) lines.push("...");
      sink.log([RULE, `Time: ${time}`, RULE, ...lines, ""].join("\n"));
    });
  }

  /**
   * Calls `f` with the RDD of each batch. `f` runs on the driver and may be async; it should run an action, or nothing is
   * computed. Jobs that it starts belong to it, awaited or not: the batch ends when they do. When it fails, the error
   * is reported, and the next output and the next batch run.
   *
   * `time` is the same whenever the batch is run: with it an output can be made idempotent.
   *
   * @example
   * ```ts
   * import { StreamingContext } from "millrace";
   *
   * const ssc = new StreamingContext({ master: "local", batchDuration: "10 ms" });
   * const sums: number[] = [];
   * ssc.queueStream([ssc.sparkContext.range(0, 100)]).foreachRDD(async (rdd) => {
   *   sums.push(await rdd.count());
   * });
   * await ssc.start();
   * await ssc.awaitTerminationOrTimeout("30 ms");
   * await ssc.stop();
   * console.log(sums[0]); // 100
   * ```
   */
  foreachRDD(f: (rdd: RDD<T>, time: Time) => unknown): void {
    const site = new CallSite("foreachRDD");
    this.#output(site, driverFunction(f, site));
  }

  /**
   * Saves each batch as text, as `RDD.saveAsTextFile` does, in a directory of its own: `prefix-TIME`, or
   * `prefix-TIME.suffix`, with the batch's time in milliseconds. A batch that is run again replaces its files.
   *
   * @example
   * ```ts no-run
   * import { StreamingContext } from "millrace";
   *
   * const ssc = new StreamingContext({ batchDuration: "1 minute" });
   * ssc.socketTextStream("localhost", 9999).saveAsTextFiles("logs/lines", "txt"); // logs/lines-1792134000000.txt
   * await ssc.start();
   * ```
   */
  saveAsTextFiles(prefix: string, suffix = ""): void {
    const site = new CallSite("saveAsTextFiles");
    checkPrefix(prefix, site);
    this.#output(site, (rdd, time) => rdd.saveAsTextFile(batchPath(prefix, time, suffix)));
  }

  /**
   * Saves the records of each batch as they are, as `RDD.saveAsObjectFile` does, in a directory of its own: see
   * {@link saveAsTextFiles}. `SparkContext.objectFile` reads them.
   *
   * @example
   * ```ts no-run
   * import { StreamingContext } from "millrace";
   *
   * const ssc = new StreamingContext({ batchDuration: "1 minute" });
   * const lines = ssc.socketTextStream("localhost", 9999);
   * lines.countByValue().saveAsObjectFiles("counts/minute"); // counts/minute-1792134000000
   * await ssc.start();
   * ```
   */
  saveAsObjectFiles(prefix: string, suffix = ""): void {
    const site = new CallSite("saveAsObjectFiles");
    checkPrefix(prefix, site);
    this.#output(site, (rdd, time) => rdd.saveAsObjectFile(batchPath(prefix, time, suffix)));
  }

  /**
   * The batches of this stream, to be read with `for await`, each as its time and its records. It is an output like any
   * other, so it is called before `start()`.
   *
   * Batches come no faster than they are read: `highWaterMark` of them, 1 by default, may wait, and then the batch that runs
   * waits, and those after it. Nobody's batches are kept: if the iteration has not begun within one batch duration of
   * `start()`, or has been left, batches are dropped without being computed; a warning says so once, and `dropped` counts
   * them. The iteration ends when the context has stopped; a batch that fails is not in it, but in `awaitTermination()`.
   *
   * @example
   * ```ts
   * import { StreamingContext } from "millrace";
   *
   * const ssc = new StreamingContext({ master: "local", batchDuration: "10 ms" });
   * const numbers = ssc.queueStream([ssc.sparkContext.range(0, 3), ssc.sparkContext.range(3, 6)]);
   * const squares = numbers.map((n) => n * n).toBatches();
   * await ssc.start();
   * for await (const { time, records } of squares) {
   *   console.log(`${time}: ${records}`); // 1792134000010 ms: 0,1,4
   *   if (records.includes(25)) break;
   * }
   * await ssc.stop();
   * ```
   */
  toBatches({ highWaterMark = 1 }: ToBatchesOptions = {}): StreamBatches<T> {
    const site = new CallSite("toBatches");
    const batches = new BatchReading<T>(site, highWaterMark);
    this.#output(site, (rdd, time) => batches.run(rdd, time), batches.life);
    return batches;
  }

  #output(site: CallSite, run: (rdd: RDD<T>, time: Time) => unknown, life?: OutputLife): void {
    this.streamContext.graph.addOutput({
      site,
      parent: this.node,
      run: run as (rdd: RDD<unknown>, time: Time) => unknown,
      ...(life && { life }),
    });
  }
}

function checkPrefix(prefix: string, site: CallSite): void {
  if (typeof prefix === "string") return;
  throw new MillraceError("INVALID_ARGUMENT", `${site.operator} needs the beginning of a path`, at(site));
}

/** Spark's `rddToFileName`. */
function batchPath(prefix: string, { milliseconds }: Time, suffix: string): string {
  return `${prefix}${prefix && "-"}${milliseconds}${suffix && "."}${suffix}`;
}

function asLine(record: unknown): string {
  return typeof record === "string" ? record : util().inspect(record, { breakLength: Number.POSITIVE_INFINITY });
}
