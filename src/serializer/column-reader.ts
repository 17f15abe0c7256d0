import { AsciiTexts } from "../core/ascii-texts.ts";
import { listOf } from "../core/list-of.ts";
import { recordMaker } from "../core/record-maker.ts";
import { type RecordShape, recordCode } from "../core/record-shape.ts";
import { MillraceError } from "../errors.ts";
import {
  BOOLEANS,
  COLUMN_HEADER_BYTES,
  DOUBLES,
  INTEGERS,
  LISTS,
  NULL,
  OBJECTS,
  OPTIONAL,
  PRESENT,
  padded,
  STRINGS,
  TUPLES,
} from "./columns.ts";

/**
 * Records that are still the columns that they lie in, with the code that makes one of them: a loop that has it inside makes no
 * record that it does not need.
 *
 * ```text
 * ["EC-MIG", [3, 640]]       keys AsciiTexts, code "[c0[i], c1[i]]", columns Int32Array, Int32Array
 * ```
 */
export interface RecordColumns {
  readonly length: number;
  /** Of pairs whose keys are strings of ASCII, these; what the code makes is then the value. */
  readonly keys: AsciiTexts | undefined;
  /** An expression for record `i` of the columns `c0`, `c1`, ... */
  readonly code: string;
  readonly columns: readonly ArrayLike<unknown>[];
  /** What the code makes, where each of its fields is one of the columns, in order. */
  readonly shape: RecordShape | undefined;
  /** All records. */
  records(): unknown[];
}

interface ColumnHeader {
  readonly kind: number;
  readonly extra: number;
}

/** What makes a value: of one column, or a record, whose shape is told where each of its fields is one column. */
interface ValueCode {
  readonly code: string;
  readonly isColumn: boolean;
  readonly shape: RecordShape | undefined;
}

/** Code for more of them is not worth its compilation. */
const MOST_COLUMNS = 64;

/** Reads columns one after the other, in place: what they hold is made of the memory that they lie in. */
export class ColumnReader {
  readonly #memory: ArrayBufferLike;
  #offset: number;

  /** `offset`, in the memory, is a multiple of 8. */
  constructor(memory: ArrayBufferLike, offset: number) {
    this.#memory = memory;
    this.#offset = offset;
  }

  /** The `n` values of the next column. */
  next(n: number): unknown[] {
    return this.#values(this.#header(), n);
  }

