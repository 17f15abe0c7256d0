/** Counts changes: every change of a row gets the next number, whatever table it is in. */
export class Revisions {
  #last = 0;

  get last(): number {
    return this.#last;
  }

  next(): number {
    return ++this.#last;
  }
}

/** A row of a table. It is changed in place, and then touched. */
export interface Row {
  /** When it last changed. */
  revision: number;
}

/** As many removed rows are remembered, for those who ask what has changed since. */
const MOST_REMOVALS = 4096;

/**
 * Rows by id, oldest first, that know when they last changed. So whoever has seen the table at some revision can be told
 * what has changed since, and neither the table nor its writers know who looks.
 */
export class StatusTable<Id, R extends Row> {
  readonly #revisions: Revisions;
  readonly #rows = new Map<Id, R>();
  #removals: { readonly id: Id; readonly revision: number }[] = [];
  /** Rows that were removed at this revision or before may be forgotten. */
  #forgotten = 0;

  constructor(revisions: Revisions) {
    this.#revisions = revisions;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: Id): R | undefined {
    return this.#rows.get(id);
  }

  values(): MapIterator<R> {
    return this.#rows.values();
  }

  /** Adds a row that is not there yet. */
  add(id: Id, row: Omit<R, "revision">): R {
    const added = row as R;
    added.revision = this.#revisions.next();
    this.#rows.set(id, added);
    return added;
  }

  touch(row: R): void {
    row.revision = this.#revisions.next();
  }

  remove(id: Id): void {
    if (!this.#rows.delete(id)) return;
    this.#removals.push({ id, revision: this.#revisions.next() });
    if (this.#removals.length < 2 * MOST_REMOVALS) return;
    this.#forgotten = this.#removals[MOST_REMOVALS - 1]!.revision;
    this.#removals = this.#removals.slice(MOST_REMOVALS);
  }

  /** Removes the oldest rows that may go, until there are no more than `most` or none of them may. Calls `onRemoved` with each. */
  trim(most: number, mayGo: (row: R) => boolean, onRemoved?: (row: R) => void): void {
    let surplus = this.#rows.size - most;
    if (surplus <= 0) return;
    for (const [id, row] of this.#rows) {
      if (!mayGo(row)) continue;
      this.remove(id);
      onRemoved?.(row);
      if (--surplus === 0) return;
    }
  }

  /** What has changed after `revision`; undefined where some of it is no longer known. */
  changesSince(revision: number): { readonly rows: R[]; readonly removed: Id[] } | undefined {
    if (revision < this.#forgotten) return undefined;
    const rows: R[] = [];
    for (const row of this.#rows.values()) if (row.revision > revision) rows.push(row);
    return { rows, removed: this.#removedSince(revision) };
  }

  /** Whether a row was removed after `revision`, as far as that is known. */
  removedSince(id: Id, revision: number): boolean {
    return revision < this.#forgotten || this.#removedSince(revision).includes(id);
  }

  #removedSince(revision: number): Id[] {
    const removed: Id[] = [];
    for (let i = this.#removals.length - 1; i >= 0 && this.#removals[i]!.revision > revision; i--)
      removed.push(this.#removals[i]!.id);
    return removed;
  }
}
