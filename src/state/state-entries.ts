import { isInteger32 } from "../core/integer32.ts";
import { ASCII, hashOf, NUMBER, type PackedKey, WIDE, wordsOf } from "./packed-key.ts";

/**
 * The entries of a segment, in typed arrays, which the garbage collector does not walk: each has a key, a value and a time.
 *
 * ```text
 * entry     | head | journal | key x 4 | value x 2 | time f64 | older | newer |           12 words, 48 bytes
 * head      | characters of the key 26 | kind of the key 3 | - | value 2 |
 * ```
 *
 * A key of up to four words, which are sixteen ASCII characters, is in its entry; the words of a longer one are in an arena,
 * and the entry says where. A value that is a number is in its entry, too; others are in an array beside it, as are keys that
 * are neither strings nor numbers. Entries are linked from the one touched longest ago to the one touched last. `journal` is
 * the store's own.
 */
export class StateEntries {
  /** How many entries have a value. */
  size = 0;
  /** All entries are below this. */
  end = 0;
  words: Int32Array<ArrayBuffer>;
  /** The same memory. */
  #doubles: Float64Array<ArrayBuffer>;
  /** Values that are no numbers. */
  #objects: unknown[] | undefined;
  /** Keys that are neither strings nor numbers. */
  #structures: unknown[] | undefined;
  /** The first of the entries that are free again: each has the next in the place of its key; -1 for none. */
  #free = -1;
  #arena = new Int32Array(0);
  /** The memory of the key that was read last. */
  #keyBytes: Buffer | undefined;
  #arenaEnd = 0;
  #arenaUnused = 0;
  #oldest = -1;
  #newest = -1;

  /** There is room for `entries` at first. */
  constructor(entries: number) {
    this.words = new Int32Array(entries * ENTRY_WORDS);
    this.#doubles = new Float64Array(this.words.buffer);
  }

  /** Makes an entry with this key, without a value. */
  protected add(packed: PackedKey, key: unknown): number {
    const entry = this.#newEntry();
    const base = entry * ENTRY_WORDS;
    const { length } = packed;
    this.words[base + HEAD] = headOf(packed.kind, packed.characters);
    this.words[base + JOURNAL] = 0;
    if (length <= INLINE_WORDS) {
      for (let i = 0; i < length; i++) this.words[base + KEY + i] = packed.words[i]!;
    } else {
      this.words[base + KEY] = NOWHERE;
      this.words[base + KEY] = this.#addToArena(packed);
    }
    if (packed.kind > NUMBER) {
      this.#structures ??= [];
      this.#structures[entry] = key;
    }
    return entry;
  }

  /** Frees the room of an entry without a value. */
  protected release(entry: number): void {
    const base = entry * ENTRY_WORDS;
    const length = this.#keyWords(entry);
    if (length > INLINE_WORDS) this.#arenaUnused += length;
    if (this.#structures !== undefined) this.#structures[entry] = undefined;
    this.words[base + HEAD] = FREE;
    this.words[base + KEY] = this.#free;
    this.#free = entry;
  }

  /** Whether an entry is one: those that are free lie between others. */
  isUsed(entry: number): boolean {
    return this.words[entry * ENTRY_WORDS + HEAD] !== FREE;
  }

  // ---- values

  hasValue(entry: number): boolean {
    return (this.words[entry * ENTRY_WORDS + HEAD]! & VALUE) !== 0;
  }

  /** The value of an entry that has a number. */
  number(entry: number): number {
    const kind = this.words[entry * ENTRY_WORDS + HEAD]! & VALUE;
    return kind === IS_INTEGER
      ? this.words[entry * ENTRY_WORDS + INTEGER]!
      : this.#doubles[entry * ENTRY_DOUBLES + DOUBLE]!;
  }

  /** Undefined where it has none. */
  value(entry: number): unknown {
    switch (this.words[entry * ENTRY_WORDS + HEAD]! & VALUE) {
      case IS_INTEGER:
        return this.words[entry * ENTRY_WORDS + INTEGER]!;
      case IS_DOUBLE:
        return this.#doubles[entry * ENTRY_DOUBLES + DOUBLE]!;
      case IS_OBJECT:
        return this.#objects![entry];
      default:
        return undefined;
    }
  }

  set(entry: number, value: unknown): void {
    const at = entry * ENTRY_WORDS + HEAD;
    const head = this.words[at]!;
    if ((head & VALUE) === 0) this.size++;
    if (typeof value === "number") {
      if (isInteger32(value)) {
        this.words[entry * ENTRY_WORDS + INTEGER] = value;
        this.words[at] = (head & ~VALUE) | IS_INTEGER;
      } else {
        this.#doubles[entry * ENTRY_DOUBLES + DOUBLE] = value;
        this.words[at] = (head & ~VALUE) | IS_DOUBLE;
      }
      if ((head & VALUE) === IS_OBJECT) this.#objects![entry] = undefined;
    } else {
      this.#objects ??= [];
      this.#objects[entry] = value;
      this.words[at] = (head & ~VALUE) | IS_OBJECT;
    }
  }

  /** Takes the value of an entry away; the entry stays. */
  unset(entry: number): void {
    const at = entry * ENTRY_WORDS + HEAD;
    const head = this.words[at]!;
    if ((head & VALUE) === 0) return;
    if ((head & VALUE) === IS_OBJECT) this.#objects![entry] = undefined;
    this.words[at] = head & ~VALUE;
    this.size--;
  }

  // ---- when entries were touched

  time(entry: number): number {
    return this.#doubles[entry * ENTRY_DOUBLES + TIME_DOUBLE]!;
  }

  /** Sets the time of an entry that is not linked. */
  setTime(entry: number, time: number): void {
    this.#doubles[entry * ENTRY_DOUBLES + TIME_DOUBLE] = time;
  }

  /** Links an entry, which has been linked before if `isLinked`, behind all that were touched at this time or earlier. */
  touch(entry: number, time: number, isLinked: boolean): void {
    if (isLinked) {
      if (this.time(entry) === time) return;
      this.unlink(entry);
    }
    this.setTime(entry, time);
    let older = this.#newest;
    while (older !== -1 && this.time(older) > time) older = this.words[older * ENTRY_WORDS + OLDER]!;
    const newer = older === -1 ? this.#oldest : this.words[older * ENTRY_WORDS + NEWER]!;
    this.#link(older, entry);
    this.#link(entry, newer);
  }

  unlink(entry: number): void {
    const base = entry * ENTRY_WORDS;
    this.#link(this.words[base + OLDER]!, this.words[base + NEWER]!);
  }

  #link(older: number, newer: number): void {
    if (older === -1) this.#oldest = newer;
    else this.words[older * ENTRY_WORDS + NEWER] = newer;
    if (newer === -1) this.#newest = older;
    else this.words[newer * ENTRY_WORDS + OLDER] = older;
  }

