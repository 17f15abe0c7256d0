import { type ReadonlySignal, signal } from "@preact/signals";
import type { LiveRows } from "../../../src/ui/api.ts";

/**
 * A table that the server tells of by changes. A row that did not change stays the same object, so whoever draws it can tell.
 * Changes are gathered by `apply` and shown by `publish`.
 */
export class Rows<Row, Id extends number | string> {
  readonly #idOf: (row: Row) => Id;
  readonly #order: (a: Row, b: Row) => number;
  readonly #byId = new Map<Id, Row>();
  readonly #list = signal<readonly Row[] | undefined>(undefined);
  #changed = false;

  constructor(idOf: (row: Row) => Id, order: (a: Row, b: Row) => number) {
    this.#idOf = idOf;
    this.#order = order;
  }

  /** In their order; undefined until the server has told. */
  get list(): ReadonlySignal<readonly Row[] | undefined> {
    return this.#list;
  }

  replace(rows: readonly Row[]): void {
    this.#byId.clear();
    this.apply({ rows, removed: [] });
  }

  apply({ rows, removed }: LiveRows<Row, Id>): void {
    for (const id of removed) this.#byId.delete(id);
    for (const row of rows) this.#byId.set(this.#idOf(row), row);
    this.#changed = true;
  }

  publish(): void {
    if (!this.#changed) return;
    this.#changed = false;
    this.#list.value = [...this.#byId.values()].sort(this.#order);
  }
}
