import type { AsciiTexts } from "./ascii-texts.ts";

/** Strings of up to so many characters are packed. */
const MOST_CHARACTERS = 8;

/** A slot: the string's first and last four characters, and its number plus one; 0 says that the slot is free. */
const SLOT_WORDS = 3;
const NUMBER = 2;

const FIRST_SLOTS = 256;

/**
 * Numbers by short strings. A string of up to eight one-byte characters is an integer of 64 bits, so that finding one
 * neither hashes nor compares strings, and touches no memory but its slot. For keys that are made anew for each record,
 * as words of a text are, that takes a quarter of the time of a `Map`, which reads the string that it holds, too.
 *
 * ```text
 * "EC-MIG"  ->  slot | EC-M | IG.. | number + 1 |       open addressing, at most three quarters full
 * ```
 */
export class ShortStringIndex {
  #slots = new Int32Array(FIRST_SLOTS * SLOT_WORDS);
  #mask = FIRST_SLOTS - 1;
  #size = 0;

  /** Whether `text` can be kept here: it is short, and has neither wide characters nor U+0000, which pads the others. */
  static takes(text: string): boolean {
    if (text.length > MOST_CHARACTERS) return false;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c === 0 || c > 0xff) return false;
    }
    return true;
  }

  /** Makes room for so many strings at once, which spares moving them again and again. */
  reserve(strings: number): void {
    while (4 * strings > 3 * this.#mask) this.#grow();
  }

  /** The number of a string that is {@link ShortStringIndex.takes taken}, or -1. */
  find(text: string): number {
    return this.#slots[this.#slotOf(packed(text, 0), packed(text, 4)) + NUMBER]! - 1;
  }

  /** The number of a string that is {@link ShortStringIndex.takes taken}: `next` where it had none. */
  place(text: string, next: number): number {
    return this.#place(packed(text, 0), packed(text, 4), next);
  }

  /** The same of text `i` of some, or -1 where it is not {@link ShortStringIndex.takes taken}. */
  placeOf(texts: AsciiTexts, i: number, next: number): number {
    const start = texts.startOf(i);
    const end = texts.endOf(i);
    if (end - start > MOST_CHARACTERS) return -1;
    const first = texts.word(start, end);
    const last = texts.word(start + 4, end);
    return hasPadding(first, last, end - start) ? -1 : this.#place(first, last, next);
  }

  #place(first: number, last: number, next: number): number {
    const slot = this.#slotOf(first, last);
    const number = this.#slots[slot + NUMBER]! - 1;
    if (number >= 0) return number;
    this.#fill(slot, first, last, next + 1);
    if (4 * ++this.#size > 3 * this.#mask) this.#grow();
    return next;
  }

  /** Where a string is, or the free slot where it would be. */
  #slotOf(first: number, last: number): number {
    const slots = this.#slots;
    for (let i = scattered(first, last); ; i++) {
      const slot = (i & this.#mask) * SLOT_WORDS;
      if (slots[slot + NUMBER] === 0 || (slots[slot] === first && slots[slot + 1] === last)) return slot;
    }
  }

  #fill(slot: number, first: number, last: number, number: number): void {
    this.#slots[slot] = first;
    this.#slots[slot + 1] = last;
    this.#slots[slot + NUMBER] = number;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length);
    this.#mask = 2 * this.#mask + 1;
    for (let i = 0; i < old.length; i += SLOT_WORDS) {
      const [first, last, number] = [old[i]!, old[i + 1]!, old[i + NUMBER]!];
      if (number !== 0) this.#fill(this.#slotOf(first, last), first, last, number);
    }
  }
}

/** Whether one of the characters that are packed in these words is U+0000. */
function hasPadding(first: number, last: number, characters: number): boolean {
  return hasZero(first, Math.min(4, characters)) || hasZero(last, characters - 4);
}

function hasZero(word: number, characters: number): boolean {
  const filled = characters >= 4 ? word : characters <= 0 ? -1 : word | (-1 << (8 * characters));
  return ((filled - 0x01010101) & ~filled & 0x80808080) !== 0;
}

/** Four characters from `start` on as one word. */
function packed(text: string, start: number): number {
  const end = Math.min(text.length, start + 4);
  let word = 0;
  for (let i = end - 1; i >= start; i--) word = (word << 8) | text.charCodeAt(i);
  return word;
}

/** All bits of the result depend on all bits of both words (Murmur3's finish). */
function scattered(first: number, last: number): number {
  let x = first ^ Math.imul(last, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
