import type { Cell, KeyedTable } from "../../../core/keyed-table.ts";
import { CHUNK_RECORDS, type Chunk, SyncSource } from "./chunk-source.ts";

/** The cells of a table as records, in the order of the table. */
export class TableSource<V> extends SyncSource {
  readonly #cells: readonly Cell<V>[];
  readonly #record: (cell: Cell<V>) => unknown;
  #done = 0;

  constructor(table: KeyedTable<V>, record: (cell: Cell<V>) => unknown) {
    super();
    this.#cells = table.cells;
    this.#record = record;
  }

  nextSync(): Chunk | undefined {
    if (this.#done >= this.#cells.length) return undefined;
    const chunk = this.#cells.slice(this.#done, this.#done + CHUNK_RECORDS).map(this.#record);
    this.#done += chunk.length;
    return chunk;
  }
}