  /** The entry touched longest ago, of those that are linked; -1 for none. */
  get oldest(): number {
    return this.#oldest;
  }

  newerThan(entry: number): number {
    return this.words[entry * ENTRY_WORDS + NEWER]!;
  }

  // ---- the store's own

  journal(entry: number): number {
    return this.words[entry * ENTRY_WORDS + JOURNAL]!;
  }

  setJournal(entry: number, journal: number): void {
    this.words[entry * ENTRY_WORDS + JOURNAL] = journal;
  }

  // ---- keys

  keyKind(entry: number): number {
    return (this.words[entry * ENTRY_WORDS + HEAD]! >>> KIND_SHIFT) & KIND;
  }

  /** Characters of the text that a key is, or is packed from. */
  keyCharacters(entry: number): number {
    return this.words[entry * ENTRY_WORDS + HEAD]! >>> CHARACTERS_SHIFT;
  }

  /** The key as the program knows it. */
  key(entry: number): unknown {
    const kind = this.keyKind(entry);
    if (kind > NUMBER) return this.#structures![entry];
    const { buffer, byteOffset } = this.#keyMemory(entry);
    const start = byteOffset + 4 * this.#keyStart(entry);
    if (kind === NUMBER) return new DataView(buffer).getFloat64(start, true);
    const characters = this.keyCharacters(entry);
    if (kind === WIDE) return Buffer.from(buffer, start, 2 * characters).toString("utf16le");
    // One buffer for many keys: to make one takes as long as to make the string.
    if (this.#keyBytes?.buffer !== buffer) this.#keyBytes = Buffer.from(buffer);
    return this.#keyBytes.toString("latin1", start, start + characters);
  }

  /** Whether the key of an entry is a string of ASCII. */
  isAscii(entry: number): boolean {
    return this.keyKind(entry) === ASCII;
  }

  /** Whether an entry has an ASCII key and a number. */
  isCompact(entry: number): boolean {
    const head = this.words[entry * ENTRY_WORDS + HEAD]!;
    return (head & IS_NUMBER) !== 0 && ((head >>> KIND_SHIFT) & KIND) === ASCII;
  }

  /** Writes an ASCII key into `target` at `at`; returns where it ends. */
  copyKey(entry: number, target: Uint8Array, at: number): number {
    const memory = this.#keyMemory(entry);
    const end = at + this.keyCharacters(entry);
    for (let to = at, word = this.#keyStart(entry); to < end; word++) {
      let packed = memory[word]!;
      for (const stop = Math.min(end, to + 4); to < stop; to++, packed >>>= 8) target[to] = packed;
    }
    return end;
  }

  #keyWords(entry: number): number {
    return wordsOf(this.keyKind(entry), this.keyCharacters(entry));
  }