  #values({ kind, extra }: ColumnHeader, n: number): unknown[] {
    switch (kind) {
      case INTEGERS:
        return copied(this.#integers(n));
      case DOUBLES:
        return copied(this.#doubles(n));
      case BOOLEANS:
        return truths(this.#bytes(n));
      case STRINGS:
        return this.#strings(n, extra);
      case TUPLES:
        return recordMaker(extra)(this.#columns(extra, n), n);
      case OBJECTS: {
        const names = this.next(extra) as string[];
        return recordMaker(names)(this.#columns(extra, n), n);
      }
      case LISTS:
        return this.#lists(n);
      case OPTIONAL:
        return this.#optional(n, extra);
      default:
        throw new MillraceError("INTERNAL", `a column of unknown kind ${kind}`);
    }
  }

  /** The same, but tuples and objects stay columns. */
  nextColumns(n: number): RecordColumns | unknown[] {
    const start = this.#offset;
    const header = this.#header();
    const { kind, extra } = header;
    if (n === 0 || (kind !== TUPLES && kind !== OBJECTS)) return this.#values(header, n);
    const keys = kind === TUPLES && extra === 2 ? this.#asciiKeys(n) : undefined;
    const columns: ArrayLike<unknown>[] = [];
    const { code, shape } = this.#code(keys === undefined ? header : this.#header(), n, columns);
    const records = () => new ColumnReader(this.#memory, start).next(n);
    return columns.length > MOST_COLUMNS ? records() : { length: n, keys, code, columns, shape, records };
  }

  /** The next column, if it is strings of ASCII. */
  #asciiKeys(n: number): AsciiTexts | undefined {
    const start = this.#offset;
    const { kind, extra: textBytes } = this.#header();
    if (kind === STRINGS) {
      const ends = this.#words(n);
      if (ends[n - 1] === textBytes) return new AsciiTexts(ends, this.#memory, this.#take(textBytes));
    }
    this.#offset = start;
    return undefined;
  }

  /** The code that makes a value of the column of this header, which goes to `columns`. */
  #code({ kind, extra }: ColumnHeader, n: number, columns: ArrayLike<unknown>[]): ValueCode {
    switch (kind) {
      case TUPLES:
        return this.#recordCode(extra, extra, n, columns);
      case OBJECTS:
        return this.#recordCode(this.next(extra) as string[], extra, n, columns);
      case INTEGERS:
        return columnCode(columns, this.#integers(n));
      case DOUBLES:
        return columnCode(columns, this.#doubles(n));
      default:
        return columnCode(columns, this.#values({ kind, extra }, n));
    }
  }

  #recordCode(shape: RecordShape, fieldCount: number, n: number, columns: ArrayLike<unknown>[]): ValueCode {
    const fields = listOf(fieldCount, () => this.#code(this.#header(), n, columns));
    const isFlat = fields.every((field) => field.isColumn);
    const code = recordCode(
      shape,
      fields.map((field) => field.code),
    );
    return { code, isColumn: false, shape: isFlat ? shape : undefined };
  }

  #header(): ColumnHeader {
    const [kind, extra] = new Uint32Array(this.#memory, this.#offset, 2) as unknown as [number, number];
    this.#offset += COLUMN_HEADER_BYTES;
    return { kind, extra };
  }

  #integers(n: number): Int32Array {
    return new Int32Array(this.#memory, this.#take(4 * n), n);
  }

  #doubles(n: number): Float64Array {
    return new Float64Array(this.#memory, this.#take(8 * n), n);
  }

  #columns(count: number, n: number): unknown[][] {
    const columns: unknown[][] = [];
    for (let i = 0; i < count; i++) columns.push(this.next(n));
    return columns;
  }

  #strings(n: number, textBytes: number): string[] {
    const ends = this.#words(n);
    const text = Buffer.from(this.#memory as ArrayBuffer, this.#take(textBytes), textBytes);
    const units = ends[n - 1] ?? 0;
    if (units === textBytes) return pieces(ends, (from, to) => text.toString("latin1", from, to));
    const wide = text.toString("utf8");
    return pieces(ends, (from, to) => ownText(wide.substring(from, to)));
  }

  #lists(n: number): unknown[][] {
    const ends = this.#words(n);
    const items = this.next(ends.at(-1) ?? 0);
    const lists = new Array<unknown[]>(n);
    for (let i = 0, from = 0; i < n; i++) {
      const to = ends[i]!;
      lists[i] = items.slice(from, to);
      from = to;
    }
    return lists;
  }

  #optional(n: number, present: number): unknown[] {
    const kinds = this.#bytes(n);
    const values = this.next(present);
    const all = new Array<unknown>(n);
    for (let i = 0, taken = 0; i < n; i++) {
      const kind = kinds[i];
      all[i] = kind === PRESENT ? values[taken++] : kind === NULL ? null : undefined;
    }
    return all;
  }

  #words(n: number): Uint32Array {
    return new Uint32Array(this.#memory, this.#take(4 * n), n);
  }

  #bytes(n: number): Uint8Array {
    return new Uint8Array(this.#memory, this.#take(n), n);
  }

  /** Where the next bytes lie. */
  #take(bytes: number): number {
    const offset = this.#offset;
    this.#offset += padded(bytes);
    return offset;
  }
}

function columnCode(columns: ArrayLike<unknown>[], column: ArrayLike<unknown>): ValueCode {
  return { code: `c${columns.push(column) - 1}[i]`, isColumn: true, shape: undefined };
}

function truths(bytes: Uint8Array): boolean[] {
  const all = new Array<boolean>(bytes.length);
  for (let i = 0; i < bytes.length; i++) all[i] = bytes[i] === 1;
  return all;
}

function copied(values: Int32Array | Float64Array): number[] {
  const numbers = new Array<number>(values.length);
  for (let i = 0; i < values.length; i++) numbers[i] = values[i]!;
  return numbers;
}

/**
 * V8 makes a string of 13 characters or more, cut from another, refer to that one and keep it alive. So text is read so much at a
 * time, and not for all strings of a batch at once: a state that keeps one of them would keep them all.
 */
const TOGETHER_UNITS = 1024;

/** The strings between `ends`; `read` gives the text of several. */
function pieces(ends: Uint32Array, read: (from: number, to: number) => string): string[] {
  const n = ends.length;
  const strings = new Array<string>(n);
  for (let i = 0, start = 0; i < n; ) {
    let next = i + 1;
    while (next < n && ends[next]! - start <= TOGETHER_UNITS) next++;
    const end = ends[next - 1]!;
    const text = read(start, end);
    for (let from = 0; i < next; i++) {
      const to = ends[i]! - start;
      strings[i] = text.substring(from, to);
      from = to;
    }
    start = end;
  }
  return strings;
}

/** The same text, which refers to no other. */
function ownText(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}
