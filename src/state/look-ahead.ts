import { AsciiTexts } from "../core/ascii-texts.ts";
import { NUMBER, type PackedKey } from "./packed-key.ts";
import { headOf, INLINE_WORDS } from "./state-entries.ts";
import { ENTRY_BITS, ENTRY_MASK, HOME_SHIFT, type StateSegment, TAG } from "./state-segment.ts";

/** A row: hash, head and four words of a key. */
const ROW_WORDS = 6;
/** The head of a key that is not looked for ahead: it is long, or no string and no number. */
const PASSED_OVER = -1;

/**
 * Finds the entries of many keys at once. What a search costs is to wait for memory: for the slot, and then for the entry. One
 * search after the other waits for each in turn; here all slots are read first, and then all entries, by loops so short that the
 * processor waits for ten and more of them at the same time. In a table of millions of keys that takes a third of the time.
 */
export class LookAhead {
  readonly #segments: readonly StateSegment[];
  readonly #packed: PackedKey;
  #rows = new Int32Array(0);
  /** Where a key is, if it is: what is there has to be compared with the key. Or -1. */
  #places = new Int32Array(0);
  #count = 0;
  /** Keeps the reads from being left out. */
  #read = 0;

  constructor(segments: readonly StateSegment[], packed: PackedKey) {
    this.#segments = segments;
    this.#packed = packed;
  }

  /** Looks for the keys of these pairs, or for these keys. What is no pair is passed over. */
  look(pairs: readonly unknown[] | AsciiTexts): void {
    const count = pairs.length;
    if (count * ROW_WORDS > this.#rows.length) {
      this.#rows = new Int32Array(count * ROW_WORDS);
      this.#places = new Int32Array(count);
    }
    this.#count = count;
    if (pairs instanceof AsciiTexts) for (let i = 0; i < count; i++) this.#packText(i, pairs);
    else for (let i = 0; i < count; i++) this.#pack(i, pairs[i]);
    this.#readSlots(count);
    for (let i = 0; i < count; i++) this.#places[i] = this.#guess(i);
    this.#readEntries(count);
  }

  /** The place of the key of pair `i`, or -1 where it has to be looked for. */
  place(i: number): number {
    if (i >= this.#count) return -1;
    const place = this.#places[i]!;
    if (place === -1) return -1;
    const segment = this.#segments[place >>> ENTRY_BITS]!;
    return segment.matches(place & ENTRY_MASK, this.#rows, i * ROW_WORDS + 1) ? place : -1;
  }

  #pack(i: number, pair: unknown): void {
    const key = Array.isArray(pair) ? pair[0] : undefined;
    if (typeof key !== "string" && typeof key !== "number") {
      this.#rows[i * ROW_WORDS + 1] = PASSED_OVER;
      return;
    }
    this.#packed.set(key);
    this.#addRow(i);
  }

  #packText(i: number, texts: AsciiTexts): void {
    this.#packed.setText(texts, i);
    this.#addRow(i);
  }

  #addRow(i: number): void {
    const rows = this.#rows;
    const base = i * ROW_WORDS;
    const packed = this.#packed;
    const { length, kind } = packed;
    if (length > INLINE_WORDS || kind > NUMBER) {
      rows[base + 1] = PASSED_OVER;
      return;
    }
    rows[base] = packed.hash;
    rows[base + 1] = headOf(kind, packed.characters);
    for (let word = 0; word < length; word++) rows[base + 2 + word] = packed.words[word]!;
  }

  #readSlots(count: number): void {
    const rows = this.#rows;
    const segments = this.#segments;
    let read = 0;
    for (let i = 0; i < count; i++) {
      const hash = rows[i * ROW_WORDS]!;
      const { slots, mask } = segments[hash & SEGMENT_MASK]!;
      read ^= slots[(hash >>> HOME_SHIFT) & mask]!;
    }
    this.#read ^= read;
  }

  /** Where the first entry is whose tag is the key's. */
  #guess(i: number): number {
    const base = i * ROW_WORDS;
    if (this.#rows[base + 1] === PASSED_OVER) return -1;
    const hash = this.#rows[base]!;
    const segment = hash & SEGMENT_MASK;
    const { slots, mask } = this.#segments[segment]!;
    for (let at = (hash >>> HOME_SHIFT) & mask; ; at = (at + 1) & mask) {
      const slot = slots[at]!;
      if (slot === 0) return -1;
      if ((slot & TAG) === (hash & TAG)) return (segment << ENTRY_BITS) | ((slot & ENTRY_MASK) - 1);
    }
  }

  #readEntries(count: number): void {
    const places = this.#places;
    const segments = this.#segments;
    let read = 0;
    for (let i = 0; i < count; i++) {
      const place = places[i]!;
      if (place !== -1) read ^= segments[place >>> ENTRY_BITS]!.read(place & ENTRY_MASK);
    }
    this.#read ^= read;
  }
}

const SEGMENT_MASK = (1 << HOME_SHIFT) - 1;
