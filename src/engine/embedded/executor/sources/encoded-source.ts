import { type BlockHandle, blockBytes } from "../../../../core/block.ts";
import { RecordReader } from "../../../../serializer/record-batch.ts";
import { type Chunk, SyncSource } from "../chunk-source.ts";

/** Sections of encoded records, one after the other; each of their batches is a chunk. */
export class EncodedSource extends SyncSource {
  readonly #sections: Iterator<Uint8Array>;
  #reader: RecordReader | undefined;

  constructor(sections: Iterable<Uint8Array>) {
    super();
    this.#sections = sections[Symbol.iterator]();
  }

  static ofBlocks(blocks: readonly BlockHandle[]): EncodedSource {
    return new EncodedSource(blocks.map(blockBytes));
  }

  nextSync(): Chunk | undefined {
    for (;;) {
      const chunk = this.#reader?.next();
      if (chunk !== undefined) return chunk;
      const section = this.#sections.next();
      if (section.done) return undefined;
      this.#reader = new RecordReader(section.value);
    }
  }
}
