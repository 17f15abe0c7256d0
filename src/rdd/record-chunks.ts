/** Some records. Whoever has pulled a chunk may keep it; nobody changes it. */
export type Chunk = readonly unknown[];

/** About how many records a chunk has where nothing else decides. */
export const CHUNK_RECORDS = 1024;

/**
 * Records in chunks: the fast form of what {@link RddSource.compute} may return, for a source that has many at a time anyway, as a
 * decoded block or the lines of 64 KiB of text. The sources of millrace return it. A chunk is an array of about a thousand
 * records; it may be empty.
 *
 * One of `nextSync` and `next` is there. Between two chunks the task looks whether it is still wanted.
 */
export interface RecordChunks<out T> {
  /** The next chunk at once, or undefined at the end. Where it is there `next` is not called, and `mapPartitions` iterates without waiting. */
  nextSync?(): readonly T[] | undefined;
  /** The next chunk, or undefined at the end. */
  next?(): Promise<readonly T[] | undefined>;
  /** Called once: at the end, or earlier, where no more is wanted, something has failed, or the task is cancelled. */
  close?(): void | Promise<void>;
  /** How many bytes have been read until now, for the metrics of the task. */
  readonly bytesRead?: number;
  /** `nextSync` of evenly spaced numbers, which loops count out themselves instead of reading them from an array. */
  nextRange?(): NumberRange | undefined;
}

/** The numbers `start + from * step`, `start + (from + 1) * step`, ..., which is exact where a sum of steps would drift. */
export interface NumberRange {
  readonly start: number;
  readonly step: number;
  readonly from: number;
  readonly length: number;
}

/** Chunks that never wait. */
export abstract class SyncChunks<out T = unknown> implements RecordChunks<T> {
  readonly sync = true;
  abstract nextSync(): readonly T[] | undefined;
  async next(): Promise<readonly T[] | undefined> {
    return this.nextSync();
  }
  close(): void {}
}
