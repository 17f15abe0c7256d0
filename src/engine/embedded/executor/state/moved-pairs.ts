import { KeyedTable } from "../../../../core/keyed-table.ts";
import type { StateStore } from "../../../../state/state-store.ts";
import { partitionFunction } from "../partition-function.ts";
import type { StateSinkSpec } from "../protocol.ts";
import type { TaskEnvironment } from "../task-environment.ts";
import { putPairs } from "./put-pairs.ts";

/**
 * Puts the pairs that functions of whole partitions returned in the batch before for keys of this one. What Spark would shuffle lies in
 * one block for each partition that has such pairs, which every partition reads. As there, the first of several pairs with one
 * key is its state, in the order of the partitions that returned them; the partition's own are in its store.
 */
export async function putMoved(
  sink: StateSinkSpec,
  store: StateStore,
  partition: number,
  env: TaskEnvironment,
): Promise<void> {
  if (sink.moved === undefined) return;
  const partitionOf = partitionFunction(sink.partitioner, sink.numPartitions, env);
  const placed = new KeyedTable<true>();
  const putIf = (isFirst: (key: unknown) => boolean) => (key: unknown, value: unknown) => {
    if (partitionOf(key) === partition && isFirst(key)) store.put(key, value, sink.batchTime);
  };
  const isNew = (key: unknown) => {
    if (placed.place(key) < placed.values.length) return false;
    placed.values.push(true);
    return true;
  };
  const { before, after } = sink.moved;
  const hasNone = (key: unknown) => store.get(key) === undefined;
  if (before !== undefined) await putPairs(before, sink.node, env, putIf(isNew));
  if (after !== undefined) await putPairs(after, sink.node, env, putIf(hasNone));
}
