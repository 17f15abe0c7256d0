/** What an engine is to the RDDs that hold it, and to the streams that feed it. */
import type { CallSite } from "../core/call-site.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import type { Partitioning } from "./partitioner.ts";
import type { PlanNode, StateNode } from "./plan.ts";
import type { StateRule, StateSettings } from "./state-rule.ts";
import type { StorageLevel } from "./storage-level.ts";

export interface Engine {
  /** What RDDs are read from, and saved to. */
  readonly filesystem: FileSystem;
  /** The streaming batch that the caller works for, if any. */
  readonly batch: BatchScope | undefined;
  /** Partitions where nothing else says how many: `spark.default.parallelism`, or the number of executor threads. */
  readonly defaultParallelism: number;

  /**
   * Runs a job: computes the wanted partitions of `plan`, all of them by default, and yields their records in partition
   * order. Leaving the iteration early cancels what is not yet done. Rejects with the first failure of a task.
   */
  run(plan: PlanNode, job: JobOptions): AsyncIterable<PartitionResult>;

  /**
   * Runs `body`, an action, and the jobs that it starts: they are cancelled by its signal. In a streaming batch it belongs to
   * the output operation that started it.
   */
  act<R>(action: ActionSite, body: () => Promise<R>): Promise<R>;

  /** The partitions of `plan`, planned at the first call (files are listed then) and the same ever after. */
  partitioning(plan: PlanNode): Promise<Partitioning>;

  /** Frees what executors have of a broadcast. */
  dropBroadcast(id: number): void;

  /** Keeps the partitions of `plan` at their first computation. Takes effect on the call. */
  persist(plan: PlanNode, level: StorageLevel): void;
  /** Frees what {@link Engine.persist} kept, at once. */
  unpersist(plan: PlanNode): void;
  storageLevel(plan: PlanNode): StorageLevel;

  /** Prepares to keep the state of an operator. Throws `FILE_UNWRITABLE` where its files cannot be. */
  openState(rule: StateRule, settings: StateSettings): Promise<void>;
  /** Computes the batch of a state node, and those before it, unless they have been. */
  advanceState(node: StateNode): Promise<void>;
  /** The last batch that the state has in all its partitions, as a time; undefined before the first. */
  stateTime(rule: StateRule): number | undefined;
  /** Frees what a state node has emitted: nobody will read its RDDs again. */
  forgetState(node: StateNode): void;
  /** Frees the state of an operator, and removes its files. */
  closeState(rule: StateRule): Promise<void>;
}

/** An action, where the program calls it. */
export interface ActionSite {
  readonly site: CallSite;
  readonly signal: AbortSignal | undefined;
}

export interface JobOptions {
  /** The action and the line that called it. */
  readonly site: CallSite;
  readonly partitions?: readonly number[];
}

export interface PartitionResult {
  readonly partition: number;
  readonly records: readonly unknown[];
}

/** The streaming batch that jobs belong to. */
export interface BatchScope {
  /** The batch's time, which is its id. */
  readonly batchTime: number;
  /** The output operation that they are for; undefined while the batch is being planned. */
  readonly outputOpId?: number;
  /** What the jobs are for, in events. */
  readonly description: string;
  /** @internal Where the program calls the output operation: for the jobs that it does not call itself, as those of `print`. */
  readonly site?: CallSite;
}
