import type { AsciiTexts } from "../core/ascii-texts.ts";
import { canonicalKey } from "../core/key.ts";

/**
 * What a key is packed from. Two keys are the same where their kinds, lengths and words are: text is packed as ASCII where it
 * is that, and as UTF-16 where not; numbers by their bits; everything else by its canonical text (`core/key.ts`).
 */
export const ASCII = 0;
export const WIDE = 1;
export const NUMBER = 2;
export const STRUCTURE = 3;
export const WIDE_STRUCTURE = 4;

const FIRST_WORDS = 64;

/** How many words a key of this kind and length has. */
export function wordsOf(kind: number, characters: number): number {
  if (kind === NUMBER) return 2;
  return kind === ASCII || kind === STRUCTURE ? (characters + 3) >> 2 : (characters + 1) >> 1;
}

/**
 * The hash of a packed key: all its bits depend on all of the key. It is not the hash that places keys in partitions, whose top
 * bits are the same for all keys of a bucket.
 */
export function hashOf(kind: number, characters: number, memory: Int32Array, start: number): number {
  let hash = seedOf(kind, characters);
  const end = start + wordsOf(kind, characters);
  for (let i = start; i < end; i++) hash = mix(hash, memory[i]!);
  return finish(hash);
}

/** A key as words, with its hash: of one key after the other, in the same memory. */
export class PackedKey {
  /** The first {@link PackedKey.length} of them are the key's. */
  words = new Int32Array(FIRST_WORDS);
  length = 0;
  hash = 0;
  kind = ASCII;
  /** Characters, which tell keys apart that differ only in the padding of their last word. */
  characters = 0;
  readonly #number = new Float64Array(1);
  readonly #numberWords = new Int32Array(this.#number.buffer);

  /** Throws `UNHASHABLE_KEY` for what cannot be a key. */
  set(key: unknown): void {
    if (typeof key === "string") this.#setText(key, ASCII, WIDE);
    else if (typeof key === "number") this.#setNumber(key);
    else this.#setText(canonicalKey(key), STRUCTURE, WIDE_STRUCTURE);
  }

  /** The same of text `i` of some, of which no string is made. */
  setText(texts: AsciiTexts, i: number): void {
    const start = texts.startOf(i);
    const end = texts.endOf(i);
    const characters = end - start;
    const length = wordsOf(ASCII, characters);
    if (length > this.words.length) this.words = new Int32Array(2 * length);
    const { words } = this;
    let hash = seedOf(ASCII, characters);
    for (let word = 0; word < length; word++) {
      const packed = texts.word(start + 4 * word, end);
      words[word] = packed;
      hash = mix(hash, packed);
    }
    this.length = length;
    this.characters = characters;
    this.kind = ASCII;
    this.hash = finish(hash);
  }

  #setNumber(key: number): void {
    // Adding 0 turns -0 into 0; NaN has many bit patterns.
    this.#number[0] = Number.isNaN(key) ? Number.NaN : key + 0;
    this.words[0] = this.#numberWords[0]!;
    this.words[1] = this.#numberWords[1]!;
    this.length = 2;
    this.characters = 0;
    this.kind = NUMBER;
    this.hash = hashOf(NUMBER, 0, this.words, 0);
  }

  #setText(text: string, ascii: number, wide: number): void {
    const characters = text.length;
    const length = (characters + 3) >> 2;
    if (length > this.words.length) this.words = new Int32Array(2 * length);
    const { words } = this;
    let hash = seedOf(ascii, characters);
    let seen = 0;
    let i = 0;
    let word = 0;
    for (; i + 4 <= characters; i += 4) {
      const a = text.charCodeAt(i);
      const b = text.charCodeAt(i + 1);
      const c = text.charCodeAt(i + 2);
      const d = text.charCodeAt(i + 3);
      seen |= a | b | c | d;
      const packed = a | (b << 8) | (c << 16) | (d << 24);
      words[word++] = packed;
      hash = mix(hash, packed);
    }
    if (i < characters) {
      let packed = 0;
      for (let shift = 0; i < characters; i++, shift += 8) {
        const c = text.charCodeAt(i);
        seen |= c;
        packed |= c << shift;
      }
      words[word] = packed;
      hash = mix(hash, packed);
    }
    if (seen > 127) {
      this.#setWide(text, wide);
      return;
    }
    this.length = length;
    this.characters = characters;
    this.kind = ascii;
    this.hash = finish(hash);
  }

  #setWide(text: string, kind: number): void {
    const characters = text.length;
    const length = (characters + 1) >> 1;
    if (length > this.words.length) this.words = new Int32Array(2 * length);
    for (let i = 0, word = 0; i < characters; i += 2, word++) {
      this.words[word] = text.charCodeAt(i) | (i + 1 < characters ? text.charCodeAt(i + 1) << 16 : 0);
    }
    this.length = length;
    this.characters = characters;
    this.kind = kind;
    this.hash = hashOf(kind, characters, this.words, 0);
  }
}

function seedOf(kind: number, characters: number): number {
  return (kind << 28) ^ characters;
}

function mix(hash: number, word: number): number {
  const x = Math.imul(hash ^ word, 0x9e3779b1);
  return x ^ (x >>> 15);
}

/** Murmur3's. */
function finish(hash: number): number {
  let x = hash;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
