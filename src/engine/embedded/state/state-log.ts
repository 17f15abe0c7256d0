import { join } from "node:path";
import { blockBytes } from "../../../core/block.ts";
import type { MillraceError } from "../../../errors.ts";
import { unwritable } from "../../../filesystem/local-filesystem.ts";
import { removeTree, WritableFile } from "../../../platform/files.ts";
import { FILE_HEADER_BYTES, fileHeader } from "../../../state/state-file.ts";
import type { StateRestore } from "../executor/protocol.ts";
import type { OwnedBlock } from "../owned-block.ts";

/** Records that wait for the disk take up no more than this before the next batch waits, too. */
const MOST_WAITING_BYTES = 64 << 20;

/** Several records are written by one call as long as they are not more than this. */
const MOST_BYTES_TOGETHER = 1 << 20;

/** A file of records, each batch's after those of the batch before. */
interface Segment {
  readonly path: string;
  /** Undefined until the first record is written. */
  file: WritableFile | undefined;
  /** What is whole. */
  bytes: number;
}

interface Waiting {
  readonly block: OwnedBlock;
  /** Whether the record holds the whole state, so that what was written before it is not needed any more. */
  readonly whole: boolean;
}

/** What a partition's state is restored from, held until {@link Restorable.release} so that it stays. */
export interface Restorable {
  readonly restore: StateRestore;
  release(): void;
}

/**
 * The files of one partition of a state. Records come as blocks of shared memory, in the order of the batches, and are
 * written one after the other while other work goes on; a block is freed when it is written. What cannot be written stays
 * in memory and is tried again, and the next batch is told.
 *
 * ```text
 * batch      1        2        3 (whole)     4
 * files      segment-1: 1 2    segment-2: 3  .       segment-1 goes when 3 has been written
 * waiting                                    4
 * ```
 */
export class StateLog {
  readonly #directory: string;
  readonly #partition: number;
  #segments: Segment[] = [];
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #lastSegment = 0;
  #readers = 0;
  #outdated: Segment[] = [];
  #writing: Promise<void> | undefined;
  #failure: MillraceError | undefined;
  #closed = false;

  constructor(directory: string, partition: number) {
    this.#directory = directory;
    this.#partition = partition;
  }

  /** Takes a record over: the block is the log's. */
  append(block: OwnedBlock, whole: boolean): void {
    this.#waiting.push({ block, whole });
    this.#waitingBytes += block.handle.length;
    this.#writing ??= this.#write();
  }

  /**
   * Resolves when another batch may be written: at once, mostly. Rejects with `FILE_UNWRITABLE` where what is there cannot
   * be, though it is tried again now.
   */
  async ready(): Promise<void> {
    if (this.#failure !== undefined || this.#waitingBytes > MOST_WAITING_BYTES) await this.written();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when all has been written, or something cannot be. */
  async written(): Promise<void> {
    if (this.#waiting.length > 0) this.#writing ??= this.#write();
    await this.#writing;
  }

  /** What the partition's state is made of again. */
  restorable(): Restorable {
    const blocks = this.#waiting.map(({ block }) => block);
    const files = this.#segments
      .filter(({ bytes }) => bytes > FILE_HEADER_BYTES)
      .map(({ path, bytes }) => ({ path, bytes }));
    for (const block of blocks) block.hold();
    this.#readers++;
    let released = false;
    return {
      restore: { files, blocks: blocks.map(({ handle }) => handle) },
      release: () => {
        if (released) return;
        released = true;
        for (const block of blocks) block.letGo();
        this.#readers--;
        if (this.#readers === 0 && this.#outdated.length > 0) void this.#removeOutdated();
      },
    };
  }

  /** Writes no more. The files stay, for whoever removes their directory. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    for (const { block } of this.#waiting.splice(0)) block.release();
    await Promise.all([...this.#segments, ...this.#outdated].map(({ file }) => file?.close().catch(() => undefined)));
    this.#segments = [];
    this.#outdated = [];
  }

  /** Never rejects: what goes wrong is told by {@link StateLog.ready}. */
  async #write(): Promise<void> {
    this.#failure = undefined;
    while (this.#waiting.length > 0 && !this.#closed) {
      const next = this.#together();
      await this.#writeAll(next);
      if (this.#failure !== undefined) break;
      this.#waiting.splice(0, next.length);
      for (const { block } of next) {
        this.#waitingBytes -= block.handle.length;
        block.release();
      }
    }
    this.#writing = undefined;
  }

  /** The records that are written next, by one call: a disk that is slower than the batches gets more at a time. */
  #together(): Waiting[] {
    let bytes = 0;
    const last = this.#waiting.findIndex(({ block, whole }, i) => {
      bytes += block.handle.length;
      return i > 0 && (whole || bytes > MOST_BYTES_TOGETHER);
    });
    return this.#waiting.slice(0, last === -1 ? undefined : last);
  }

  async #writeAll(records: readonly Waiting[]): Promise<void> {
    const { whole } = records[0]!;
    const bytes = records.length === 1 ? blockBytes(records[0]!.block.handle) : joined(records);
    let segment = this.#segments.at(-1);
    if (segment === undefined || (whole && segment.bytes > FILE_HEADER_BYTES)) segment = this.#newSegment();
    try {
      segment.file ??= await WritableFile.create(segment.path);
      if (segment.bytes === 0) {
        await segment.file.write(fileHeader(), 0);
        segment.bytes = FILE_HEADER_BYTES;
      }
      await segment.file.write(bytes, segment.bytes);
    } catch (cause) {
      this.#failure = unwritable(segment.path, cause);
      return;
    }
    segment.bytes += bytes.length;
    if (whole) await this.#dropBefore(segment);
  }

  #newSegment(): Segment {
    const path = join(this.#directory, `partition-${this.#partition}-${++this.#lastSegment}.state`);
    const segment: Segment = { path, file: undefined, bytes: 0 };
    this.#segments.push(segment);
    return segment;
  }

  async #dropBefore(segment: Segment): Promise<void> {
    const index = this.#segments.indexOf(segment);
    this.#outdated.push(...this.#segments.splice(0, index));
    if (this.#readers === 0) await this.#removeOutdated();
  }

  async #removeOutdated(): Promise<void> {
    for (const { file, path } of this.#outdated.splice(0)) {
      await file?.close().catch(() => undefined);
      await removeTree(path).catch(() => undefined);
    }
  }
}

function joined(records: readonly Waiting[]): Uint8Array {
  return Buffer.concat(records.map(({ block }) => blockBytes(block.handle)));
}
