/**
 * Batches of records as bytes, for shuffle output, persisted partitions and results.
 *
 * ```text
 * batch    | kind u32 | records u32 | body bytes u32 | text bytes u32 | body, padded to 8 |
 * section  | batch | batch | ...
 *
 * DOUBLES  f64 x n
 * INTEGERS i32 x n
 * STRINGS  ends u32 x n (in UTF-16 units), the text joined
 * DOUBLE_PAIRS, INTEGER_PAIRS  the values as above, the keys as strings
 * VALUES   v8.serialize of the array
 * INSTANCES  v8.serialize of the array and of which objects in it are of which class: instance-batch.ts
 * ```
 *
 * Pairs of strings and numbers cost about 40 ns to encode and 15 ns to decode, a fifth of the general form or less. Batches
 * start at multiples of 8 bytes, so that numbers are read in place. Text is written as Latin-1 where it is ASCII, else as
 * UTF-8. Integers have a form of their own not to save bytes: a number that is read as a double stays one, and V8 compiles
 * the program's functions anew, and several times slower, when they have met one.
 */
import { deserialize, serialize } from "node:v8";
import { classNamed, RecordNames } from "../closure/class-names.ts";
import { isMillraceError, MillraceError } from "../errors.ts";
import { type InstanceBatch, packInstances, unpackInstances } from "./instance-batch.ts";
import { unserialisable } from "./refusals.ts";
import { surveyRecords } from "./survey.ts";

const DOUBLE_PAIRS = 1;
const DOUBLES = 2;
const STRINGS = 3;
const VALUES = 4;
const INSTANCES = 5;
const INTEGERS = 6;
const INTEGER_PAIRS = 7;

const HEADER_BYTES = 16;

/** How many records a batch has at most: enough to spread its fixed cost, few enough to stay in the cache. */
export const BATCH_RECORDS = 4096;

/**
 * Encodes all of `records` as a section. `names` notes the classes that a reader must have. Throws `UNSERIALISABLE_RECORD`
 * or `ASYNC_RESULT` for what cannot cross.
 */
export function encodeRecords(records: readonly unknown[], names = new RecordNames()): Uint8Array[] {
  const batches: Uint8Array[] = [];
  for (let from = 0; from < records.length; from += BATCH_RECORDS) {
    batches.push(
      encodeBatch(
        from === 0 && records.length <= BATCH_RECORDS ? records : records.slice(from, from + BATCH_RECORDS),
        names,
      ),
    );
  }
  return batches;
}

export function encodeBatch(records: readonly unknown[], names: RecordNames): Uint8Array {
  const first = records[0];
  let typed: Uint8Array | undefined;
  if (typeof first === "number") typed = encodeNumbers(records);
  else if (typeof first === "string") typed = encodeStrings(records);
  else if (Array.isArray(first) && first.length === 2 && typeof first[0] === "string" && typeof first[1] === "number") {
    typed = encodePairs(records);
  }
  return typed ?? encodeValues(records, names);
}

function encodeNumbers(records: readonly unknown[]): Uint8Array | undefined {
  const n = records.length;
  const values = new Float64Array(n);
  let integers = true;
  for (let i = 0; i < n; i++) {
    const value = records[i];
    if (typeof value !== "number") return undefined;
    integers &&= isInteger32(value);
    values[i] = value;
  }
  const batch = newBatch(integers ? INTEGERS : DOUBLES, n, (integers ? 4 : 8) * n, 0);
  writeNumbers(batch, values, integers);
  return batch;
}

/** Whether a number survives as 32 bits, which -0 does not. */
function isInteger32(value: number): boolean {
  return (value | 0) === value && (value !== 0 || 1 / value > 0);
}

function writeNumbers(batch: Uint8Array<ArrayBuffer>, values: Float64Array, integers: boolean): void {
  new (integers ? Int32Array : Float64Array)(batch.buffer, HEADER_BYTES, values.length).set(values);
}

function encodeStrings(records: readonly unknown[]): Uint8Array | undefined {
  const n = records.length;
  const ends = new Uint32Array(n);
  let units = 0;
  for (let i = 0; i < n; i++) {
    const text = records[i];
    if (typeof text !== "string") return undefined;
    units += text.length;
    ends[i] = units;
  }
  return withText(STRINGS, n, 4 * n, (records as readonly string[]).join(""), (batch) =>
    new Uint32Array(batch.buffer, HEADER_BYTES, n).set(ends),
  );
}

