import { driverOnly } from "../closure/driver-only.ts";
import { CallSite } from "../core/call-site.ts";
import { Duration } from "../core/duration.ts";
import type { Time } from "../core/time.ts";
import { MillraceError } from "../errors.ts";
import { planPartitioner } from "../rdd/given-partitioner.ts";
import { HashPartitioner, type Partitions, type PlanPartitioner } from "../rdd/partitioner.ts";
import type { RDD } from "../rdd/rdd.ts";
import { checkStorageLevel } from "../rdd/rdd-base.ts";
import { StorageLevel } from "../rdd/storage-level.ts";
import type { SparkContext } from "../spark-context.ts";
import { at, type StateStreamNode, type StreamNode } from "./dstream/stream-node.ts";
import type { DStream } from "./dstream.ts";
import type { DStreamGraph } from "./dstream-graph.ts";
import type { BatchPlanner } from "./scheduler/batch-planner.ts";
import type { MapWithStateDStream } from "./state/map-with-state-dstream.ts";
import type { StreamingContext } from "./streaming-context.ts";
import type { StreamingRun } from "./streaming-run.ts";
import type { TextSink } from "./text-sink.ts";

/** What a DStream needs of its context. */
export interface DStreamContext {
  readonly sparkContext: SparkContext;
  /** @internal */
  readonly graph: DStreamGraph;
  /** @internal */
  readonly sink: TextSink;
  /** @internal What is at work while the context is ACTIVE. */
  readonly run: StreamingRun | undefined;
  /** @internal A facade over a stream. Throws `CONTEXT_STATE` once the context has started. */
  dstream<T>(node: StreamNode): DStream<T>;
  /** @internal The facade over a stream that there is already. */
  facade(node: StreamNode): DStream<unknown>;
  /** @internal The same for one with a state. */
  mapWithStateDStream<K, S, U>(node: StateStreamNode): MapWithStateDStream<K, S, U>;
}

/** What every DStream is, before any operator: a plan, a context, and how its RDDs are kept. */
export abstract class DStreamBase<out T> {
  /** @internal */
  readonly streamContext: DStreamContext;
  /** @internal */
  readonly node: StreamNode;
  /** Keeps the type of the records, which no field has, apart from that of other streams. */
  declare protected readonly recordType?: T;

  constructor(context: DStreamContext, node: StreamNode) {
    this.streamContext = context;
    this.node = node;
  }

  /** The time between two RDDs of this stream: the batch duration, unless there is a window above. */
  get slideDuration(): Duration {
    return new Duration(this.node.slideMs);
  }

  /** The context that this stream belongs to. */
  get context(): StreamingContext {
    return this.streamContext as StreamingContext;
  }

  /** The streams that this one is made from: none for an input. */
  get dependencies(): readonly DStream<unknown>[] {
    return this.node.parents.map((parent) => this.streamContext.facade(parent));
  }

  /**
   * Keeps the RDDs of this stream, in memory or in files ({@link StorageLevel}), so that several outputs compute them once; they are freed
   * when no stream needs them any more. Before `start()`; a later call changes an earlier one's level. A window keeps nothing itself:
   * what it is told goes to its parent, whose RDDs all windows share, and which is MEMORY_ONLY_SER unless told.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [[1, 2], [3]],
   *   operation: (numbers) => {
   *     const squares = numbers.map((n) => n * n).persist();
   *     return squares.union(squares); // computed once
   *   },
   *   expected: [[1, 4, 1, 4], [9, 9]],
   * });
   * ```
   */
  persist(level: StorageLevel = StorageLevel.MEMORY_ONLY_SER): this {
    const site = new CallSite("persist");
    checkStorageLevel(level, () => site);
    this.streamContext.graph.persist(this.node, level, site);
    return this;
  }

  /** `persist()` with Spark's default level for streams, MEMORY_ONLY_SER. */
  cache(): this {
    return this.persist();
  }

  get storageLevel(): StorageLevel {
    return this.streamContext.graph.level(this.node);
  }

