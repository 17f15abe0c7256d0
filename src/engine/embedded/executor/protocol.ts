/**
 * What crosses between the driver and an executor: these types and no others. Tasks are plain data; functions of the
 * program travel once, by id; blocks travel as handles.
 */
import type { BlockHandle, BlockPlace, StoredBlock } from "../../../core/block.ts";
import type { WireError } from "../../../errors.ts";
import type { LogMessage } from "../../../platform/log.ts";
import type { Aggregation } from "../../../rdd/aggregation.ts";
import type { OperatorName } from "../../../rdd/operators/index.ts";
import type { Chunk } from "../../../rdd/record-chunks.ts";
import type { SourceName } from "../../../rdd/sources/index.ts";
import type { StateOperator } from "../../../rdd/state-rule.ts";
import type { MetricsList } from "../../../rdd/task-metrics.ts";

export const PROTOCOL_VERSION = 1;

/** A function or class of the program, by the id of its shipped closure. */
export type ClosureId = number;

/** One operator over what comes before it. */
export interface StepSpec {
  /** The plan node, for errors: the driver knows its operator and line. */
  readonly node: number;
  /** The operator's name, or `persist`: keep what passes as an encoded block, at the storage level that is the argument. */
  readonly operator: OperatorName | "persist";
  readonly closures: readonly ClosureId[];
  readonly argument?: unknown;
  /** The partition of the node. Unions and coalesced partitions have other ones above and below. */
  readonly partition: number;
  /** What planning has found out for this partition, where the operator asks for it. */
  readonly planned?: unknown;
}

export interface AggregationSpec {
  readonly node: number;
  readonly kind: Aggregation["kind"];
  readonly closures: readonly ClosureId[];
  /** What a fold begins with at each key. */
  readonly zero?: unknown;
}

/** Which partition of a shuffle a key goes to. */
export type PartitionerSpec =
  | { readonly kind: "hash" }
  /** Keys up to and including the first bound, those up to the second, ... and those beyond the last. */
  | {
      readonly kind: "range";
      readonly bounds: readonly unknown[];
      readonly ascending: boolean;
      readonly comparator: ClosureId | undefined;
    }
  /** A rule of the program's own. */
  | { readonly kind: "custom"; readonly getPartition: ClosureId };

/** A partition, computed: where its records come from, and the operators over them. */
export interface PipelineSpec {
  /** The plan node that the source stands for. */
  readonly node: number;
  readonly source: SourceSpec;
  readonly steps: readonly StepSpec[];
}

export type SourceSpec =
  /** The driver's own records, encoded. */
  | { readonly kind: "records"; readonly batches: readonly Uint8Array[] }
  /** A partition of a source of millrace's, as it was planned. */
  | { readonly kind: "named"; readonly name: SourceName; readonly input: unknown }
  /** A partition of a source of the program's, as a record, encoded. */
  | { readonly kind: "shipped"; readonly compute: ClosureId; readonly input: Uint8Array }
  /** Encoded records, block after block: a persisted partition, or the shuffle output of a repartition. */
  | { readonly kind: "blocks"; readonly blocks: readonly StoredBlock[]; readonly from: "cache" | "shuffle" }
  /** Pairs, aggregated by key. From a shuffle they are in map order; `combined` says they are combiners already. */
  | {
      readonly kind: "aggregate";
      readonly input: PipelineSpec;
      readonly combined: boolean;
      readonly aggregation: AggregationSpec;
    }
  /** One input after the other. */
  | { readonly kind: "concat"; readonly inputs: readonly PipelineSpec[] }
  /** Pairs of several inputs, grouped by key. */
  | { readonly kind: "cogroup"; readonly inputs: readonly PipelineSpec[] }
  /**
   * What other tasks have made that go to the same thread in the same message, before this one: the batch of a state, or a
   * partition of a shuffle, whose map tasks these are, in their order.
   */
  | { readonly kind: "made"; readonly tasks: readonly number[]; readonly part: "emitted" | "snapshot" | number }
  /** The same as records, where they were handed on; made of `made` in the thread, and never sent. */
  | { readonly kind: "handed"; readonly chunks: readonly Chunk[]; readonly from: "cache" | "shuffle" }
  /** Two inputs, record by record, or each record of the one with each of the other. */
  | { readonly kind: "zip" | "cartesian"; readonly inputs: readonly [left: PipelineSpec, right: PipelineSpec] };

