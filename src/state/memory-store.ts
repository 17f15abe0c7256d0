import type { RecordNames } from "../closure/class-names.ts";
import type { AsciiTexts } from "../core/ascii-texts.ts";
import { lazyModule } from "../platform/own-modules.ts";
import { decodeEntries } from "./entry-batch.ts";
import { EntryColumns } from "./entry-columns.ts";
import { LookAhead } from "./look-ahead.ts";
import { PackedKey } from "./packed-key.ts";
import { ENTRY_BITS, ENTRY_MASK, HOME_SHIFT, StateSegment } from "./state-segment.ts";
import type { StateDump, StateEntry, StateStore } from "./state-store.ts";

const classNames = lazyModule<typeof import("../closure/class-names.ts")>(import.meta.url, "../closure/class-names.ts");

const SEGMENTS = 1 << HOME_SHIFT;

export interface MemoryStateStoreOptions {
  /** Whether `touchedBefore` has an index, which is kept up to date with each `put`; otherwise it looks at every entry. */
  readonly indexesTime?: boolean;
  /** Whether changes are noted for `changes`, as they are by default; otherwise it has none. */
  readonly notesChanges?: boolean;
}

/**
 * A {@link StateStore} in the memory of its thread. Keys, and values that are numbers, are kept in typed arrays: there may be
 * hundreds of millions, at about 80 bytes for a key of 16 characters and a number, and the garbage collector does not walk
 * them. Other values are kept as they are.
 *
 * Inside millrace it is used by places: `find` gives the place of a key, which it keeps until it is removed. A place is the
 * number of a segment, chosen by the key's hash, above that of an entry in it.
 */
export class MemoryStateStore implements StateStore {
  /** @internal */
  readonly segments: readonly StateSegment[];
  /** @internal With fewer keys, which are in the processor's cache, to search for each in turn takes less time. */
  looksAheadFrom = 1 << 15;
  readonly #indexesTime: boolean;
  readonly #notesChanges: boolean;
  readonly #packed = new PackedKey();
  readonly #ahead: LookAhead;
  /** What has changed since the last call of {@link MemoryStateStore.changes}. */
  readonly #journal: EntryColumns;

  constructor({ indexesTime = true, notesChanges = true }: MemoryStateStoreOptions = {}) {
    this.segments = Array.from({ length: SEGMENTS }, (_, i) => new StateSegment(i / SEGMENTS));
    this.#ahead = new LookAhead(this.segments, this.#packed);
    this.#journal = new EntryColumns(this.segments);
    this.#indexesTime = indexesTime;
    this.#notesChanges = notesChanges;
  }

  get size(): number {
    let size = 0;
    for (const segment of this.segments) size += segment.size;
    return size;
  }

  get(key: unknown): unknown {
    const place = this.find(key);
    return place === -1 ? undefined : this.valueAt(place);
  }

  put(key: unknown, value: unknown, time: number): void {
    const place = this.find(key);
    this.setAt(place === -1 ? this.insert(key) : place, value, time);
  }

  remove(key: unknown): boolean {
    const place = this.find(key);
    return place !== -1 && this.removeAt(place);
  }

  *entries(): Generator<StateEntry, undefined> {
    for (let place = this.next(-1); place !== -1; place = this.next(place)) yield this.#entryAt(place);
  }

