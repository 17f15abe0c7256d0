import type { PackedKey } from "./packed-key.ts";
import { StateEntries } from "./state-entries.ts";

/**
 * A part of the keys of a store: its entries, and the slots in which they are found by the hash of their key.
 *
 * ```text
 * slots     | . | tag + entry | . | ...                       open addressing; the tag spares looking at most other entries
 * ```
 */
export class StateSegment extends StateEntries {
  slots: Int32Array<ArrayBuffer>;
  mask: number;
  /** How many entries the slots may have before there are more of them. */
  #most: number;
  /** Entries in slots, with and without a value. */
  #count = 0;
  readonly #loadLimit: number;

  /**
   * `share`, from 0 to 1, differs from segment to segment, and with it when each of them grows: all at once would stop a
   * batch for as long as moving all keys takes.
   */
  constructor(share: number) {
    super(Math.ceil(FIRST_ENTRIES * (1 + share)));
    this.#loadLimit = 0.45 + 0.3 * share;
    this.slots = new Int32Array(FIRST_SLOTS);
    this.mask = FIRST_SLOTS - 1;
    this.#most = Math.floor(FIRST_SLOTS * this.#loadLimit);
  }

  /** The entry of a key, with or without a value, or -1. */
  find(key: PackedKey): number {
    const { slots, mask } = this;
    const { hash } = key;
    const tag = hash & TAG;
    for (let i = (hash >>> HOME_SHIFT) & mask; ; i = (i + 1) & mask) {
      const slot = slots[i]!;
      if (slot === 0) return -1;
      if ((slot & TAG) === tag && this.has((slot & ENTRY_MASK) - 1, key)) return (slot & ENTRY_MASK) - 1;
    }
  }

  /** Adds a key that {@link StateSegment.find} did not find, without a value. */
  insert(packed: PackedKey, key: unknown): number {
    if (this.#count === this.#most) this.#growSlots();
    const entry = this.add(packed, key);
    this.#place(entry, packed.hash);
    this.#count++;
    return entry;
  }

  /** Frees an entry without a value. */
  free(entry: number): void {
    this.#displace(entry);
    this.#count--;
    this.release(entry);
  }

  #place(entry: number, hash: number): void {
    const { slots, mask } = this;
    let i = (hash >>> HOME_SHIFT) & mask;
    while (slots[i] !== 0) i = (i + 1) & mask;
    slots[i] = (hash & TAG) | (entry + 1);
  }

  /** Takes an entry out of the slots. What was pushed on by it moves back, so that no search ends before its goal. */
  #displace(entry: number): void {
    const { slots, mask } = this;
    let hole = (this.hash(entry) >>> HOME_SHIFT) & mask;
    while ((slots[hole]! & ENTRY_MASK) !== entry + 1) hole = (hole + 1) & mask;
    for (let i = (hole + 1) & mask; slots[i] !== 0; i = (i + 1) & mask) {
      const home = (this.hash((slots[i]! & ENTRY_MASK) - 1) >>> HOME_SHIFT) & mask;
      // Whether the search for it, which begins at its home, comes by the hole.
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        slots[hole] = slots[i]!;
        hole = i;
      }
    }
    slots[hole] = 0;
  }

  #growSlots(): void {
    this.slots = new Int32Array(2 * this.slots.length);
    this.mask = 2 * this.mask + 1;
    this.#most = Math.floor(this.slots.length * this.#loadLimit);
    for (let entry = 0; entry < this.end; entry++) if (this.isUsed(entry)) this.#place(entry, this.hash(entry));
  }
}

/** A slot has an entry's number plus one in its low bits, and a part of its hash in the others. */
export const ENTRY_BITS = 24;
export const ENTRY_MASK = (1 << ENTRY_BITS) - 1;
export const TAG = ~ENTRY_MASK;
/** The bits of a hash below these are for choosing a segment. */
export const HOME_SHIFT = 6;
const FIRST_SLOTS = 32;
const FIRST_ENTRIES = 8;
