import type { KeyedTable } from "../../../core/keyed-table.ts";
import { CHUNK_RECORDS, type Chunk, SyncChunks } from "../../../rdd/record-chunks.ts";

/** The pairs of a table as records, in the order of the table. */
export class TableSource<V> extends SyncChunks {
  readonly table: KeyedTable<V>;
  #done = 0;

  constructor(table: KeyedTable<V>) {
    super();
    this.table = table;
  }

  nextSync(): Chunk | undefined {
    const { keys, values } = this.table;
    const from = this.#done;
    if (from >= keys.length) return undefined;
    this.#done = Math.min(keys.length, from + CHUNK_RECORDS);
    const chunk = new Array<readonly [unknown, V]>(this.#done - from);
    for (let i = 0; i < chunk.length; i++) chunk[i] = [keys[from + i], values[from + i]!];
    return chunk;
  }
}
