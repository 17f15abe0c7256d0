import { type BlockHandle, blockBytes } from "../../../../core/block.ts";
import { type Chunk, SyncSource } from "../chunk-source.ts";
import { endOfFirstLine, endOfLastLine, splitLines } from "./lines.ts";

const CHUNK_BYTES = 64 << 10;

/** The lines of received blocks, each of which ends with a newline. */
export class TextBlockSource extends SyncSource {
  readonly #blocks: readonly BlockHandle[];
  #block = 0;
  #offset = 0;

  constructor(blocks: readonly BlockHandle[]) {
    super();
    this.#blocks = blocks;
  }

  nextSync(): Chunk | undefined {
    for (; this.#block < this.#blocks.length; this.#block++, this.#offset = 0) {
      const rest = blockBytes(this.#blocks[this.#block]!).subarray(this.#offset);
      if (rest.length === 0) continue;
      const length = cut(rest);
      this.#offset += length;
      return splitLines(rest.subarray(0, length));
    }
    return undefined;
  }
}

function cut(rest: Uint8Array): number {
  if (rest.length <= CHUNK_BYTES) return rest.length;
  return endOfLastLine(rest.subarray(0, CHUNK_BYTES)) || endOfFirstLine(rest) || rest.length;
}
