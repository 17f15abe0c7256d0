const PIECE_CHARACTERS = 1024;

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
  #buffer: Buffer | undefined;
  /**
   * A piece of the text, from the last string on that was asked for and was not in it: to cut a string out of it takes a fraction of
   * the time of decoding its bytes. It is short, for what is cut out of it keeps it.
   */
  #piece = "";
  #pieceStart = 0;

  /** `start` is where the text begins in `memory`, which goes on for four bytes at least where it ends, for {@link AsciiTexts.word}. */
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
    return this.#bytes.includes(0);
  }

  /** Four characters from `from` on as one word, the first in its low byte; those from `to` on are 0. */
  word(from: number, to: number): number {
    const characters = to - from;
    if (characters <= 0) return 0;
    const word = this.#view.getInt32(this.#start + from, true);
    return characters >= 4 ? word : word & ((1 << (8 * characters)) - 1);
  }

  at(i: number): string {
    const from = this.startOf(i);
    const to = this.endOf(i);
    if (from < this.#pieceStart || to > this.#pieceStart + this.#piece.length) {
      this.#piece = this.#bytes.toString("latin1", from, Math.max(to, from + PIECE_CHARACTERS));
      this.#pieceStart = from;
    }
    return this.#piece.substring(from - this.#pieceStart, to - this.#pieceStart);
  }

  get #bytes(): Buffer {
    this.#buffer ??= Buffer.from(this.#memory as ArrayBuffer, this.#start, this.#ends.at(-1) ?? 0);
    return this.#buffer;
  }
}
