import type { FileLookup } from "../filesystem/filesystem.ts";
import type { RecordChunks } from "./record-chunks.ts";
import type { RunningTask } from "./task-context.ts";

/** What a source has to plan its partitions with. */
export interface SourcePlanning {
  readonly filesystem: FileLookup;
  /** How many partitions keep all executors busy. */
  readonly defaultParallelism: number;
}

/** The records of a partition, in any form that does not need them all at once. */
export type SourceRecords<T> = Iterable<T> | AsyncIterable<T> | RecordChunks<T>;

/**
 * Where the records of an RDD come from (Spark's RDD with `getPartitions` and `compute`): implement it for a source of one's own, and give
 * it to `sc.source`. All the sources of millrace are such.
 *
 * ```text
 * driver       partitions() -> p0, p1, p2, ...       once for each RDD, when its first job is planned
 *                               |   |   |
 * executors               compute(p0) compute(p1)    for each job that needs the partition, and again where a thread has died
 * ```
 *
 * What `compute` refers to travels by value, as with any function. Where it is a method that a class gives to its instances the instance
 * travels, too, with its fields; `this` of a function of the object's own is undefined. There are no preferred locations: all
 * executors are threads of one machine.
 *
 * A stream of such sources is an {@link InputDStream} whose `plan` makes an RDD of one for each batch.
 *
 * @example
 * ```ts
 * import { type RddSource, SparkContext } from "millrace";
 *
 * // Rows of a table, by ranges of their ids.
 * class Rows implements RddSource<{ id: number }, { from: number; until: number }> {
 *   readonly table: string;
 *
 *   constructor(table: string) {
 *     this.table = table;
 *   }
 *
 *   partitions() {
 *     return [{ from: 0, until: 100 }, { from: 100, until: 250 }];
 *   }
 *
 *   async *compute({ from, until }: { from: number; until: number }) {
 *     // Where a real one asks the database for this.table, between from and until.
 *     for (let id = from; id < until; id++) yield { id };
 *   }
 * }
 *
 * const sc = new SparkContext({ master: "local[2]" });
 * console.log(await sc.source(new Rows("planes")).count()); // 250
 * await sc.stop();
 * ```
 */
export interface RddSource<T, P> {
  /**
   * What each partition has to be told: data, which travels as records do. Runs on the driver. What it throws fails the jobs that need
   * the RDD, with `CALLBACK_FAILED` unless it is an error of millrace's; the next one asks again.
   */
  partitions(planning: SourcePlanning): Iterable<P> | Promise<Iterable<P>>;

  /**
   * The records of one partition: the same each time. Runs on executors. Only what is wanted is read: an iterator that is left early, because
   * a `take` has enough, something failed, or the job was cancelled, is told so by its `return`, and the block `finally` of a
   * generator runs. What waits for long should watch `task.signal`. What it throws is the failure of the task: `CLOSURE_FAILED`,
   * unless it is an error of millrace's.
   */
  compute(this: void, partition: P, task: RunningTask): SourceRecords<T> | Promise<SourceRecords<T>>;
}

/** A source whatever its partitions and records are. */
export type AnySource = RddSource<unknown, unknown>;

const bound = new WeakMap<AnySource, AnySource["compute"]>();

/** The `compute` of a source as it travels: by itself, or bound to the instance whose method it is. */
export function computeOf(source: AnySource): AnySource["compute"] {
  if (Object.hasOwn(source, "compute")) return source.compute;
  let compute = bound.get(source);
  if (compute === undefined) {
    compute = computed.bind(undefined, source);
    bound.set(source, compute);
  }
  return compute;
}

/** A function of ours, which executors have. */
export function computed(source: AnySource, partition: unknown, task: RunningTask): ReturnType<AnySource["compute"]> {
  return source.compute(partition, task);
}
