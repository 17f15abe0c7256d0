/** Runs the next chunk of a source through a loop: false at the end of the source, or when no more records are wanted. */
import type { RecordColumns } from "../../../serializer/column-reader.ts";
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
  if (source.nextColumns !== undefined) {
    const columns = source.nextColumns();
    if (columns === undefined) return false;
    return Array.isArray(columns) ? loop.process(state, columns) : loop.processColumns(state, columns as RecordColumns);
  }
  const chunk = source.nextSync();
  return chunk !== undefined && loop.process(state, chunk);
}

async function feedAsync(source: ChunkSource, loop: FusedLoop, state: LoopState): Promise<boolean> {
  const chunk = await source.next();
  return chunk !== undefined && loop.process(state, chunk);
}