/** What becomes of a task's records. */
export type SinkSpec =
  /** They go to the driver. */
  | { readonly kind: "result"; readonly node: number }
  /** They are written as one block with a section for each partition of a shuffle. */
  | {
      readonly kind: "shuffle";
      readonly node: number;
      readonly numPartitions: number;
      /** `key`: by the pair's key; `turns`: dealt out in turn, starting at partition `start`. */
      readonly by: "key" | "turns";
      readonly start: number;
      readonly partitioner: PartitionerSpec;
      /** Set where values are combined before they cross. */
      readonly aggregation: AggregationSpec | undefined;
      /** Whether one stage reads it, once: to tasks of that in the same message records may be handed on. */
      readonly isReadOnce: boolean;
    }
  | StateSinkSpec;

/** They go through a stateful operator, in the thread that has the state of the partition. */
export interface StateSinkSpec {
  readonly kind: "state";
  readonly node: number;
  /** Which state: the id of its rule. */
  readonly state: number;
  /** Where the store of the partition has its files; undefined where it is in memory. */
  readonly storeDirectory?: string | undefined;
  /** What opens the store; undefined for one of millrace's. */
  readonly storeProvider?: ClosureId | undefined;
  readonly operator: StateOperator;
  readonly closures: readonly ClosureId[];
  /** The batch: milliseconds since the epoch. */
  readonly batchTime: number;
  /** The batch whose state this one builds on; undefined for the first. */
  readonly previousTime?: number | undefined;
  /** Pairs that the state begins with. */
  readonly initial?: PipelineSpec | undefined;
  /** What other partitions have returned in the batch before, from those before this one and from those after it. */
  readonly moved?: { readonly before: PipelineSpec | undefined; readonly after: PipelineSpec | undefined } | undefined;
  /** Whether a function of a whole partition may return keys of other ones. */
  readonly mayMove: boolean;
  /** Pairs that go out of a window. */
  readonly leaving?: PipelineSpec | undefined;
  /** Whether a record that finds its key touches it. */
  readonly touches: boolean;
  readonly timeOutBefore?: number | undefined;
  readonly snapshot: boolean;
  readonly writesAll: boolean;
  /** Whether changes are encoded, for the state's files. */
  readonly writesChanges: boolean;
  /** Which part of all entries is wanted for a new base of the state's files. */
  readonly dump?: DumpSpec | undefined;
  /** What places keys, and over how many partitions: a function of a whole partition may return any. */
  readonly partitioner: PartitionerSpec;
  readonly numPartitions: number;
}

/** About `most` entries from `cursor` on. */
export interface DumpSpec {
  readonly cursor: number;
  readonly most: number;
}

/** What the state of a partition is made of again where the thread that had it is gone, or has gone too far. */
export interface StateRestore {
  /** Whole records of state files, in the order in which they are applied. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Records that have not been written yet. */
  readonly blocks: readonly BlockHandle[];
  /** All pairs of the state, where it is not written. */
  readonly pairs: BlockHandle | undefined;
}

export interface TaskSpec {
  /** Unique in the engine; what the cancel flag is compared with. */
  readonly id: number;
  readonly stage: number;
  readonly partition: number;
  readonly attempt: number;
  /** The batch that the task belongs to: its time, or 0 outside a streaming batch. */
  readonly epoch: number;
  readonly pipeline: PipelineSpec;
  readonly sink: SinkSpec;
  /** Classes whose instances the task may read, where none of its functions brings them along. */
  readonly classes: readonly ClosureId[];
  /** Set where the executor must make its state again before the task begins. */
  readonly restore?: StateRestore | undefined;
}

