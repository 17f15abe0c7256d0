import { blockBytes, isInFile, type StoredBlock } from "../../../../core/block.ts";
import { BlockFileReader } from "../../../../serializer/block-file.ts";
import { StepFailure } from "../step-failure.ts";

/** The bytes of blocks, one after the other: those in memory whole and in place, those in files a piece at a time. */
export class StoredPieces {
  readonly #blocks: readonly StoredBlock[];
  /** The plan node, for errors. */
  readonly #node: number;
  #next = 0;
  #file: BlockFileReader | undefined;

  constructor(blocks: readonly StoredBlock[], node: number) {
    this.#blocks = blocks;
    this.#node = node;
  }

  /** The next piece, or undefined at the end. Throws a {@link StepFailure} for a file that cannot be read or is damaged. */
  next(): Uint8Array | undefined {
    for (;;) {
      const piece = this.#file === undefined ? undefined : this.#read(this.#file);
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

  #read(file: BlockFileReader): Uint8Array | undefined {
    try {
      return file.next();
    } catch (error) {
      throw StepFailure.at(this.#node, error);
    }
  }
}
