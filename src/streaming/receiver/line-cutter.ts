import { Buffer } from "node:buffer";
import { countNewlines, NEWLINE, RETURN, repairUtf8, stripReturns } from "./line-bytes.ts";
import { type DropCounts, noDrops } from "./receiver-protocol.ts";

/**
 * Lines are handed on when there are this many bytes of them, however little time has passed: what fits in one slab of
 * the pool can be used again.
 */
export const MAX_CUT_BYTES = 1 << 20;

const FIRST_BUFFER_BYTES = 64 * 1024;
const NEWLINE_BYTES = Uint8Array.of(NEWLINE);

/** Takes whole lines, UTF-8, each ended by `\n`. The bytes are valid only during the call. */
export type LineSink = (lines: Buffer, records: number) => void;

/**
 * Makes whole lines of a stream of packets, which may end anywhere: inside a line, a character, or a `\r\n`.
 *
 * A line ends with `\n` or `\r\n`, which do not count for its length. An empty line is a line. One longer than
 * `maxLineBytes` is dropped, and its bytes are not kept on the way; what is not UTF-8 becomes U+FFFD; both are counted.
 *
 * ```text
 * buffer   first line \n second line \n the begi| . . . .
 *          0                           complete length
 *          `-- cut() hands these on --´`-- the line that still comes
 * ```
 *
 * Packets are copied to the end of the buffer as they are, as long as no line can be too long, and the newline that
 * ends the complete part is looked for from the back. All else is done once for many packets, by {@link cut}.
 */
export class LineCutter {
  readonly #maxLineBytes: number;
  readonly #sink: LineSink;
  readonly #drops: DropCounts = noDrops();
  #buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
  #length = 0;
  #complete = 0;
  /** Inside a line that was found too long; what comes is thrown away up to its newline. */
  #skipping = false;

  /** `sink` is called by {@link cut}, and by {@link push} and {@link end} when there are {@link MAX_CUT_BYTES}. */
  constructor(maxLineBytes: number, sink: LineSink) {
    this.#maxLineBytes = maxLineBytes;
    this.#sink = sink;
  }

  /** What was dropped or changed since the beginning. Lines that are not UTF-8 are found by {@link cut}. */
  get drops(): Readonly<DropCounts> {
    return this.#drops;
  }

  /** The bytes of whole lines that wait for {@link cut}. */
  get completeBytes(): number {
    return this.#complete;
  }

  /** Takes the next packet; it is not kept. */
  push(packet: Buffer): void {
    let from = 0;
    if (this.#skipping) {
      from = packet.indexOf(NEWLINE) + 1;
      if (from === 0) return;
      this.#skipping = false;
    }
    while (from < packet.length) from = this.#take(packet, from);
  }

  /** The sender closed in order: what there is of a last line is a line. The next packet begins a new one. */
  end(): void {
    if (this.#length > this.#complete) {
      this.#append(NEWLINE_BYTES);
      this.#complete = this.#length;
    }
    this.#skipping = false;
  }

  /** The connection broke: what there is of a last line is dropped. The next packet begins a new one. */
  abort(): void {
    if (this.#length > this.#complete) this.#drops.droppedPartialLines++;
    this.#length = this.#complete;
    this.#skipping = false;
  }

  /** Hands the whole lines on, if there are any. */
  cut(): void {
    if (this.#complete === 0) return;
    const raw = this.#buffer.subarray(0, this.#complete);
    const { lines, repaired } = repairUtf8(raw.subarray(0, stripReturns(raw)));
    this.#drops.invalidUtf8Lines += repaired;
    // Repaired bytes are up to three times as many.
    for (let from = 0; from < lines.length; ) {
      const to = lines.length - from <= MAX_CUT_BYTES ? lines.length : endOfLines(lines, from);
      const part = lines.subarray(from, to);
      this.#sink(part, countNewlines(part));
      from = to;
    }
    this.#buffer.copyWithin(0, this.#complete, this.#length);
    this.#length -= this.#complete;
    this.#complete = 0;
  }

  /**
   * Takes what can be taken in one piece from `from` on, and returns where that ends. The line may still have `room` bytes, its newline
   * among them; so whatever ends with a newline in there holds no line that is too long, however many lines it is.
   *
   * ```text
   * buffer ..\n parti|   packet al\nnext\nlast|
   *             `--------- room ----------´
   * ```
   */
  #take(packet: Buffer, from: number): number {
    const room = this.#maxLineBytes + 1 - (this.#length - this.#complete);
    const window = packet.subarray(from, from + room);
    const newline = window.lastIndexOf(NEWLINE);
    if (newline !== -1) return this.#takeLines(window.subarray(0, newline + 1), from);
    if (window.length < room) return this.#takePart(window, from);
    // One byte too many without a newline: that byte may be the `\r` of a `\r\n`. With no room, it was, one packet ago.
    const end = from + room;
    const returned = room === 0 || window[room - 1] === RETURN;
    if (returned && end === packet.length) return this.#takePart(window, from);
    if (returned && packet[end] === NEWLINE) return this.#takeLines(packet.subarray(from, end + 1), from);
    return this.#skipLine(packet, end);
  }

  #takeLines(lines: Buffer, from: number): number {
    this.#append(lines);
    this.#complete = this.#length;
    return from + lines.length;
  }

  #takePart(part: Buffer, from: number): number {
    this.#append(part);
    return from + part.length;
  }

  #skipLine(packet: Buffer, from: number): number {
    this.#drops.droppedLines++;
    this.#length = this.#complete;
    const next = packet.indexOf(NEWLINE, from) + 1;
    this.#skipping = next === 0;
    return this.#skipping ? packet.length : next;
  }

  #append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > MAX_CUT_BYTES) this.cut();
    const needed = this.#length + bytes.length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(needed)));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = needed;
  }
}

/** Where the last line ends that fits in a cut that begins at `from`; the first line always does. */
function endOfLines(lines: Buffer, from: number): number {
  const fitting = lines.subarray(from, from + MAX_CUT_BYTES).lastIndexOf(NEWLINE);
  return fitting === -1 ? lines.indexOf(NEWLINE, from) + 1 : from + fitting + 1;
}
