/** What feeds an input stream. */
import type { PlanNode } from "../rdd/plan.ts";
import type { SparkContext } from "../spark-context.ts";
import type { ReceivedBlock, ReceiverTracker } from "./receiver/receiver-tracker.ts";

/** The description of an input, which holds no connection: the plan of a stream keeps it. */
export interface InputSource {
  /** For listeners and messages, as `socket text stream localhost:9999`. */
  readonly name: string;
  /** Called once, when the context starts. */
  open(host: InputHost): OpenInput;
}

export interface InputHost {
  readonly streamId: number;
  readonly sparkContext: SparkContext;
  /** Has not started yet: the moment to add receivers to it. */
  readonly receivers: ReceiverTracker;
}

export interface OpenInput {
  /**
   * Settles the input of one batch, once and for all. Called at each tick, in the order of the batches, whether or not
   * an output is due; undefined means no RDD in this batch.
   */
  plan(tick: Tick): InputBatch | undefined | Promise<InputBatch | undefined>;
}

export interface Tick {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** What the receivers got since the last tick, by stream. */
  readonly received: Promise<ReadonlyMap<number, readonly ReceivedBlock[]>>;
}

/** The input of one batch. */
export interface InputBatch {
  readonly plan: PlanNode;
  /** What listeners are told; undefined where the number of records is not known without a job. */
  readonly numRecords?: number;
  /** What listeners are told besides; `Description` is for people. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Called, without a `this`, when no stream needs the batch any more. It must not hold the plan. */
  readonly release?: () => void;
}
