import { CallSite } from "../core/call-site.ts";
import { MillraceError } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";
import type { Engine } from "./engine.ts";
import { checkPartitions } from "./partitioner.ts";
import { nextPlanId, type PlanNode } from "./plan.ts";
import type { RDD } from "./rdd.ts";
import { planOf, type RddContext, userFunction } from "./rdd-base.ts";
import type { Shape } from "./shape.ts";
import { type AnySource, computeOf, type RddSource } from "./source.ts";
import { type FileFormat, filesSource } from "./sources/file-format.ts";
import { parallelizeSource } from "./sources/parallelize.ts";
import { rangeSource } from "./sources/range.ts";
import { textFormat } from "./sources/text-file.ts";

const objectFiles = lazyModule<typeof import("./sources/object-file.ts")>(import.meta.url, "./sources/object-file.ts");

const fixedLength = lazyModule<typeof import("./sources/fixed-length.ts")>(
  import.meta.url,
  "./sources/fixed-length.ts",
);
const wholeFiles = lazyModule<typeof import("./sources/whole-files.ts")>(import.meta.url, "./sources/whole-files.ts");

export interface ObjectFileOptions {
  /** The classes whose instances the files hold. */
  readonly classes?: readonly (abstract new (
    ...args: never[]
  ) => unknown)[];
}

/** Where RDDs begin: what the driver has, files, and sources of the program's own. */
export abstract class RddInputs implements RddContext {
  /** @internal */
  abstract get engine(): Engine;
  /** Partitions where nothing else says how many: `spark.default.parallelism`, or the number of executor threads. */
  abstract get defaultParallelism(): number;
  /** @internal */
  abstract rdd<T>(plan: PlanNode): RDD<T>;

