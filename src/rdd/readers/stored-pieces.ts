import { blockBytes, isInFile, type StoredBlock } from "../../core/block.ts";
import { BlockFileReader } from "../../serializer/block-file.ts";

/** The bytes of blocks, one after the other: those in memory whole and in place, those in files a piece at a time. */
export class StoredPieces {
  readonly #blocks: readonly StoredBlock[];
  #next = 0;
  #file: BlockFileReader | undefined;

  constructor(blocks: readonly StoredBlock[]) {
    this.#blocks = blocks;
  }

  /** The next piece, or undefined at the end. Throws `FILE_UNREADABLE` or `FILE_CORRUPT`. */
  next(): Uint8Array | undefined {
    for (;;) {
      const piece = this.#file?.next();
      if (piece !== undefined) return piece;
      this.#file?.close();
      this.#file = undefined;
      const block = this.#blocks[this.#next++];
      if (block === undefined) return undefined;
      if (!isInFile(block)) return blockBytes(block);
      this.#file = new BlockFileReader(block);
    }
  }

  close(): void {
    this.#next = this.#blocks.length;
    this.#file?.close();
    this.#file = undefined;
  }
}
