/** What tasks pull: records in chunks, as sources compute them, and what comes after these makes of them. */
import type { Chunk, NumberRange } from "../../../rdd/record-chunks.ts";
import type { RecordColumns } from "../../../serializer/column-reader.ts";

export interface ChunkSource {
  /** Whether {@link ChunkSource.nextSync} can be used: nothing in the partition's way has to be awaited. */
  readonly sync: boolean;
  /** The next chunk, at once, or undefined at the end. */
  nextSync(): Chunk | undefined;
  /** The next chunk, or undefined at the end. */
  next(): Promise<Chunk | undefined>;
  /** {@link ChunkSource.nextSync} of a source of evenly spaced numbers, for loops: they count them out themselves. */
  nextRange?(): NumberRange | undefined;
  /** {@link ChunkSource.nextSync} of a source that may have records as columns, for loops that make them. */
  nextColumns?(): RecordColumns | Chunk | undefined;
  /** Called once, at the end or earlier. */
  close(): void;
}

/** Pulls from `source` without waiting where it can. */
export function pull(source: ChunkSource): Chunk | undefined | Promise<Chunk | undefined> {
  return source.sync ? source.nextSync() : source.next();
}
