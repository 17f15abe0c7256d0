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

  /** The number of a string that is {@link ShortStringIndex.takes taken}, or -1. */
  find(text: string): number {
    return this.#slots[this.#slotOf(packed(text, 0), packed(text, 4)) + NUMBER]! - 1;
  }

  /** The number of a string that is {@link ShortStringIndex.takes taken}: `next` where it had none. */
  place(text: string, next: number): number {
    const first = packed(text, 0);
    const last = packed(text, 4);
    const slot = this.#slotOf(first, last);
    const number = this.#slots[slot + NUMBER]! - 1;
    if (number >= 0) return number;
    this.#add(slot, first, last, next + 1);
    return next;
  }

  /**
   * The numbers of many texts. `add` adds text `i`, which is new, with its words to those that are numbered, and returns how many
   * they are. Those that are not {@link ShortStringIndex.takes taken} have the numbers that `other` gives them.
   */
  placeAll(
    texts: AsciiTexts,
    add: (i: number, first: number, last: number) => number,
    other: (text: string) => number,
  ): Int32Array {
    const numbers = new Int32Array(texts.length);
    if (texts.hasPadding) return numbers.map((_, i) => other(texts.at(i)));
    this.#reserve(texts.length);
    // What a search costs is to wait for memory. One loop over local variables waits for several slots at a time.
    let slots = this.#slots;
    let mask = this.#mask;
    for (let i = 0, start = 0, end = 0; i < numbers.length; i++, start = end) {
      end = texts.endOf(i);
      if (end - start > MOST_CHARACTERS) {
        numbers[i] = other(texts.at(i));
        continue;
      }
      const first = texts.word(start, end);
      const last = texts.word(start + 4, end);
      for (let at = scattered(first, last); ; at++) {
        const slot = (at & mask) * SLOT_WORDS;
        const number = slots[slot + NUMBER]!;
        if (number === 0) {
          const next = add(i, first, last);
          numbers[i] = next - 1;
          this.#add(slot, first, last, next);
          slots = this.#slots;
          mask = this.#mask;
          break;
        }
        if (slots[slot] === first && slots[slot + 1] === last) {
          numbers[i] = number - 1;
          break;
        }
      }
    }
    return numbers;
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

  /** Adds a string, and makes room for the next. */
  #add(slot: number, first: number, last: number, number: number): void {
    this.#fill(slot, first, last, number);
    if (4 * ++this.#size > 3 * this.#mask) this.#resize(2 * this.#slots.length);
  }

  /** Makes room for so many strings at once, which spares moving them again and again. */
  #reserve(strings: number): void {
    let words = this.#slots.length;
    while (4 * SLOT_WORDS * strings > 3 * words) words *= 2;
    if (words > this.#slots.length) this.#resize(words);
  }

  #resize(words: number): void {
    const old = this.#slots;
    this.#slots = new Int32Array(words);
    this.#mask = words / SLOT_WORDS - 1;
    for (let i = 0; i < old.length; i += SLOT_WORDS) {
      const [first, last, number] = [old[i]!, old[i + 1]!, old[i + NUMBER]!];
      if (number !== 0) this.#fill(this.#slotOf(first, last), first, last, number);
    }
  }
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
