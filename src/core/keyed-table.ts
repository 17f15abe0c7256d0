import { canonicalKey, isPrimitiveKey } from "./key.ts";

/** One key and what is kept for it. */
export interface Cell<V> {
  readonly key: unknown;
  value: V;
}

/**
 * A table by key identity ({@link canonicalKey}), in the order in which keys first came.
 *
 * Generated loops read `primitives` directly, which spares the common key a call; everything else goes through
 * {@link KeyedTable.find} and {@link KeyedTable.insert}.
 */
export class KeyedTable<V> {
  readonly primitives = new Map<unknown, Cell<V>>();
  readonly cells: Cell<V>[] = [];
  readonly #structures = new Map<string, Cell<V>>();

  find(key: unknown): Cell<V> | undefined {
    return isPrimitiveKey(key) ? this.primitives.get(key) : this.#structures.get(canonicalKey(key));
  }

  /** Adds a key that {@link KeyedTable.find} did not find. */
  insert(key: unknown, value: V): Cell<V> {
    const cell = { key, value };
    if (isPrimitiveKey(key)) this.primitives.set(key, cell);
    else this.#structures.set(canonicalKey(key), cell);
    this.cells.push(cell);
    return cell;
  }

  get size(): number {
    return this.cells.length;
  }
}
