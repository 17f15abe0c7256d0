import type { RecordNames } from "../closure/class-names.ts";
import { AsciiTexts } from "../core/ascii-texts.ts";
import { lazyModule } from "../platform/own-modules.ts";
import { joinParts } from "./entry-batch.ts";
import type { StateSegment } from "./state-segment.ts";
import { ENTRY_BITS, ENTRY_MASK } from "./state-segment.ts";

const batches = lazyModule<typeof import("../serializer/record-batch.ts")>(
  import.meta.url,
  "../serializer/record-batch.ts",
);

/** What is in the columns of a row; what is not is looked up when it is encoded. */
const NOTHING = 0;
const KEY = 1;
/** The key, and the value, which is a number. */
const COMPACT = 2;

/**
 * Entries of a store in columns, as they are written: of the usual entry, an ASCII key and a number, all of it, so that encoding
 * it later touches no entry again, which would likely have left the processor's cache. No string is made of an ASCII key,
 * whatever its value is, unless other rows need one.
 *
 * ```text
 * place     | a      | b      | c      | d
 * has       | both   | both   | none   | key
 * value     | 640    | 12     | .      | .
 * time      | 2000   | 2000   | .      | 2000
 * key ends  | 6      | 12     | 12     | 18
 * text      | E C - M I G L F - A B C F - G R H U
 * ```
 */
export class EntryColumns {
  readonly #segments: readonly StateSegment[];
  count = 0;
  places: Int32Array<ArrayBuffer>;
  #has: Uint8Array<ArrayBuffer>;
  #values: Float64Array<ArrayBuffer>;
  #times: Float64Array<ArrayBuffer>;
  #ends: Uint32Array<ArrayBuffer>;
  #text: Uint8Array<ArrayBuffer>;
  #textEnd = 0;
  /** All keys, once one of them is asked for. */
  #keys: AsciiTexts | undefined;

  /** There is room for `rows` at first, with keys of sixteen characters. */
  constructor(segments: readonly StateSegment[], rows = FIRST_ROWS) {
    this.#segments = segments;
    this.places = new Int32Array(rows);
    this.#has = new Uint8Array(rows);
    this.#values = new Float64Array(rows);
    this.#times = new Float64Array(rows);
    this.#ends = new Uint32Array(rows);
    this.#text = new Uint8Array(KEY_CHARACTERS * rows);
  }