  #keyStart(entry: number): number {
    const start = entry * ENTRY_WORDS + KEY;
    return this.#keyWords(entry) > INLINE_WORDS ? this.words[start]! : start;
  }

  #keyMemory(entry: number): Int32Array<ArrayBuffer> {
    return this.#keyWords(entry) > INLINE_WORDS ? this.#arena : this.words;
  }

  /** Reads both ends of an entry, which may be in two lines of the processor's cache, and what kind of object its value is. */
  read(entry: number): number {
    const { words } = this;
    const base = entry * ENTRY_WORDS;
    const read = words[base]! ^ words[base + ENTRY_WORDS - 1]!;
    return this.#objects !== undefined && Array.isArray(this.#objects[entry]) ? ~read : read;
  }

  /** Whether an entry has the key whose head and words, as many as fit in an entry, are in `rows` at `at`. */
  matches(entry: number, rows: Int32Array, at: number): boolean {
    const { words } = this;
    const base = entry * ENTRY_WORDS;
    const head = rows[at]!;
    if ((words[base + HEAD]! & KEY_BITS) !== head) return false;
    const length = wordsOf((head >>> KIND_SHIFT) & KIND, head >>> CHARACTERS_SHIFT);
    for (let i = 0; i < length; i++) if (words[base + KEY + i] !== rows[at + 1 + i]) return false;
    return true;
  }

  /** The hash of its key. */
  protected hash(entry: number): number {
    return hashOf(this.keyKind(entry), this.keyCharacters(entry), this.#keyMemory(entry), this.#keyStart(entry));
  }

  /** Whether an entry has this key. */
  protected has(entry: number, { kind, characters, length, words: wanted }: PackedKey): boolean {
    const { words } = this;
    const base = entry * ENTRY_WORDS;
    if ((words[base + HEAD]! & KEY_BITS) !== headOf(kind, characters)) return false;
    if (length <= INLINE_WORDS) {
      for (let i = 0; i < length; i++) if (words[base + KEY + i] !== wanted[i]) return false;
      return true;
    }
    const arena = this.#arena;
    const start = words[base + KEY]!;
    for (let i = 0; i < length; i++) if (arena[start + i] !== wanted[i]) return false;
    return true;
  }

  // ---- room

  #newEntry(): number {
    const entry = this.#free;
    if (entry !== -1) {
      this.#free = this.words[entry * ENTRY_WORDS + KEY]!;
      return entry;
    }
    if ((this.end + 1) * ENTRY_WORDS > this.words.length) {
      const entries = Math.ceil((this.words.length / ENTRY_WORDS) * GROWTH) + 1;
      this.words = grown(this.words, entries * ENTRY_WORDS);
      this.#doubles = new Float64Array(this.words.buffer);
    }
    return this.end++;
  }

  #addToArena({ words, length }: PackedKey): number {
    if (this.#arenaEnd + length > this.#arena.length) this.#makeRoomInArena(length);
    const start = this.#arenaEnd;
    this.#arena.set(words.subarray(0, length), start);
    this.#arenaEnd += length;
    return start;
  }

  /** Leaves out what removed keys have left, where that is a third; then there is room for a half more. */
  #makeRoomInArena(length: number): void {
    const old = this.#arena;
    if (3 * this.#arenaUnused < this.#arenaEnd) {
      this.#arena = grown(old, Math.ceil(GROWTH * (this.#arenaEnd + length)));
      return;
    }
    this.#arena = new Int32Array(Math.ceil(GROWTH * (this.#arenaEnd - this.#arenaUnused + length)));
    this.#arenaEnd = 0;
    this.#arenaUnused = 0;
    for (let entry = 0; entry < this.end; entry++) {
      const at = entry * ENTRY_WORDS + KEY;
      const keyWords = this.isUsed(entry) ? this.#keyWords(entry) : 0;
      if (keyWords <= INLINE_WORDS || this.words[at] === NOWHERE) continue;
      this.#arena.set(old.subarray(this.words[at]!, this.words[at]! + keyWords), this.#arenaEnd);
      this.words[at] = this.#arenaEnd;
      this.#arenaEnd += keyWords;
    }
  }
}

/** The key's part of an entry's head. */
export function headOf(kind: number, characters: number): number {
  return (characters << CHARACTERS_SHIFT) | (kind << KIND_SHIFT);
}

const ENTRY_WORDS = 12;
const ENTRY_DOUBLES = 6;
const HEAD = 0;
const JOURNAL = 1;
const KEY = 2;
export const INLINE_WORDS = 4;
/** Where the words of a key are that is being added. */
const NOWHERE = -1;
const INTEGER = 6;
const DOUBLE = 3;
const TIME_DOUBLE = 4;
const OLDER = 10;
const NEWER = 11;

/**
 * The value's kind, in an entry's head: none, something in an array, or a number in the entry. Integers are kept apart from
 * others, so that a function that counts does not get a double.
 */
const VALUE = 3;
const IS_OBJECT = 2;
const IS_NUMBER = 1;
const IS_INTEGER = 1;
const IS_DOUBLE = 3;
const KIND_SHIFT = 3;
const KIND = 7;
const CHARACTERS_SHIFT = 6;
const KEY_BITS = ~VALUE;
/** The head of a free entry; no key has this kind. */
const FREE = KIND << KIND_SHIFT;
const GROWTH = 1.5;

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length);
  copy.set(array);
  return copy;
}
