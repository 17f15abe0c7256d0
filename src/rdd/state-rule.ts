import type { CallSite } from "../core/call-site.ts";
import type { PlanPartitioner } from "./partitioner.ts";
import type { UserFunction } from "./plan.ts";

/**
 * What a stateful operator does with the records of a batch and the state of their keys:
 *
 * - `mapWithState`: calls its function once for each record.
 * - `mapWithStateAt`: the same, with the batch's time first; undefined emits nothing.
 * - `reduceWindow`: makes the window of the one before, of what leaves it and what enters it, by its functions: reduce, invert,
 *   and perhaps a filter.
 * - `updateStateByKey`: calls its function once for each known key, with the values that the batch has for it.
 * - `updateStateByKeyAt`: the same, with the batch's time and the key first.
 * - `updateStatePartition`: calls its function once for the partition, with an iterator over the same.
 */
export type StateOperator =
  | "mapWithState"
  | "mapWithStateAt"
  | "reduceWindow"
  | "updateStateByKey"
  | "updateStateByKeyAt"
  | "updateStatePartition";

/** A stateful operator: the same for all batches. Its state is the engine's, under the rule's id. */
export interface StateRule {
  /** Unique in the process. */
  readonly id: number;
  readonly operator: StateOperator;
  readonly site: CallSite;
  readonly functions: readonly UserFunction[];
  /** Which partition has the state of a key. */
  readonly partitioner: PlanPartitioner;
  /** Whether what it emits are pairs that lie by this partitioner. */
  readonly keepsKeys: boolean;
  /** Whether what it emits in a batch is the whole state, so that the state can be made again of that. */
  readonly emitsState?: true;
  /** A key that no record has touched for longer than this many milliseconds is removed; undefined keeps all. */
  readonly timeoutMs: number | undefined;
}

let lastId = 0;

/** The id for a new rule. */
export function nextStateId(): number {
  return ++lastId;
}

/** How a run of streams keeps the state of one operator. */
export interface StateSettings {
  /** Names its files, and what a restart would find it by. */
  readonly name: string;
  /** Where it is kept while the streams run: in memory, in files of LMDB, or in stores that this function opens in executors. */
  readonly store: "memory" | "lmdb" | UserFunction;
  /** Where its files go; undefined for a place that is removed when the context stops. */
  readonly directory: string | undefined;
}
