import { join } from "node:path";
import { type BlockHandle, isInFile, type StoredBlock } from "../../../core/block.ts";
import { totalLength } from "../../../core/bytes.ts";
import type { SlabPool } from "../../../core/slab-pool.ts";
import { describeThrown } from "../../../errors.ts";
import { removeFile } from "../../../platform/files.ts";
import { Logger } from "../../../platform/log.ts";
import type { StorageLevel } from "../../../rdd/storage-level.ts";
import { PIECE_HEAD_BYTES, writeBlockFile } from "../../../serializer/block-file.ts";
import type { ShuffleOutput } from "./protocol.ts";

const logger = new Logger("BlockManager");

/** How much of the memory for blocks may be in use with a partition that is kept, and with shuffle output: states have no disk. */
const PERSISTED_SHARE = 3 / 4;
const SHUFFLE_SHARE = 7 / 8;

/** Where an executor keeps the partitions of persisted RDDs and shuffle output: in its memory, or in files. */
export class PartitionStore {
  readonly #pool: SlabPool;
  /** Where the files go; made when there is the first. */
  readonly #directory: string;
  #files = 0;

  constructor(pool: SlabPool, directory: string) {
    this.#pool = pool;
    this.#directory = directory;
  }

  /** A partition's batches as one block; undefined where there is no room for it: then it is computed again when it is needed, as in Spark. */
  keep(batches: readonly Uint8Array[], { useMemory, useDisk }: StorageLevel): StoredBlock | undefined {
    return (
      (useMemory ? this.#inMemory(batches, PERSISTED_SHARE) : undefined) ??
      (useDisk ? this.#inFile(batches) : undefined)
    );
  }

  /**
   * What a map task has for the partitions of a shuffle, each in batches, as one block: in memory, or in a file where there is no room.
   * Throws `FILE_UNWRITABLE` where there is none on the disk either.
   */
  writeSections(sections: readonly (readonly Uint8Array[])[]): ShuffleOutput {
    const batches = sections.flat();
    const inMemory = this.#inMemory(batches, SHUFFLE_SHARE);
    if (inMemory !== undefined) return { block: inMemory, offsets: offsetsOf(sections, 0) };
    return { block: writeBlockFile(this.#nextPath(), batches), offsets: offsetsOf(sections, PIECE_HEAD_BYTES) };
  }

  /** Takes back what {@link keep} has kept, and nobody has heard of. */
  drop(block: StoredBlock): void {
    if (isInFile(block)) removeFile(block.path);
    else this.#pool.free(block);
  }

  #inMemory(batches: readonly Uint8Array[], share: number): BlockHandle | undefined {
    return this.#pool.fits(totalLength(batches), share) ? this.#pool.store(batches) : undefined;
  }

  #nextPath(): string {
    return join(this.#directory, `${++this.#files}.block`);
  }

  #inFile(batches: readonly Uint8Array[]): StoredBlock | undefined {
    try {
      return writeBlockFile(this.#nextPath(), batches);
    } catch (error) {
      logger.warn(
        `a partition is not kept, and computed again when it is needed: ${describeThrown(error)}`,
        "FILE_UNWRITABLE",
      );
      return undefined;
    }
  }
}

/** Where each section begins, and where the last one ends, if each batch takes `perBatch` bytes beside its own. */
function offsetsOf(sections: readonly (readonly Uint8Array[])[], perBatch: number): number[] {
  const offsets = [0];
  for (const batches of sections) {
    offsets.push(offsets.at(-1)! + batches.reduce((sum, { length }) => sum + length + perBatch, 0));
  }
  return offsets;
}