  /**
   * An RDD of values that the driver has. Slice i of k holds elements [i·n/k, (i+1)·n/k) (S19).
   *
   * @param numSlices how many partitions; `defaultParallelism` by default
   */
  parallelize<T extends Shape>(data: Iterable<T>, numSlices: number = this.defaultParallelism): RDD<T> {
    const records = Array.from(data);
    return this.#source(
      parallelizeSource(records, checkPartitions(numSlices, "parallelize")),
      new CallSite("parallelize"),
    );
  }

  /** The numbers from `start` up to and without `end`, `step` apart; they are never held as an array. */
  range(start: number, end: number, step = 1, numSlices: number = this.defaultParallelism): RDD<number> {
    const site = new CallSite("range");
    if (!Number.isFinite(start) || !Number.isFinite(end) || !Number.isFinite(step) || step === 0) {
      throw new MillraceError(
        "INVALID_ARGUMENT",
        `range needs finite numbers and a step other than 0, not (${start}, ${end}, ${step})`,
        {
          operator: site.operator,
          site: site.location,
        },
      );
    }
    return this.#source(rangeSource(start, end, step, checkPartitions(numSlices, "range")), site);
  }

  /**
   * The lines of a file, of all files directly in a directory, or of all that a glob pattern matches (`logs/2026-*`,
   * `{a,b}/*.gz`, `logs/**`), in the order of their names; files and matches whose names begin with `.` or `_` are skipped.
   * Lines end with `\n` or `\r\n`; the text is UTF-8, and bytes that are not become U+FFFD. Large files are split. Files
   * that end in `.gz` are unpacked as they are read, each in one partition. The files are listed when the first job runs; a
   * path that cannot be read is `FILE_UNREADABLE` then.
   *
   * @param minPartitions splits wanted at least, where sizes allow; the smaller of `defaultParallelism` and 2 by default
   *
   * @example
   * ```ts no-run
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext();
   * console.log(await sc.textFile("logs").filter((line) => line.includes("ERROR")).count());
   * await sc.stop();
   * ```
   */
  textFile(path: string, minPartitions: number = Math.min(this.defaultParallelism, 2)): RDD<string> {
    return this.#files(path, minPartitions, textFormat, new CallSite("textFile"));
  }

  /**
   * A record for each file: its path and its text (UTF-8, unpacked where the name ends in `.gz`). Which files a path stands
   * for is as in {@link textFile}. Small files share partitions; each text must fit into memory.
   *
   * @param minPartitions partitions wanted at least, where sizes allow; the smaller of `defaultParallelism` and 2 by default
   *
   * @example
   * ```ts no-run
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext();
   * const reports = sc.wholeTextFiles("reports/*.json").mapValues((text) => JSON.parse(text) as { plane: string });
   * console.log(await reports.collect());
   * await sc.stop();
   * ```
   */
  wholeTextFiles(
    path: string,
    minPartitions: number = Math.min(this.defaultParallelism, 2),
  ): RDD<[path: string, text: string]> {
    return this.#files(path, minPartitions, wholeFiles().wholeTextFormat, new CallSite("wholeTextFiles"));
  }

  /**
   * A record for each file: its path and its bytes, as they lie there, where Spark has a stream of them. Otherwise as
   * {@link wholeTextFiles}.
   *
   * @example
   * ```ts no-run
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext();
   * console.log(await sc.binaryFiles("pictures/*.png").mapValues((bytes) => bytes.length).collect());
   * await sc.stop();
   * ```
   */
  binaryFiles(
    path: string,
    minPartitions: number = Math.min(this.defaultParallelism, 2),
  ): RDD<[path: string, bytes: Uint8Array]> {
    return this.#files(path, minPartitions, wholeFiles().wholeBinaryFormat, new CallSite("binaryFiles"));
  }

  /**
   * The records of files in which each has `recordLength` bytes. Large files are split where a record begins. A file whose
   * length is no multiple of it is `FILE_CORRUPT`; one that is packed (`.gz`) is refused, as in Spark. Which files a path
   * stands for is as in {@link textFile}.
   *
   * @example
   * ```ts no-run
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext();
   * // Each record: 4 bytes for the time, and 4 for the temperature.
   * const celsius = sc.binaryRecords("readings", 8).map((record) => Buffer.from(record).readFloatBE(4));
   * console.log(await celsius.max());
   * await sc.stop();
   * ```
   */
  binaryRecords(path: string, recordLength: number): RDD<Uint8Array> {
    const site = new CallSite("binaryRecords");
    const format = fixedLength().fixedLengthFormat(checkedLength(recordLength, site));
    return this.#files(path, Math.min(this.defaultParallelism, 2), format, site);
  }

  /**
   * The records that `saveAsObjectFile` has written: those of a file, of all files in a directory, or of all that a glob
   * pattern matches; a partition for each file. A file that is torn or damaged is `FILE_CORRUPT` when it is read.
   *
   * Instances keep their class. The process that wrote them knows it; another one names it: `classes`, which are found by
   * their names. One that is missing is `UNKNOWN_CLASS`.
   *
   * @example
   * ```ts no-run
   * import { SparkContext } from "millrace";
   *
   * class Reading {
   *   celsius = 0;
   *   get isHot(): boolean {
   *     return this.celsius > 600;
   *   }
   * }
   *
   * const sc = new SparkContext();
   * const readings = sc.objectFile<Reading>("readings", { classes: [Reading] });
   * console.log(await readings.filter((reading) => reading.isHot).count());
   * await sc.stop();
   * ```
   */
  objectFile<T>(path: string, { classes = [] }: ObjectFileOptions = {}): RDD<T> {
    const site = new CallSite("objectFile");
    for (const one of classes) userFunction(one, site);
    return this.#source(objectFiles().objectFileSource(path, classes), site);
  }

  /** An RDD without partitions. */
  emptyRDD<T>(): RDD<T> {
    return this.#source({ partitions: () => [], compute: () => [] }, new CallSite("emptyRDD"));
  }

  /** The records of all `rdds`, one RDD after the other. */
  union<T>(rdds: readonly RDD<T>[]): RDD<T> {
    if (rdds.length === 0) return this.emptyRDD();
    const site = new CallSite("union");
    return this.rdd({ type: "union", id: nextPlanId(), site, parents: rdds.map((rdd) => planOf(rdd, site)) });
  }

  /**
   * The records of a source of the program's own ({@link RddSource}). Its values are taken by the first job that needs it.
   *
   * @throws {MillraceError} UNSHIPPABLE_CLOSURE or CONTEXT_IN_CLOSURE for a `compute` that refers to what cannot travel
   *
   * @example
   * ```ts
   * import { SparkContext } from "millrace";
   *
   * const sc = new SparkContext({ master: "local[2]" });
   * const squares = sc.source({
   *   partitions: () => [[0, 3], [3, 5]],
   *   *compute([from, until]) {
   *     for (let n = from; n < until; n++) yield n * n;
   *   },
   * });
   * console.log(await squares.collect()); // [ 0, 1, 4, 9, 16 ]
   * await sc.stop();
   * ```
   */
  source<T extends Shape, P extends Shape>(source: RddSource<T, P>): RDD<T> {
    const site = new CallSite("source");
    return this.#source(checkedSource(source, site), site);
  }

  #files<T, P>(path: string, minPartitions: number, format: FileFormat<T, P>, site: CallSite): RDD<T> {
    return this.#source(filesSource(path, checkPartitions(minPartitions, site.operator), format), site);
  }

  #source<T>(source: AnySource, site: CallSite): RDD<T> {
    return this.rdd({ type: "source", id: nextPlanId(), site, source });
  }
}

/** @internal A source of the program's, as plans keep it. Throws as {@link RddInputs.source} does. */
export function checkedSource<T, P>(source: RddSource<T, P>, site: CallSite): AnySource {
  const given = source as Partial<AnySource> | null | undefined;
  if (typeof given?.partitions !== "function" || typeof given.compute !== "function") {
    throw new MillraceError("INVALID_ARGUMENT", `${site.operator} needs an object with partitions() and compute()`, {
      operator: site.operator,
      site: site.location,
    });
  }
  userFunction(computeOf(given as AnySource), site);
  return given as AnySource;
}

/** @internal Checks a number of bytes that all records are to have. */
export function checkedLength(recordLength: number, site: CallSite): number {
  if (Number.isInteger(recordLength) && recordLength > 0) return recordLength;
  throw new MillraceError("INVALID_ARGUMENT", `records cannot have ${recordLength} bytes`, {
    operator: site.operator,
    site: site.location,
    remedy: "Give the number of bytes that each record has: an integer from 1 on.",
  });
}
