/** State that is larger than memory: a store in an LMDB file. `lmdb` is an optional peer dependency. */
import type { Database, RootDatabase } from "lmdb";
import { RecordNames } from "../closure/class-names.ts";
import { hashKey, murmur3 } from "../core/hash.ts";
import { canonicalKey } from "../core/key.ts";
import { MillraceError } from "../errors.ts";
import { removeTree } from "../platform/files.ts";
import { undisturbed } from "../platform/threads.ts";
import { decodeRecords, encodeBatch } from "../serializer/record-batch.ts";
import { decodeEntries, encodeEntries } from "./entry-batch.ts";
import type { StateDump, StateEntry, StateStore } from "./state-store.ts";

/** So many entries are read at a time, when all are. */
const READ_TOGETHER = 1000;

/** LMDB's keys are short: of a longer text, its end is replaced by two hashes. */
const MOST_CHARACTERS = 400;

/** A key that has been touched since the last call of `changes`; without a value where it has been removed. */
interface Touched {
  readonly key: unknown;
  value: unknown;
  time: number;
  /** The time under which the file has it; undefined where it has it not. */
  readonly storedTime: number | undefined;
}

/**
 * A {@link StateStore} in a file of LMDB, for state that is larger than memory: only what a batch touches is in memory. Set
 * `millrace.state.store` to `lmdb` to have it. LMDB does not survive that a thread ends within it, so all calls of it are
 * {@link undisturbed}, and none while a function of the program runs.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { LmdbStateStore } from "millrace/state";
 *
 * const store = await LmdbStateStore.open(mkdtempSync(join(tmpdir(), "state-")));
 * store.put("EC-MIG", 640, 1000);
 * assert.equal(store.get("EC-MIG"), 640);
 * store.close();
 * ```
 */
export class LmdbStateStore implements StateStore {
  readonly #path: string;
  readonly #root: RootDatabase<Buffer, string>;
  /** Entries by the text of their keys. */
  readonly #entries: Database<Buffer, string>;
  /** An entry for each key, in the order of their times. */
  readonly #times: Database<Buffer, [time: number, place: string]>;
  readonly #touched = new Map<string, Touched>();
  #size = 0;
  /** Whether a transaction is under way. */
  #inside = false;
  /** Where a dump goes on, by the cursor that it gave. */
  #dump: { readonly cursor: number; readonly after: string } | undefined;

  private constructor(path: string, root: RootDatabase<Buffer, string>) {
    this.#path = path;
    this.#root = root;
    this.#entries = root.openDB<Buffer, string>({ name: "entries", encoding: "binary" });
    this.#times = root.openDB<Buffer, [number, string]>({ name: "times", encoding: "binary" });
  }

  /** An empty store in a directory where there is nothing yet. Throws `MODULE_MISSING` where `lmdb` is not installed. */
  static async open(path: string): Promise<LmdbStateStore> {
    const { open } = await loadLmdb();
    // What a file has is written again from the state's own files after a failure: it need not survive one.
    return undisturbed(
      () => new LmdbStateStore(path, open<Buffer, string>({ path, noSync: true, encoding: "binary" })),
    );
  }

  get size(): number {
    return this.#size;
  }

  get(key: unknown): unknown {
    const place = placeOf(key);
    const touched = this.#touched.get(place);
    return touched === undefined ? this.#stored(place)?.value : touched.value;
  }

  put(key: unknown, value: unknown, time: number): void {
    const touched = this.#touch(key);
    if (touched.value === undefined) this.#size++;
    touched.value = value;
    touched.time = time;
  }

  remove(key: unknown): boolean {
    const touched = this.#touch(key);
    if (touched.value === undefined) return false;
    touched.value = undefined;
    this.#size--;
    return true;
  }

  *entries(): Generator<StateEntry, undefined> {
    for (const { place, entry } of this.#inFile()) {
      const touched = this.#touched.get(place);
      if (touched === undefined) yield entry;
      else if (touched.value !== undefined) yield { key: touched.key, value: touched.value, time: touched.time };
    }
    for (const { key, value, time, storedTime } of [...this.#touched.values()]) {
      if (storedTime === undefined && value !== undefined) yield { key, value, time };
    }
  }

  *touchedBefore(time: number): Generator<StateEntry, undefined> {
    const due: { readonly place: string; readonly time: number }[] = [];
    undisturbed(() => {
      for (const [at, place] of this.#times.getKeys({ end: [time, ""] })) {
        if (!this.#touched.has(place)) due.push({ place, time: at });
      }
    });
    for (const [place, touched] of this.#touched) {
      if (touched.value !== undefined && touched.time < time) due.push({ place, time: touched.time });
    }
    for (const { place } of due.sort((a, b) => a.time - b.time)) {
      const { key, value, time: at } = this.#touched.get(place) ?? this.#stored(place)!;
      yield { key, value, time: at };
    }
  }

  changes(names = new RecordNames()): Uint8Array | undefined {
    const changed = [...this.#touched].filter(
      ([, { value, storedTime }]) => value !== undefined || storedTime !== undefined,
    );
    if (changed.length === 0) {
      this.#touched.clear();
      return undefined;
    }
    const present = changed.flatMap(([, touched]) => (touched.value === undefined ? [] : [touched]));
    const removed = changed.flatMap(([, { key, value }]) => (value === undefined ? [key] : []));
    const entries = present.map(({ key, value }) => [key, value] as const);
    const bytes = encodeEntries({ entries, times: present.map(({ time }) => time), removed }, names);
    this.#inTransaction(() => {
      for (const [place, touched] of changed) this.#store(place, touched);
    });
    this.#touched.clear();
    return bytes;
  }

