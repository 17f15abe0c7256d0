import { type Chunk, SyncChunks } from "../../../rdd/record-chunks.ts";

/** Chunks that are at hand. */
export class HeldSource extends SyncChunks {
  readonly #chunks: readonly Chunk[];
  #done = 0;

  constructor(chunks: readonly Chunk[]) {
    super();
    this.#chunks = chunks;
  }

  nextSync(): Chunk | undefined {
    return this.#chunks[this.#done++];
  }
}
