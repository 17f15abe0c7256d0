import { AsciiTexts } from "./ascii-texts.ts";
import { hashShortText } from "./hash.ts";

const FIRST_TEXTS = 256;
/** What is written behind a text, until the next is. */
const SLACK_BYTES = 8;

/** Texts of ASCII one behind the other, and where each ends. */
export interface AsciiColumn {
  readonly ends: Uint32Array;
  readonly text: Uint8Array<ArrayBuffer>;
}

/**
 * A list of texts of up to eight characters of ASCII, none of them U+0000, as two words each: the first four characters and the
 * last, as `AsciiTexts` and {@link ShortStringIndex} have them. Their hashes and their column need no string.
 */
export class ShortTexts {
  length = 0;
  #words = new Int32Array(2 * FIRST_TEXTS);

  /** Adds a text; returns how many there are. */
  push(first: number, last: number): number {
    const at = 2 * this.length;
    if (at === this.#words.length) {
      const words = new Int32Array(2 * at);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[at] = first;
    this.#words[at + 1] = last;
    return ++this.length;
  }

  /** The hash of text `i`, as `hashKey` has it of the string. */
  hash(i: number): number {
    const first = this.#words[2 * i]!;
    const last = this.#words[2 * i + 1]!;
    return hashShortText(first, last, charactersOf(first, last));
  }

  /** These texts. */
  column(places: Int32Array): AsciiColumn {
    const n = places.length;
    const ends = new Uint32Array(n);
    const text = new Uint8Array(8 * n + SLACK_BYTES);
    const view = new DataView(text.buffer);
    let end = 0;
    for (let i = 0; i < n; i++) {
      const at = 2 * places[i]!;
      const first = this.#words[at]!;
      const last = this.#words[at + 1]!;
      view.setInt32(end, first, true);
      view.setInt32(end + 4, last, true);
      end += charactersOf(first, last);
      ends[i] = end;
    }
    return { ends, text: text.subarray(0, end) };
  }

  /** All of them. */
  strings(): string[] {
    const { ends, text } = this.column(Int32Array.from({ length: this.length }, (_, i) => i));
    const texts = new AsciiTexts(ends, text.buffer, 0);
    return Array.from(ends, (_, i) => texts.at(i));
  }
}

function charactersOf(first: number, last: number): number {
  return last === 0 ? bytesOf(first) : 4 + bytesOf(last);
}

/** Up to the highest that is not zero. */
function bytesOf(word: number): number {
  return 4 - (Math.clz32(word) >> 3);
}
