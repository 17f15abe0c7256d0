import { join } from "node:path";
import { isInFile, type StoredBlock } from "../../../core/block.ts";
import type { SlabPool } from "../../../core/slab-pool.ts";
import { describeThrown, isMillraceError } from "../../../errors.ts";
import { removeFile } from "../../../platform/files.ts";
import { Logger } from "../../../platform/log.ts";
import type { StorageLevel } from "../../../rdd/storage-level.ts";
import { writeBlockFile } from "../../../serializer/block-file.ts";

const logger = new Logger("BlockManager");

/** Where an executor keeps the partitions of persisted RDDs: in its memory, or each in a file, as the storage level says. */
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
    return (useMemory ? this.#inMemory(batches) : undefined) ?? (useDisk ? this.#inFile(batches) : undefined);
  }

  /** Takes back what {@link keep} has kept, and nobody has heard of. */
  drop(block: StoredBlock): void {
    if (isInFile(block)) removeFile(block.path);
    else this.#pool.free(block);
  }

  #inMemory(batches: readonly Uint8Array[]): StoredBlock | undefined {
    try {
      return this.#pool.store(Buffer.concat(batches));
    } catch (error) {
      if (isMillraceError(error, "BLOCK_BUDGET")) return undefined;
      throw error;
    }
  }

  #inFile(batches: readonly Uint8Array[]): StoredBlock | undefined {
    try {
      return writeBlockFile(join(this.#directory, `${++this.#files}.block`), batches);
    } catch (error) {
      logger.warn(
        `a partition is not kept, and computed again when it is needed: ${describeThrown(error)}`,
        "FILE_UNWRITABLE",
      );
      return undefined;
    }
  }
}