  dump(cursor: number, most: number, names = new RecordNames()): StateDump {
    const entries: StateEntry[] = [];
    const after = cursor !== 0 && this.#dump?.cursor === cursor ? this.#dump.after : undefined;
    let last = after;
    for (const { place, entry } of this.#inFile(after)) {
      if (entries.length >= most) {
        this.#dump = { cursor: cursor + entries.length, after: last! };
        return { bytes: encodeAll(entries, names), next: cursor + entries.length };
      }
      last = place;
      entries.push(this.#touched.get(place) ?? entry);
    }
    const others = [...this.#touched.values()].filter(({ storedTime }) => storedTime === undefined);
    const present = [...entries, ...others].filter(({ value }) => value !== undefined);
    return { bytes: encodeAll(present, names), next: undefined };
  }

  load(bytes: Uint8Array): void {
    const { entries, times, removed } = decodeEntries(bytes);
    this.#inTransaction(() => {
      for (const [i, [key, value]] of entries.entries()) this.#replace(key, value, times[i]!);
      for (const key of removed) this.#replace(key, undefined, 0);
    });
  }

  /** Closes the file, and removes it. */
  close(): void {
    const removed = undisturbed(() => this.#root.close()).then(() => removeTree(this.#path));
    removed.catch(() => undefined);
  }

  #replace(key: unknown, value: unknown, time: number): void {
    const touched = this.#touch(key);
    if ((touched.value === undefined) !== (value === undefined)) this.#size += value === undefined ? -1 : 1;
    const place = placeOf(key);
    this.#touched.delete(place);
    this.#store(place, { ...touched, value, time });
  }

  #store(place: string, touched: Touched): void {
    const { value, time, storedTime } = touched;
    if (storedTime !== undefined && storedTime !== time) this.#times.removeSync([storedTime, place]);
    if (value === undefined) {
      if (storedTime !== undefined) this.#times.removeSync([storedTime, place]);
      this.#entries.removeSync(place);
      return;
    }
    if (storedTime !== time) this.#times.putSync([time, place], NOTHING);
    this.#entries.putSync(place, encodeEntry(touched));
  }

  #touch(key: unknown): Touched {
    const place = placeOf(key);
    const known = this.#touched.get(place);
    if (known !== undefined) return known;
    const stored = this.#stored(place);
    const touched = { key, value: stored?.value, time: stored?.time ?? 0, storedTime: stored?.time };
    this.#touched.set(place, touched);
    return touched;
  }

  #stored(place: string): StateEntry | undefined {
    const bytes = this.#inside ? this.#entries.getBinary(place) : undisturbed(() => this.#entries.getBinary(place));
    return bytes && decodeEntry(bytes);
  }

  /** What the file has, behind the entry at `after`. */
  *#inFile(after?: string): Generator<{ readonly place: string; readonly entry: StateEntry }, undefined> {
    for (let last = after; ; ) {
      const range = { limit: READ_TOGETHER + 1, ...(last !== undefined && { start: last }) };
      const some = undisturbed(() =>
        Array.from(this.#entries.getRange(range), ({ key: place, value }) => ({ place, entry: decodeEntry(value) })),
      );
      const first = last;
      for (const each of some) if (each.place !== first) yield each;
      if (some.length <= READ_TOGETHER) return;
      last = some.at(-1)!.place;
    }
  }

  #inTransaction(body: () => void): void {
    undisturbed(() => {
      this.#inside = true;
      try {
        this.#root.transactionSync(body);
      } finally {
        this.#inside = false;
      }
    });
  }
}

const NOTHING = Buffer.alloc(0);
/** Classes in a store's own file are those of its thread. */
const OWN_NAMES = new RecordNames();

function encodeEntry({ key, value, time }: StateEntry): Buffer {
  return Buffer.from(encodeBatch([[key, value, time]], OWN_NAMES));
}

function decodeEntry(bytes: Uint8Array): StateEntry {
  // A copy, at a multiple of eight.
  const [[key, value, time]] = decodeRecords(new Uint8Array(bytes)) as [[unknown, unknown, number]];
  return { key, value, time };
}

function encodeAll(entries: readonly StateEntry[], names: RecordNames): Uint8Array {
  return encodeEntries(
    {
      entries: entries.map(({ key, value }) => [key, value] as const),
      times: entries.map(({ time }) => time),
      removed: [],
    },
    names,
  );
}

function placeOf(key: unknown): string {
  const text = canonicalKey(key);
  // A lone surrogate has no UTF-8, in which LMDB has its keys.
  const whole = text.isWellFormed() ? text : `~${JSON.stringify(text)}`;
  if (whole.length <= MOST_CHARACTERS) return whole;
  const bytes = Buffer.from(whole);
  return `${whole.slice(0, MOST_CHARACTERS)}#${whole.length}#${hashKey(whole)}#${murmur3(bytes, 7)}#${murmur3(bytes, 11)}`;
}

async function loadLmdb(): Promise<typeof import("lmdb")> {
  try {
    return await import("lmdb");
  } catch (cause) {
    throw new MillraceError("MODULE_MISSING", "the package lmdb, which state in LMDB needs, cannot be loaded", {
      cause,
      remedy: "Install it: npm install lmdb.",
    });
  }
}