  /**
   * The RDDs of this stream from `from` to `to`, both of them rounded down to its slide: of the batches that have come and
   * are still remembered, oldest first. To have more of them, see `StreamingContext.remember`. `CONTEXT_STATE` unless the
   * context is ACTIVE and an output needs the stream.
   *
   * @example
   * ```ts
   * import { Time } from "millrace";
   * import { StreamTester } from "millrace/testing";
   *
   * const tester = new StreamTester({ batchDuration: "1 second" });
   * const numbers = tester.input([[1], [2], [3]]);
   * numbers.print();
   * tester.ssc.remember("10 seconds");
   * await tester.start();
   * await tester.advance("3 seconds");
   * const rdds = await numbers.slice(new Time(2000), new Time(3000));
   * console.log(await Promise.all(rdds.map((rdd) => rdd.collect()))); // [ [ 2 ], [ 3 ] ]
   * await tester.stop();
   * ```
   */
  async slice(from: Time, to: Time): Promise<RDD<T>[]> {
    const { sparkContext } = this.streamContext;
    const plans = await this.#planner(new CallSite("slice")).slice(this.node, from.milliseconds, to.milliseconds);
    return plans.map((plan) => sparkContext.rdd<T>(plan));
  }

  /**
   * The RDD of this stream at `time`, the same that its outputs get: undefined where `time` is none of its times, has not come, or
   * is not remembered any more. `CONTEXT_STATE` unless the context is ACTIVE and an output needs the stream. For many times see
   * {@link DStreamBase.slice}.
   *
   * @example
   * ```ts
   * import { Time } from "millrace";
   * import { StreamTester } from "millrace/testing";
   *
   * const tester = new StreamTester({ batchDuration: "1 second" });
   * const numbers = tester.input([[1], [2]]);
   * numbers.print();
   * await tester.start();
   * await tester.advance("2 seconds");
   * const rdd = await numbers.compute(new Time(2000));
   * console.log(await rdd?.collect()); // [ 2 ]
   * await tester.stop();
   * ```
   */
  async compute(time: Time): Promise<RDD<T> | undefined> {
    const plan = await this.#planner(new CallSite("compute")).at(this.node, time.milliseconds);
    return plan && this.streamContext.sparkContext.rdd<T>(plan);
  }

  #planner(site: CallSite): BatchPlanner {
    const planner = this.streamContext.run?.planner;
    if (planner?.rdds.has(this.node)) return planner;
    throw new MillraceError("CONTEXT_STATE", "the stream has not been initialised, so it has no RDDs", {
      ...at(site),
      remedy: `Call ${site.operator}() while the context is ACTIVE, on a stream that an output needs.`,
    });
  }

  /**
   * Gives the stream a name, by which its state goes: in its files, and for a program that is started again. Every name is one
   * stream's. Before `start()`.
   *
   * @example
   * ```ts
   * import { testOperation } from "millrace/testing";
   *
   * await testOperation({
   *   input: [["a"], ["a"]],
   *   operation: (words) =>
   *     words.map((word) => [word, 1]).updateStateByKey((ones, count: number = 0) => count + ones.length).named("counts"),
   *   expected: [[["a", 1]], [["a", 2]]],
   * });
   * ```
   */
  named(name: string): this {
    this.streamContext.graph.name(this.node, name, new CallSite("named"));
    return this;
  }

  /** What a closure that captured this stream is told. */
  [Symbol.for("millrace.ship")](): never {
    return driverOnly("DStream");
  }

  /** @internal The partitioner of a shuffle; on streams the default never depends on what flows into it (S18). */
  protected partitioner(given: Partitions | undefined, site: CallSite): PlanPartitioner {
    if (given !== undefined) return planPartitioner(given, site);
    return new HashPartitioner(this.streamContext.sparkContext.defaultParallelism);
  }
}

/** Checks that what an operator brings together are streams, and of one context. */
export function sameContext(streams: readonly DStreamBase<unknown>[], site: CallSite): void {
  if (!streams.every((stream) => stream instanceof DStreamBase)) {
    throw new MillraceError("INVALID_ARGUMENT", `${site.operator} needs streams`, {
      ...at(site),
      remedy: "Make one of an RDD with constantStream(), or use the RDD in transform().",
    });
  }
  if (streams.every(({ streamContext }) => streamContext === streams[0]?.streamContext)) return;
  throw new MillraceError("INVALID_ARGUMENT", `${site.operator} needs streams of one StreamingContext`, at(site));
}

/** Checks a function that runs on the driver, where nothing has to be shipped. */
export function driverFunction<F>(f: F, site: CallSite): F {
  if (typeof f === "function") return f;
  throw new MillraceError(
    "INVALID_ARGUMENT",
    `${site.operator} needs a function, not ${f === null ? "null" : typeof f}`,
    at(site),
  );
}
