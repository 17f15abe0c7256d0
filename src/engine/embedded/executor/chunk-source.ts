/**
 * Records in chunks: what tasks pull. A chunk is an array of about a thousand records, or of 64 KiB of text; it may be
 * empty, and belongs to whoever pulled it.
 */
import type { PairColumns } from "../../../serializer/column-reader.ts";

export type Chunk = readonly unknown[];

export interface ChunkSource {
  /** Whether {@link ChunkSource.nextSync} can be used: nothing in the partition's way has to be awaited. */
  readonly sync: boolean;
  /** The next chunk, at once, or undefined at the end. */
  nextSync(): Chunk | undefined;
  /** The next chunk, or undefined at the end. */
  next(): Promise<Chunk | undefined>;
  /** {@link ChunkSource.nextSync} of a source of evenly spaced numbers, for loops: they count them out themselves. */
  nextRange?(): NumberRange | undefined;
  /** {@link ChunkSource.nextSync} of a source that may have pairs as columns, for loops that work on these. */
  nextPairs?(): PairColumns | Chunk | undefined;
  /** Called once, at the end or earlier. */
  close(): void;
}

/** The numbers `start + from * step`, `start + (from + 1) * step`, ..., which is exact where a sum of steps would drift. */
export interface NumberRange {
  readonly start: number;
  readonly step: number;
  readonly from: number;
  readonly length: number;
}

/** About how many records a chunk has where nothing else decides. */
export const CHUNK_RECORDS = 1024;

/** A source that never waits. */
export abstract class SyncSource implements ChunkSource {
  readonly sync = true;
  abstract nextSync(): Chunk | undefined;
  async next(): Promise<Chunk | undefined> {
    return this.nextSync();
  }
  close(): void {}
}

/** Pulls from `source` without waiting where it can. */
export function pull(source: ChunkSource): Chunk | undefined | Promise<Chunk | undefined> {
  return source.sync ? source.nextSync() : source.next();
}