function encodePairs(records: readonly unknown[]): Uint8Array | undefined {
  const n = records.length;
  const keys = new Array<string>(n);
  const ends = new Uint32Array(n);
  const values = new Float64Array(n);
  let units = 0;
  let integers = true;
  for (let i = 0; i < n; i++) {
    const pair = records[i];
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const [key, value] = pair;
    if (typeof key !== "string" || typeof value !== "number") return undefined;
    keys[i] = key;
    integers &&= isInteger32(value);
    values[i] = value;
    units += key.length;
    ends[i] = units;
  }
  const valueBytes = (integers ? 4 : 8) * n;
  return withText(integers ? INTEGER_PAIRS : DOUBLE_PAIRS, n, valueBytes + 4 * n, keys.join(""), (batch) => {
    writeNumbers(batch, values, integers);
    new Uint32Array(batch.buffer, HEADER_BYTES + valueBytes, n).set(ends);
  });
}

/** A batch whose body is `fixedBytes` that `fill` writes, and then `text`; undefined for text that UTF-8 cannot hold. */
function withText(
  kind: number,
  n: number,
  fixedBytes: number,
  text: string,
  fill: (batch: Uint8Array<ArrayBuffer>) => void,
): Uint8Array | undefined {
  const ascii = Buffer.byteLength(text) === text.length;
  // A lone surrogate would become U+FFFD.
  if (!ascii && !text.isWellFormed()) return undefined;
  const textBytes = ascii ? text.length : Buffer.byteLength(text);
  const batch = newBatch(kind, n, fixedBytes + textBytes, textBytes);
  fill(batch);
  Buffer.from(batch.buffer).write(text, HEADER_BYTES + fixedBytes, ascii ? "latin1" : "utf8");
  return batch;
}

/** Pairs that are in columns already: values, where each key's text ends, and the ASCII text of all keys. */
export function encodePairColumns(values: Float64Array, ends: Uint32Array, text: Uint8Array): Uint8Array {
  const n = values.length;
  const integers = values.every(isInteger32);
  const valueBytes = (integers ? 4 : 8) * n;
  const textStart = HEADER_BYTES + valueBytes + 4 * n;
  const batch = newBatch(
    integers ? INTEGER_PAIRS : DOUBLE_PAIRS,
    n,
    textStart - HEADER_BYTES + text.length,
    text.length,
  );
  writeNumbers(batch, values, integers);
  new Uint32Array(batch.buffer, HEADER_BYTES + valueBytes, n).set(ends);
  batch.set(text, textStart);
  return batch;
}

/** Numbers that are in an array of their own already. */
export function encodeDoubles(numbers: Float64Array): Uint8Array {
  const batch = newBatch(DOUBLES, numbers.length, 8 * numbers.length, 0);
  writeNumbers(batch, numbers, false);
  return batch;
}

function encodeValues(records: readonly unknown[], names: RecordNames): Uint8Array {
  const [kind, body] = serializeValues(records, names);
  const batch = newBatch(kind, records.length, body.length, 0);
  batch.set(body, HEADER_BYTES);
  return batch;
}

function serializeValues(records: readonly unknown[], names: RecordNames): [kind: number, body: Buffer] {
  try {
    const survey = surveyRecords(records);
    return survey.isPlain
      ? [VALUES, serialize(records)]
      : [INSTANCES, serialize(packInstances(records, survey, names))];
  } catch (cause) {
    if (isMillraceError(cause)) throw cause;
    const what = cause instanceof RangeError ? "data nested too deeply" : `something (${(cause as Error).message})`;
    throw unserialisable(what, undefined, cause);
  }
}

function newBatch(kind: number, records: number, bodyBytes: number, textBytes: number): Uint8Array<ArrayBuffer> {
  const batch = new Uint8Array(HEADER_BYTES + padded(bodyBytes));
  new Uint32Array(batch.buffer, 0, 4).set([kind, records, bodyBytes, textBytes]);
  return batch;
}

function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** Reads a section batch by batch. The bytes must start at a multiple of 8 of their memory. */
export class RecordReader {
  readonly #bytes: Uint8Array;
  readonly #classNamed: typeof classNamed;
  #offset = 0;

  /** `named` finds the classes that the records name, where these are not the names of this process. */
  constructor(bytes: Uint8Array, named: typeof classNamed = classNamed) {
    this.#bytes = bytes;
    this.#classNamed = named;
  }

