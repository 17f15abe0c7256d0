import { AsciiTexts } from "../core/ascii-texts.ts";
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
import { objectShape } from "./object-shape.ts";

/** Pairs whose keys are strings of ASCII, as two columns. */
export interface PairColumns {
  readonly length: number;
  readonly keys: AsciiTexts;
  readonly values: readonly unknown[];
}

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
    const [kind, extra] = new Uint32Array(this.#memory, this.#offset, 2) as unknown as [number, number];
    this.#offset += COLUMN_HEADER_BYTES;
    switch (kind) {
      case INTEGERS:
        return copied(new Int32Array(this.#memory, this.#take(4 * n), n));
      case DOUBLES:
        return copied(new Float64Array(this.#memory, this.#take(8 * n), n));
      case BOOLEANS:
        return Array.from(this.#bytes(n), (byte) => byte === 1);
      case STRINGS:
        return this.#strings(n, extra);
      case TUPLES:
        return tuples(this.#columns(extra, n), n);
      case OBJECTS: {
        const names = this.next(extra) as string[];
        return objectShape(names).putTogether(this.#columns(extra, n), n);
      }
      case LISTS:
        return this.#lists(n);
      case OPTIONAL:
        return this.#optional(n, extra);
      default:
        throw new MillraceError("INTERNAL", `a column of unknown kind ${kind}`);
    }
  }

  /** The same, but pairs whose keys are strings of ASCII stay columns. */
  nextPairs(n: number): PairColumns | unknown[] {
    const [kind, fields, keyKind, textBytes] = new Uint32Array(this.#memory, this.#offset, 4) as unknown as number[];
    if (n === 0 || kind !== TUPLES || fields !== 2 || keyKind !== STRINGS) return this.next(n);
    const ends = new Uint32Array(this.#memory, this.#offset + 2 * COLUMN_HEADER_BYTES, n);
    if (ends[n - 1] !== textBytes) return this.next(n);
    this.#take(2 * COLUMN_HEADER_BYTES + 4 * n);
    const keys = new AsciiTexts(ends, this.#memory, this.#take(textBytes!));
    return { length: n, keys, values: this.next(n) };
  }

  #columns(count: number, n: number): unknown[][] {
    const columns: unknown[][] = [];
    for (let i = 0; i < count; i++) columns.push(this.next(n));
    return columns;
  }

  #strings(n: number, textBytes: number): string[] {
    const ends = this.#words(n);
    const text = Buffer.from(this.#memory as ArrayBuffer, this.#take(textBytes), textBytes);
    // simdutf reads ASCII as UTF-8 at the speed of Latin-1, and makes a one-byte string of it.
    return pieces(text.toString("utf8"), ends);
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

function copied(values: Int32Array | Float64Array): number[] {
  const numbers = new Array<number>(values.length);
  for (let i = 0; i < values.length; i++) numbers[i] = values[i]!;
  return numbers;
}

function pieces(text: string, ends: Uint32Array): string[] {
  const strings = new Array<string>(ends.length);
  for (let i = 0, from = 0; i < ends.length; i++) {
    const to = ends[i]!;
    strings[i] = text.substring(from, to);
    from = to;
  }
  return strings;
}

function tuples(columns: readonly unknown[][], n: number): unknown[][] {
  const records = new Array<unknown[]>(n);
  const [first, second] = columns;
  if (columns.length === 2) for (let i = 0; i < n; i++) records[i] = [first![i], second![i]];
  else for (let i = 0; i < n; i++) records[i] = columns.map((column) => column[i]);
  return records;
}