  /** Adds an entry; returns its row. */
  add(place: number): number {
    const segment = this.#segments[place >>> ENTRY_BITS]!;
    const entry = place & ENTRY_MASK;
    const row = this.count++;
    if (row === this.places.length) this.#grow();
    this.places[row] = place;
    this.#has[row] = NOTHING;
    if (segment.isAscii(entry)) {
      if (this.#textEnd + segment.keyCharacters(entry) > this.#text.length)
        this.#growText(segment.keyCharacters(entry));
      this.#textEnd = segment.copyKey(entry, this.#text, this.#textEnd);
      this.#has[row] = KEY;
      this.#times[row] = segment.time(entry);
      if (segment.isCompact(entry)) {
        this.#has[row] = COMPACT;
        this.#values[row] = segment.number(entry);
      }
    }
    this.#ends[row] = this.#textEnd;
    return row;
  }

  /** The key of a row. Once it has been asked for, no entry is added any more. */
  key(row: number): unknown {
    if (this.#has[row] === NOTHING) {
      const place = this.places[row]!;
      return this.#segments[place >>> ENTRY_BITS]!.key(place & ENTRY_MASK);
    }
    this.#keys ??= new AsciiTexts(this.#ends.subarray(0, this.count), this.#text.buffer, 0);
    return this.#keys.at(row);
  }

  /** The entry of a row has another value. A row that once is not compact stays so. */
  update(row: number, value: unknown, time: number): void {
    this.#times[row] = time;
    if (this.#has[row] !== COMPACT) return;
    if (typeof value === "number") this.#values[row] = value;
    else this.#has[row] = KEY;
  }

  /** Whether a row has an ASCII key and a number. */
  isCompact(row: number): boolean {
    return this.#has[row] === COMPACT;
  }

  /** All rows as `entry-batch.ts` has it; entries without a value are removed ones. */
  encode(names: RecordNames): Uint8Array {
    return joinParts(this.#parts(names));
  }

  #parts(names: RecordNames): Uint8Array[][] {
    const { count } = this;
    let [compact, keys] = [0, 0];
    for (let row = 0; row < count; row++) {
      if (this.#has[row] === COMPACT) compact++;
      else if (this.#has[row] === KEY) keys++;
    }
    if (compact + keys === count) {
      const all = compact === count ? this.#allPairs() : this.#allKeyed();
      if (all !== undefined) return [[all], [batches().encodeDoubles(this.#times.subarray(0, count))], []];
    }
    const pairs: [unknown, unknown][] = [];
    const times: number[] = [];
    const removed: unknown[] = [];
    for (let row = 0; row < count; row++) {
      if (this.#has[row] === COMPACT) continue;
      const place = this.places[row]!;
      const segment = this.#segments[place >>> ENTRY_BITS]!;
      const entry = place & ENTRY_MASK;
      if (segment.hasValue(entry)) {
        pairs.push([segment.key(entry), segment.value(entry)]);
        times.push(segment.time(entry));
      } else removed.push(segment.key(entry));
    }
    const compactTimes: number[] = [];
    for (let row = 0; row < count; row++) if (this.#has[row] === COMPACT) compactTimes.push(this.#times[row]!);
    return [
      [...(compact === 0 ? [] : [this.#somePairs(compact)]), ...batches().encodeRecords(pairs, names)],
      [...batches().encodeRecords(compactTimes, names), ...batches().encodeRecords(times, names)],
      batches().encodeRecords(removed, names),
    ];
  }

  #allPairs(): Uint8Array {
    return batches().encodePairColumns(
      this.#values.subarray(0, this.count),
      this.#ends.subarray(0, this.count),
      this.#text.subarray(0, this.#textEnd),
    );
  }

  /** All rows have ASCII keys; undefined where some have no value, or values that are no column. */
  #allKeyed(): Uint8Array | undefined {
    const values: unknown[] = [];
    for (let row = 0; row < this.count; row++) {
      if (this.#has[row] === COMPACT) {
        values.push(this.#values[row]);
        continue;
      }
      const place = this.places[row]!;
      const segment = this.#segments[place >>> ENTRY_BITS]!;
      if (!segment.hasValue(place & ENTRY_MASK)) return undefined;
      values.push(segment.value(place & ENTRY_MASK));
    }
    const [ends, text] = [this.#ends.subarray(0, this.count), this.#text.subarray(0, this.#textEnd)];
    return batches().encodeKeyedValues(values, ends, text);
  }

  #somePairs(compact: number): Uint8Array {
    const values = new Float64Array(compact);
    const ends = new Uint32Array(compact);
    const text = new Uint8Array(this.#textEnd);
    let at = 0;
    let end = 0;
    for (let row = 0; row < this.count; row++) {
      if (this.#has[row] !== COMPACT) continue;
      const from = this.#ends[row]! - this.#lengthOf(row);
      text.set(this.#text.subarray(from, this.#ends[row]), end);
      end += this.#lengthOf(row);
      values[at] = this.#values[row]!;
      ends[at++] = end;
    }
    return batches().encodePairColumns(values, ends, text.subarray(0, end));
  }

  #lengthOf(row: number): number {
    return this.#ends[row]! - (row === 0 ? 0 : this.#ends[row - 1]!);
  }

  /** Forgets all rows. What was needed for many of them is not kept. */
  clear(): void {
    this.count = 0;
    this.#textEnd = 0;
    this.#keys = undefined;
    if (this.places.length <= MOST_ROWS_KEPT) return;
    this.places = new Int32Array(FIRST_ROWS);
    this.#has = new Uint8Array(FIRST_ROWS);
    this.#values = new Float64Array(FIRST_ROWS);
    this.#times = new Float64Array(FIRST_ROWS);
    this.#ends = new Uint32Array(FIRST_ROWS);
    this.#text = new Uint8Array(KEY_CHARACTERS * FIRST_ROWS);
  }

  #grow(): void {
    const rows = Math.max(FIRST_ROWS, 2 * this.places.length);
    this.places = copied(this.places, new Int32Array(rows));
    this.#has = copied(this.#has, new Uint8Array(rows));
    this.#values = copied(this.#values, new Float64Array(rows));
    this.#times = copied(this.#times, new Float64Array(rows));
    this.#ends = copied(this.#ends, new Uint32Array(rows));
  }

  #growText(more: number): void {
    this.#text = copied(this.#text, new Uint8Array(2 * (this.#text.length + more)));
  }
}

const FIRST_ROWS = 256;
const KEY_CHARACTERS = 16;
const MOST_ROWS_KEPT = 1 << 18;

function copied<A extends { set(from: A): void }>(from: A, to: A): A {
  to.set(from);
  return to;
}
