import { join } from "node:path";
import type { BlockPlace, FileBlock, StoredBlock } from "../../core/block.ts";
import { totalLength } from "../../core/bytes.ts";
import type { SlabPool } from "../../core/slab-pool.ts";
import { MillraceError } from "../../errors.ts";
import { unwritable } from "../../filesystem/local-filesystem.ts";
import { diskOf, removeFile } from "../../platform/files.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import { writeBlockFile } from "../../serializer/block-file.ts";

/** While some blocks may be held in memory only, those that may be in files leave this part of it to them. */
const LEFT_TO_MEMORY_ONLY = 0.5;

/** States and shuffles of the batches that process what was received need room, too. */
const RESERVE_BYTES = 2 ** 30;
const RESERVE_SHARE = 0.05;

/** As much as a block has, mostly, at its largest. */
const TRIAL_BYTES = 1 << 20;

export interface BlockStoreParts {
  readonly pool: SlabPool;
  /** For blocks in memory, those of earlier hosts among them. */
  readonly memoryBytes: number;
  /** Where the files go; made when there is the first. */
  readonly directory: string;
  /** What they leave of the disk to others, in bytes; by default {@link RESERVE_BYTES}, or {@link RESERVE_SHARE} of it, if that is less. */
  readonly diskReserveBytes: number | undefined;
}

/**
 * Where the blocks of a host are held: in shared memory while there is room, and at the levels that use the disk in files, one for each
 * block. The host's thread waits until a file is written, so that a sender is slowed to what the disk can take.
 *
 * A file that cannot be written, or would take what is to be left of the disk, loses nothing: its block goes to memory, whatever the
 * budget, and {@link canSpill} is false until there is room again, or may be.
 */
export class BlockStore {
  readonly #parts: BlockStoreParts;
  #files = 0;
  #heldElsewhere = 0;
  #memoryShare = 1;
  #diskFailed = false;

  constructor(parts: BlockStoreParts) {
    this.#parts = parts;
  }

  /** Bytes in memory, those of earlier hosts among them. */
  get usedBytes(): number {
    return this.#parts.pool.usedBytes + this.#heldElsewhere;
  }

  set heldElsewhere(bytes: number) {
    this.#heldElsewhere = bytes;
  }

  /** Whether there are receivers whose blocks can be in memory only. */
  set sharesMemory(shares: boolean) {
    this.#memoryShare = shares ? LEFT_TO_MEMORY_ONLY : 1;
  }

  /** Whether blocks of this level find a place when memory is full. */
  canSpill({ useDisk }: StorageLevel): boolean {
    return useDisk && !this.#diskFailed;
  }

  /** Files have been removed: there may be room for others. */
  diskFreed(): void {
    this.#diskFailed = false;
  }

  /** Whether there is room for files again, which it finds out by writing one. */
  tryDisk(): boolean {
    if (!this.#diskFailed) return true;
    const path = this.#nextPath();
    try {
      this.#writeFile(path, [new Uint8Array(TRIAL_BYTES)]);
      removeFile(path);
      this.#diskFailed = false;
    } catch {
      // It has been told of.
    }
    return !this.#diskFailed;
  }

  /** A block of `pieces`, which are what is read of it at a time. `onFailure` is told when files, which could be written before, cannot be. */
  store(pieces: readonly Uint8Array[], level: StorageLevel, onFailure: (error: unknown) => void): StoredBlock {
    const toFile = this.#goesToFile(level, totalLength(pieces));
    return (toFile && this.#write(pieces, onFailure)) || this.#parts.pool.store(pieces);
  }

  free(block: BlockPlace): void {
    this.#parts.pool.free(block);
  }

  #goesToFile({ useMemory, useDisk }: StorageLevel, length: number): boolean {
    if (!useDisk || length === 0) return false;
    return !useMemory || this.usedBytes + length > this.#parts.memoryBytes * this.#memoryShare;
  }

  #write(pieces: readonly Uint8Array[], onFailure: (error: unknown) => void): StoredBlock | undefined {
    try {
      const block = this.#writeFile(this.#nextPath(), pieces);
      this.#diskFailed = false;
      return block;
    } catch (error) {
      if (!this.#diskFailed) onFailure(error);
      this.#diskFailed = true;
      return undefined;
    }
  }

  #writeFile(path: string, pieces: readonly Uint8Array[]): FileBlock {
    this.#checkRoom(pieces);
    return writeBlockFile(path, pieces);
  }

  #nextPath(): string {
    return join(this.#parts.directory, `${++this.#files}.block`);
  }

  #checkRoom(pieces: readonly Uint8Array[]): void {
    const { directory, diskReserveBytes } = this.#parts;
    const { freeBytes, totalBytes } = this.#disk();
    // There are disks that do not say.
    if (totalBytes === 0) return;
    const reserve = diskReserveBytes ?? Math.min(RESERVE_BYTES, RESERVE_SHARE * totalBytes);
    if (freeBytes - totalLength(pieces) >= reserve) return;
    throw new MillraceError(
      "FILE_UNWRITABLE",
      `the disk of ${directory} has ${freeBytes} bytes left, and received data leaves ${Math.ceil(reserve)} to others`,
      { remedy: "Make room, set spark.local.dir to a larger disk, or lower millrace.receiver.diskReserve." },
    );
  }

  #disk(): ReturnType<typeof diskOf> {
    const { directory } = this.#parts;
    try {
      return diskOf(directory);
    } catch (cause) {
      throw unwritable(directory, cause);
    }
  }
}
