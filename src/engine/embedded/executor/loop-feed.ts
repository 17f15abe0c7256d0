/** Runs the next chunk of a source through a loop: false at the end of the source, or when no more records are wanted. */
import type { PairColumns } from "../../../serializer/column-reader.ts";
import type { ChunkSource } from "./chunk-source.ts";
import type { FusedLoop, LoopState } from "./fused-loop.ts";

/** At once, where nothing has to be awaited. */
export function feed(source: ChunkSource, loop: FusedLoop, state: LoopState): boolean | Promise<boolean> {
  return source.sync ? feedSync(source, loop, state) : feedAsync(source, loop, state);
}

export function feedSync(source: ChunkSource, loop: FusedLoop, state: LoopState): boolean {
  if (source.nextRange !== undefined) {
    const range = source.nextRange();
    return range !== undefined && loop.processRange(state, range);
  }
  if (source.nextPairs !== undefined && loop.processPairs !== undefined) {
    const pairs = source.nextPairs();
    if (pairs === undefined || Array.isArray(pairs)) return pairs !== undefined && loop.process(state, pairs);
    return loop.processPairs(state, pairs as PairColumns);
  }
  const chunk = source.nextSync();
  return chunk !== undefined && loop.process(state, chunk);
}

async function feedAsync(source: ChunkSource, loop: FusedLoop, state: LoopState): Promise<boolean> {
  const chunk = await source.next();
  return chunk !== undefined && loop.process(state, chunk);
}