  /** The records of the next batch, or undefined at the end. */
  next(): unknown[] | undefined {
    const { buffer, byteOffset, length } = this.#bytes;
    if (this.#offset >= length) return undefined;
    const start = byteOffset + this.#offset;
    const [kind, records, bodyBytes, textBytes] = new Uint32Array(buffer, start, 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const body = start + HEADER_BYTES;
    this.#offset += HEADER_BYTES + padded(bodyBytes);
    switch (kind) {
      case DOUBLES:
        return decodeNumbers(new Float64Array(buffer, body, records));
      case INTEGERS:
        return decodeNumbers(new Int32Array(buffer, body, records));
      case STRINGS:
        return decodeStrings(buffer, body, records, textBytes);
      case DOUBLE_PAIRS:
        return decodePairs(new Float64Array(buffer, body, records), textBytes);
      case INTEGER_PAIRS:
        return decodePairs(new Int32Array(buffer, body, records), textBytes);
      case VALUES:
        return decodeValues(buffer, body, bodyBytes) as unknown[];
      case INSTANCES: {
        const packed = decodeValues(buffer, body, bodyBytes) as InstanceBatch;
        return unpackInstances(packed, this.#classNamed) as unknown[];
      }
      default:
        throw new MillraceError("INTERNAL", `a batch of unknown kind ${kind}`);
    }
  }
}

/** What one thread could write may be too deep for the stack of another: the main thread's is a quarter of an executor's. */
function decodeValues(buffer: ArrayBufferLike, offset: number, bytes: number): unknown {
  try {
    return deserialize(Buffer.from(buffer as ArrayBuffer, offset, bytes));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw unserialisable("data nested too deeply", "Flatten it: keep the items of a long chain in an array.", cause);
  }
}

/** All records of a section. */
export function decodeRecords(bytes: Uint8Array): unknown[] {
  const reader = new RecordReader(bytes);
  const all = reader.next() ?? [];
  for (let more = reader.next(); more !== undefined; more = reader.next()) for (const record of more) all.push(record);
  return all;
}

/** How many records the section has by its headers, or undefined for bytes that are no section. */
export function surveySection(bytes: Uint8Array): number | undefined {
  const { buffer, byteOffset, length } = bytes;
  const headers = new DataView(buffer, byteOffset, length);
  let total = 0;
  let offset = 0;
  while (offset < length) {
    if (length - offset < HEADER_BYTES) return undefined;
    const [kind, records, bodyBytes, textBytes] = [0, 4, 8, 12].map((at) => headers.getUint32(offset + at, true));
    const fixedBytes = FIXED_BYTES[kind!];
    const fits =
      fixedBytes === undefined
        ? kind === VALUES || kind === INSTANCES
        : bodyBytes === fixedBytes * records! + textBytes!;
    offset += HEADER_BYTES + Math.ceil(bodyBytes! / 8) * 8;
    if (!fits || offset > length) return undefined;
    total += records!;
  }
  return total;
}

/** Of a record, beside text, in each kind of batch where that is always the same. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  [DOUBLE_PAIRS]: 12,
  [DOUBLES]: 8,
  [STRINGS]: 4,
  [INTEGERS]: 4,
  [INTEGER_PAIRS]: 8,
};

function readText(buffer: ArrayBufferLike, offset: number, bytes: number): string {
  const view = Buffer.from(buffer as ArrayBuffer, offset, bytes);
  // simdutf reads ASCII as UTF-8 at the speed of Latin-1, and makes a one-byte string of it.
  return view.toString("utf8");
}

type Numbers = Float64Array | Int32Array;

function decodeNumbers(values: Numbers): unknown[] {
  const records = new Array<number>(values.length);
  for (let i = 0; i < values.length; i++) records[i] = values[i]!;
  return records;
}

function decodeStrings(buffer: ArrayBufferLike, offset: number, n: number, textBytes: number): unknown[] {
  const ends = new Uint32Array(buffer, offset, n);
  const text = readText(buffer, offset + ends.byteLength, textBytes);
  const records = new Array<string>(n);
  for (let i = 0, from = 0; i < n; i++) {
    const to = ends[i]!;
    records[i] = text.substring(from, to);
    from = to;
  }
  return records;
}

/** The keys lie behind the values. */
function decodePairs(values: Numbers, textBytes: number): unknown[] {
  const n = values.length;
  const ends = new Uint32Array(values.buffer, values.byteOffset + values.byteLength, n);
  const text = readText(ends.buffer, ends.byteOffset + ends.byteLength, textBytes);
  const records = new Array<[string, number]>(n);
  for (let i = 0, from = 0; i < n; i++) {
    const to = ends[i]!;
    records[i] = [text.substring(from, to), values[i]!];
    from = to;
  }
  return records;
}
