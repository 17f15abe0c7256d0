import type { RecordColumns } from "../../serializer/column-reader.ts";
import { RecordReader } from "../../serializer/record-batch.ts";
import { type Chunk, SyncChunks } from "../record-chunks.ts";

/** What gives sections of encoded records, one after the other. */
export interface Sections {
  next(): Uint8Array | undefined;
  close(): void;
}

/** Sections of encoded records, one after the other; each of their batches is a chunk. */
export class EncodedRecords extends SyncChunks {
  bytesRead = 0;
  readonly #sections: Sections;
  #reader: RecordReader | undefined;

  constructor(sections: Sections) {
    super();
    this.#sections = sections;
  }

  static of(sections: readonly Uint8Array[]): EncodedRecords {
    let next = 0;
    return new EncodedRecords({ next: () => sections[next++], close() {} });
  }

  nextSync(): Chunk | undefined {
    return this.#next((reader) => reader.next());
  }

  nextColumns(): RecordColumns | Chunk | undefined {
    return this.#next((reader) => reader.nextColumns());
  }

  #next<C>(read: (reader: RecordReader) => C | undefined): C | undefined {
    for (;;) {
      const chunk = this.#reader && read(this.#reader);
      if (chunk !== undefined) return chunk;
      const section = this.#sections.next();
      if (section === undefined) return undefined;
      this.bytesRead += section.length;
      this.#reader = this.reader(section);
    }
  }

  protected reader(section: Uint8Array): RecordReader {
    return new RecordReader(section);
  }

  override close(): void {
    this.#sections.close();
  }
}