export interface ShuffleOutput {
  readonly block: StoredBlock;
  /** Where each partition's section begins in the block, and where the last one ends. */
  readonly offsets: readonly number[];
}

export interface CachedPartition {
  readonly node: number;
  readonly partition: number;
  readonly blocks: readonly StoredBlock[];
}

/** What a stateful operator has made of a batch, in one partition. */
export interface StateOutput {
  /** What its function emitted. */
  readonly emitted: BlockHandle;
  /** The pairs among it that belong to other partitions, if there are any. */
  readonly moved?: BlockHandle | undefined;
  /** All keys and their values, where somebody wants them. */
  readonly snapshot?: BlockHandle | undefined;
  /** A record for the state's files: what the batch has changed, if anything, or all there is. */
  readonly changes?: BlockHandle | undefined;
  /** A record with a part of all entries, where one was asked for, and the cursor of the next, if there is one. */
  readonly dump?: { readonly block: BlockHandle; readonly next: number | undefined } | undefined;
}

/** What a task has added to an accumulator, as encoded records. */
export interface Accumulated {
  readonly id: number;
  readonly batches: readonly Uint8Array[];
}

export interface TaskResult {
  /** The records for the driver, encoded. */
  readonly batches: readonly Uint8Array[];
  /** Undefined for other tasks, and where all was handed on to those that read it, which have run. */
  readonly shuffle?: ShuffleOutput | undefined;
  readonly state?: StateOutput | undefined;
  readonly cached: readonly CachedPartition[];
  readonly accumulated: readonly Accumulated[];
  readonly metrics: MetricsList;
  readonly runMs: number;
}

export interface TaskFailure {
  /** The node whose operator failed; undefined where it was no operator's doing. */
  readonly node: number | undefined;
  readonly error: WireError;
  readonly runMs: number;
}

export interface ExecutorSettings {
  readonly version: number;
  readonly executorId: string;
  /** One Int32: the id of the task to give up. */
  readonly cancel: SharedArrayBuffer;
  readonly blockBudgetBytes: number;
  /** Where partitions go that are kept in files; of this executor's own, and made when it is needed. */
  readonly blockDirectory: string;
}

export type ToExecutor =
  | { readonly type: "closures"; readonly closures: readonly { readonly id: ClosureId; readonly bytes: Uint8Array }[] }
  | { readonly type: "broadcasts"; readonly broadcasts: readonly { readonly id: number; readonly bytes: Uint8Array }[] }
  | { readonly type: "drop"; readonly broadcast: number }
  | { readonly type: "forget"; readonly closures: readonly ClosureId[] }
  /** Take blocks back, run a task, and then those that may go ahead of their stage (`run-ahead.ts`). */
  | {
      readonly type: "task";
      readonly task: TaskSpec;
      readonly ahead: readonly TaskSpec[];
      readonly free: readonly BlockPlace[];
    }
  | { readonly type: "cancel"; readonly task: number }
  /** Close what the program has opened, once no task runs; answered by `closed`. */
  | { readonly type: "close" }
  /** Free what the thread has of a state: in turn with tasks. */
  | { readonly type: "dropState"; readonly state: number }
  | { readonly type: "free"; readonly blocks: readonly BlockPlace[] };

export type FromExecutor =
  /** `ahead` has what came of the tasks that went along, up to the first that did not succeed. */
  | {
      readonly type: "done";
      readonly task: number;
      readonly result: TaskResult;
      readonly ahead: readonly TaskResult[];
    }
  | { readonly type: "failed"; readonly task: number; readonly failure: TaskFailure }
  /** The program has opened something that wants to be closed. */
  | { readonly type: "opened" }
  | { readonly type: "log"; readonly message: LogMessage }
  | { readonly type: "closed" };
