import type { BlockHandle, StoredBlock } from "../../../core/block.ts";
import type { StateOutput, TaskResult } from "./protocol.ts";

/** The blocks that a task has made, but for those of the partitions that it has kept. */
export function madeBlocks({ shuffle, state }: Pick<TaskResult, "shuffle" | "state">): StoredBlock[] {
  const blocks: StoredBlock[] = state === undefined ? [] : stateBlocks(state);
  if (shuffle !== undefined) blocks.push(shuffle.block);
  return blocks;
}

/** Those that the batch of a state has made. */
export function stateBlocks({ emitted, moved, snapshot, changes, dump }: StateOutput): BlockHandle[] {
  return [emitted, moved, snapshot, changes, dump?.block].filter((block) => block !== undefined);
}