  *touchedBefore(time: number): Generator<StateEntry, undefined> {
    const due = this.#indexesTime ? this.#dueByIndex(time) : this.#due(time);
    for (const place of due.sort((a, b) => this.#timeAt(a) - this.#timeAt(b))) yield this.#entryAt(place);
  }

  changes(names: RecordNames = new (classNames().RecordNames)()): Uint8Array | undefined {
    const journal = this.#journal;
    if (journal.count === 0) return undefined;
    const bytes = journal.encode(names);
    for (let row = 0; row < journal.count; row++) {
      const place = journal.places[row]!;
      const segment = this.segments[place >>> ENTRY_BITS]!;
      if (!journal.isCompact(row) && !segment.hasValue(place & ENTRY_MASK)) segment.free(place & ENTRY_MASK);
    }
    journal.clear();
    return bytes;
  }

  dump(cursor: number, most: number, names: RecordNames = new (classNames().RecordNames)()): StateDump {
    const { columns, next } = this.columns(cursor, most);
    return { bytes: columns.encode(names), next };
  }

  /** @internal What {@link MemoryStateStore.dump} encodes. */
  columns(cursor = 0, most = Number.POSITIVE_INFINITY): { columns: EntryColumns; next: number | undefined } {
    const columns = new EntryColumns(this.segments, Math.min(most, this.size));
    let segment = cursor >>> ENTRY_BITS;
    let entry = cursor & ENTRY_MASK;
    for (let left = most; left > 0 && segment < SEGMENTS; left--) {
      const one = this.segments[segment]!;
      if (entry >= one.end) {
        segment++;
        entry = 0;
        continue;
      }
      if (one.hasValue(entry)) columns.add((segment << ENTRY_BITS) | entry);
      entry++;
    }
    return {
      columns,
      next: segment === SEGMENTS ? undefined : (segment << ENTRY_BITS) | entry,
    };
  }

  load(bytes: Uint8Array): void {
    const { entries, times, removed } = decodeEntries(bytes);
    for (const [i, [key, value]] of entries.entries()) {
      const place = this.find(key);
      this.#set(place === -1 ? this.insert(key) : place, value, times[i]!);
    }
    for (const key of removed) {
      const place = this.find(key);
      if (place === -1) continue;
      this.#unset(place);
      if (!this.#isInJournal(place)) this.segments[place >>> ENTRY_BITS]!.free(place & ENTRY_MASK);
    }
  }

  close(): void {
    this.#journal.clear();
    (this as { segments: readonly StateSegment[] }).segments = [];
  }

  // ---- by place

  /** @internal The place of a key, with or without a value, or -1. */
  find(key: unknown): number {
    this.#packed.set(key);
    return this.#findPacked();
  }

  #findPacked(): number {
    const packed = this.#packed;
    const segment = packed.hash & (SEGMENTS - 1);
    const entry = this.segments[segment]!.find(packed);
    return entry === -1 ? -1 : (segment << ENTRY_BITS) | entry;
  }

  /** @internal Looks for the keys of pairs, or for keys, that are about to be asked for by {@link MemoryStateStore.findAhead}. */
  lookAhead(pairs: readonly unknown[] | AsciiTexts): void {
    this.#ahead.look(this.size < this.looksAheadFrom ? [] : pairs);
  }

  /** @internal As {@link MemoryStateStore.find}, for the key of pair `i` of those that were looked for last. */
  findAhead(i: number, key: unknown): number {
    const place = this.#ahead.place(i);
    return place === -1 ? this.find(key) : place;
  }

  /** @internal The same for the key that is text `i` of those that were looked for last, of which no string is made. */
  findText(i: number, texts: AsciiTexts): number {
    const place = this.#ahead.place(i);
    if (place !== -1) return place;
    this.#packed.setText(texts, i);
    return this.#findPacked();
  }

  /** @internal The place of a new key: that which was sought last, and not found. */
  insert(key: unknown): number {
    const packed = this.#packed;
    const segment = packed.hash & (SEGMENTS - 1);
    return (segment << ENTRY_BITS) | this.segments[segment]!.insert(packed, key);
  }

  /** @internal Undefined where the key has no value. */
  valueAt(place: number): unknown {
    return this.segments[place >>> ENTRY_BITS]!.value(place & ENTRY_MASK);
  }

  /** @internal */
  setAt(place: number, value: unknown, time: number): void {
    this.#set(place, value, time);
    if (this.#notesChanges) this.#note(place, value, time);
  }

  /** @internal False where the key has no value: it goes, too. */
  removeAt(place: number): boolean {
    const had = this.segments[place >>> ENTRY_BITS]!.hasValue(place & ENTRY_MASK);
    this.#unset(place);
    if (this.#notesChanges) this.#note(place, undefined, 0);
    else this.segments[place >>> ENTRY_BITS]!.free(place & ENTRY_MASK);
    return had;
  }

  /** @internal The next place whose key has a value, after `place` or, of -1, the first; -1 after the last. */
  next(place: number): number {
    let segment = place === -1 ? 0 : place >>> ENTRY_BITS;
    let entry = place === -1 ? 0 : (place & ENTRY_MASK) + 1;
    for (; segment < SEGMENTS; segment++, entry = 0) {
      const one = this.segments[segment]!;
      for (; entry < one.end; entry++) if (one.hasValue(entry)) return (segment << ENTRY_BITS) | entry;
    }
    return -1;
  }

  /** @internal */
  keyAt(place: number): unknown {
    return this.segments[place >>> ENTRY_BITS]!.key(place & ENTRY_MASK);
  }

  #set(place: number, value: unknown, time: number): void {
    const segment = this.segments[place >>> ENTRY_BITS]!;
    const entry = place & ENTRY_MASK;
    if (this.#indexesTime) segment.touch(entry, time, segment.hasValue(entry));
    else segment.setTime(entry, time);
    segment.set(entry, value);
  }

  #unset(place: number): void {
    const segment = this.segments[place >>> ENTRY_BITS]!;
    const entry = place & ENTRY_MASK;
    if (this.#indexesTime && segment.hasValue(entry)) segment.unlink(entry);
    segment.unset(entry);
  }

  /** Notes a change. An entry says in which row of the journal it is; whether it is true, the row says. */
  #note(place: number, value: unknown, time: number): void {
    const journal = this.#journal;
    const segment = this.segments[place >>> ENTRY_BITS]!;
    const row = segment.journal(place & ENTRY_MASK);
    if (row < journal.count && journal.places[row] === place) journal.update(row, value, time);
    else segment.setJournal(place & ENTRY_MASK, journal.add(place));
  }

  #isInJournal(place: number): boolean {
    const row = this.segments[place >>> ENTRY_BITS]!.journal(place & ENTRY_MASK);
    return row < this.#journal.count && this.#journal.places[row] === place;
  }

  #dueByIndex(time: number): number[] {
    const due: number[] = [];
    for (const [i, segment] of this.segments.entries()) {
      for (let entry = segment.oldest; entry !== -1 && segment.time(entry) < time; entry = segment.newerThan(entry)) {
        due.push((i << ENTRY_BITS) | entry);
      }
    }
    return due;
  }

  #due(time: number): number[] {
    const due: number[] = [];
    for (let place = this.next(-1); place !== -1; place = this.next(place)) {
      if (this.#timeAt(place) < time) due.push(place);
    }
    return due;
  }

  #timeAt(place: number): number {
    return this.segments[place >>> ENTRY_BITS]!.time(place & ENTRY_MASK);
  }

  #entryAt(place: number): StateEntry {
    return { key: this.keyAt(place), value: this.valueAt(place), time: this.#timeAt(place) };
  }
}
