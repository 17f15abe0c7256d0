/**
 * Strings of ASCII as they lie in a block, one behind the other. To read their characters makes no string; one is made where it
 * is asked for.
 *
 * ```text
 * text  | E C - M I G L F - A B C ...
 * ends  | 6 | 12 | ...
 * ```
 */
export class AsciiTexts {
  readonly length: number;
  readonly #ends: Uint32Array;
  readonly #memory: ArrayBufferLike;
  readonly #view: DataView;
  readonly #start: number;
  /** All of them, once the first is asked for: to cut one out of it takes a fraction of the time of decoding its bytes. */
  #all: string | undefined;

  /** `start` is where the text begins in `memory`, which goes on for four bytes at least where it ends. */
  constructor(ends: Uint32Array, memory: ArrayBufferLike, start: number) {
    this.length = ends.length;
    this.#ends = ends;
    this.#memory = memory;
    this.#view = new DataView(memory);
    this.#start = start;
  }

  /** Where text `i` begins. */
  startOf(i: number): number {
    return i === 0 ? 0 : this.#ends[i - 1]!;
  }

  /** Where text `i` ends. */
  endOf(i: number): number {
    return this.#ends[i]!;
  }

  /** Whether U+0000 is in one of them. */
  get hasPadding(): boolean {
    return Buffer.from(this.#memory as ArrayBuffer, this.#start, this.#ends.at(-1) ?? 0).includes(0);
  }

  /** Four characters from `from` on as one word, the first in its low byte; those from `to` on are 0. */
  word(from: number, to: number): number {
    const characters = to - from;
    if (characters <= 0) return 0;
    const word = this.#view.getInt32(this.#start + from, true);
    return characters >= 4 ? word : word & ((1 << (8 * characters)) - 1);
  }

  at(i: number): string {
    this.#all ??= Buffer.from(this.#memory as ArrayBuffer, this.#start, this.#ends.at(-1)).toString("utf8");
    return this.#all.substring(this.startOf(i), this.endOf(i));
  }
}
