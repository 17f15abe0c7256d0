import type { RecordNames } from "../../../../closure/class-names.ts";
import type { AsciiTexts } from "../../../../core/ascii-texts.ts";
import { addToGroup, KeyedTable } from "../../../../core/keyed-table.ts";
import { Time } from "../../../../core/time.ts";
import { entriesOf } from "../../../../state/entry-batch.ts";
import { MemoryStateStore } from "../../../../state/memory-store.ts";
import { ENTRY_BITS, ENTRY_MASK } from "../../../../state/state-segment.ts";
import type { StateEntry, StateStore } from "../../../../state/state-store.ts";
import { EmittedRecords } from "./emitted-records.ts";

/**
 * What a partition's run of `updateStateByKey` works on: it gathers the values of the batch, and then goes from key to key,
 * through all that are known and all that the batch brings.
 */
export interface UpdateStateRun {
  readonly time: Time;
  /** Looks for the keys of pairs, or for keys, that are about to come. */
  lookAhead(pairs: readonly unknown[] | AsciiTexts): void;
  /** A value of the batch: of pair `i` of those that were looked for last, or -1. */
  add(key: unknown, value: unknown, i: number): void;
  /** Goes to the next key; false after the last. */
  advance(): boolean;
  readonly key: unknown;
  /** What the batch has for the key. */
  readonly values: unknown[];
  /** Its state, undefined where it has none. */
  readonly before: unknown;
  /** The state that the key has now: undefined for none. */
  set(state: unknown): void;
  /** All keys with their states, encoded. */
  finish(): readonly Uint8Array[];
}

export function updateStateRun(store: StateStore, batchTime: number, names: RecordNames): UpdateStateRun {
  return store instanceof MemoryStateStore
    ? new UpdateByPlace(store, batchTime, names)
    : new UpdateByKey(store, batchTime, names);
}

/** Whether a state need not be put again: an object that comes back may have been changed by the function. */
export function isUnchanged(state: unknown, before: unknown): boolean {
  return Object.is(state, before) && typeof state !== "object";
}

/** By places, so that no key is made that the function does not ask for. */
class UpdateByPlace implements UpdateStateRun {
  readonly time: Time;
  readonly #store: MemoryStateStore;
  readonly #batchTime: number;
  readonly #names: RecordNames;
  /** The values by the segment and entry of their key. */
  readonly #values: unknown[][][];
  #segment = 0;
  #entry = -1;
  values: unknown[] = [];
  before: unknown;

  constructor(store: MemoryStateStore, batchTime: number, names: RecordNames) {
    this.time = new Time(batchTime);
    this.#store = store;
    this.#batchTime = batchTime;
    this.#names = names;
    this.#values = store.segments.map(() => []);
  }

  lookAhead(pairs: readonly unknown[] | AsciiTexts): void {
    this.#store.lookAhead(pairs);
  }

  add(key: unknown, value: unknown, i: number): void {
    const store = this.#store;
    let place = i === -1 ? store.find(key) : store.findAhead(i, key);
    if (place === -1) place = store.insert(key);
    const ofSegment = this.#values[place >>> ENTRY_BITS]!;
    const entry = place & ENTRY_MASK;
    const values = ofSegment[entry];
    if (values === undefined) ofSegment[entry] = [value];
    else values.push(value);
  }

  advance(): boolean {
    const { segments } = this.#store;
    for (;;) {
      const segment = segments[this.#segment];
      if (segment === undefined) return false;
      const values = this.#values[this.#segment]!;
      while (++this.#entry < segment.end) {
        const entry = this.#entry;
        if (!segment.isUsed(entry)) continue;
        this.values = values[entry] ?? [];
        this.before = segment.value(entry);
        return true;
      }
      this.#segment++;
      this.#entry = -1;
    }
  }

  get #place(): number {
    return (this.#segment << ENTRY_BITS) | this.#entry;
  }

  get key(): unknown {
    return this.#store.keyAt(this.#place);
  }

  set(state: unknown): void {
    if (state === undefined) this.#store.removeAt(this.#place);
    else if (!isUnchanged(state, this.before)) this.#store.setAt(this.#place, state, this.#batchTime);
  }

  finish(): readonly Uint8Array[] {
    return [entriesOf(this.#store.dump(0, Number.POSITIVE_INFINITY, this.#names).bytes)];
  }
}

/** By keys, for any store. */
class UpdateByKey implements UpdateStateRun {
  readonly time: Time;
  readonly #store: StateStore;
  readonly #batchTime: number;
  readonly #groups = new KeyedTable<unknown[]>();
  readonly #emitted: EmittedRecords;
  #known: Iterator<StateEntry> | undefined;
  #done = new Set<number>();
  #next = 0;
  key: unknown;
  values: unknown[] = [];
  before: unknown;

  constructor(store: StateStore, batchTime: number, names: RecordNames) {
    this.time = new Time(batchTime);
    this.#store = store;
    this.#batchTime = batchTime;
    this.#emitted = new EmittedRecords(names);
  }

  lookAhead(): void {}

  add(key: unknown, value: unknown): void {
    addToGroup(this.#groups, key, value);
  }

  advance(): boolean {
    this.#known ??= this.#store.entries()[Symbol.iterator]();
    const step = this.#known.next();
    if (!step.done) {
      const place = this.#groups.find(step.value.key);
      if (place !== -1) this.#done.add(place);
      this.#at(step.value.key, place === -1 ? [] : this.#groups.values[place]!, step.value.value);
      return true;
    }
    while (this.#done.has(this.#next)) this.#next++;
    if (this.#next >= this.#groups.size) return false;
    this.#at(this.#groups.keys[this.#next], this.#groups.values[this.#next]!, undefined);
    this.#next++;
    return true;
  }

  #at(key: unknown, values: unknown[], before: unknown): void {
    this.key = key;
    this.values = values;
    this.before = before;
  }

  set(state: unknown): void {
    if (state === undefined) {
      if (this.before !== undefined) this.#store.remove(this.key);
      return;
    }
    if (!isUnchanged(state, this.before)) this.#store.put(this.key, state, this.#batchTime);
    this.#emitted.add([this.key, state]);
  }

  finish(): readonly Uint8Array[] {
    return this.#emitted.finish();
  }
}
