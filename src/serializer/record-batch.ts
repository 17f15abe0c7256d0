/**
 * Batches of records as bytes, for shuffle output, persisted partitions, results and files.
 *
 * ```text
 * batch    | kind u32 | records u32 | body bytes u32 | 0 | body, padded to 8 |
 * section  | batch | batch | ...
 *
 * COLUMNS    records of one shape, as one column: columns.ts
 * VALUES     v8.serialize of the array
 * INSTANCES  v8.serialize of the array and of which objects in it are of which class: instance-batch.ts
 * ```
 *
 * Pairs of strings and numbers cost about 40 ns to encode and 15 ns to decode as columns, and five times as much as values.
 * Batches start at multiples of 8 bytes, so that numbers are read in place.
 */
import { serialize } from "node:v8";
import { classNamed, RecordNames } from "../closure/class-names.ts";
import type { RecordShape } from "../core/record-shape.ts";
import type { AsciiColumn } from "../core/short-texts.ts";
import { isMillraceError, MillraceError } from "../errors.ts";
import { ColumnReader, type RecordColumns } from "./column-reader.ts";
import { surveyColumn } from "./column-survey.ts";
import {
  asciiColumn,
  type Column,
  keysColumn,
  numericColumn,
  padded,
  pairsColumn,
  recordsColumn,
  shapedColumn,
  tupleColumn,
  valuesColumn,
} from "./columns.ts";
import { type InstanceBatch, packInstances, unpackInstances } from "./instance-batch.ts";
import { unserialisable } from "./refusals.ts";
import { surveyRecords } from "./survey.ts";
import type { Field } from "./tuple-shape.ts";
import { readValue } from "./value-reader.ts";

const COLUMNS = 1;
const VALUES = 2;
const INSTANCES = 3;

const HEADER_BYTES = 16;

/** How many records a batch has at most: enough to spread its fixed cost, few enough to stay in the cache. */
export const BATCH_RECORDS = 4096;

/**
 * Encodes all of `records` as a section. `names` notes the classes that a reader must have. Throws `UNSERIALISABLE_RECORD`
 * or `ASYNC_RESULT` for what cannot cross.
 */
export function encodeRecords(records: readonly unknown[], names = new RecordNames()): Uint8Array[] {
  const batches: Uint8Array[] = [];
  for (let from = 0; from < records.length; from += BATCH_RECORDS)
    batches.push(encodeBatch(part(records, from), names));
  return batches;
}

/** Those of a batch, copied only where they are not all. */
function part(records: readonly unknown[], from: number): readonly unknown[] {
  return records.length <= BATCH_RECORDS ? records : records.slice(from, from + BATCH_RECORDS);
}

/** Pairs of these keys and values, no more than a batch holds. */
export function encodePairBatch(keys: readonly unknown[], values: readonly unknown[], names: RecordNames): Uint8Array {
  const column = pairsColumn(keys, values);
  if (column !== undefined) return encodeColumn(keys.length, column);
  const pairs = keys.map((key, i) => [key, values[i]]);
  return encodeBatch(pairs, names);
}

export function encodeBatch(records: readonly unknown[], names: RecordNames): Uint8Array {
  const column = recordsColumn(records);
  return column === undefined ? encodeValues(records, names) : encodeColumn(records.length, column);
}

function encodeColumn(records: number, column: Column): Uint8Array {
  const batch = newBatch(COLUMNS, records, column.bytes);
  column.write(batch, HEADER_BYTES);
  return batch;
}

/** Pairs that are in columns already: values, where each key's text ends, and the ASCII text of all keys. */
export function encodePairColumns(values: Float64Array, ends: Uint32Array, text: Uint8Array): Uint8Array {
  return encodeColumn(values.length, tupleColumn([asciiColumn(ends, text), numericColumn(values)]));
}

/** The same with any values, or undefined where these are no column. */
export function encodeKeyedValues(
  values: readonly unknown[],
  ends: Uint32Array,
  text: Uint8Array,
): Uint8Array | undefined {
  const column = valuesColumn(values);
  return column && encodeColumn(values.length, tupleColumn([asciiColumn(ends, text), column]));
}

/** Pairs of these keys and of values of this shape, of which there are the fields; undefined where these are no column. */
export function encodeKeyedFields(
  keys: readonly unknown[] | AsciiColumn,
  shape: RecordShape,
  fields: readonly Field[],
): Uint8Array | undefined {
  const ofKeys = "ends" in keys ? asciiColumn(keys.ends, keys.text) : keysColumn(keys);
  const ofValues = ofKeys && shapedColumn(shape, fields);
  return ofValues && encodeColumn(fields[0]!.length, tupleColumn([ofKeys!, ofValues]));
}

/** Numbers that are in an array of their own already. */
export function encodeDoubles(numbers: Float64Array): Uint8Array {
  return encodeColumn(numbers.length, numericColumn(numbers));
}

function encodeValues(records: readonly unknown[], names: RecordNames): Uint8Array {
  const [kind, body] = serializeValues(records, names);
  const batch = newBatch(kind, records.length, body.length);
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

function newBatch(kind: number, records: number, bodyBytes: number): Uint8Array<ArrayBuffer> {
  const batch = new Uint8Array(HEADER_BYTES + padded(bodyBytes));
  new Uint32Array(batch.buffer, 0, 3).set([kind, records, bodyBytes]);
  return batch;
}

/** Whether the records of a batch are columns, which are quick to read. */
export function isOfColumns(batch: Uint8Array): boolean {
  return new Uint32Array(batch.buffer, batch.byteOffset, 1)[0] === COLUMNS;
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
    return this.#next((columns, records) => columns.next(records));
  }

  /** The same, but tuples and objects stay columns. */
  nextColumns(): RecordColumns | unknown[] | undefined {
    return this.#next((columns, records) => columns.nextColumns(records));
  }

  #next<R>(readColumns: (columns: ColumnReader, records: number) => R): R | unknown[] | undefined {
    const { buffer, byteOffset, length } = this.#bytes;
    if (this.#offset >= length) return undefined;
    const start = byteOffset + this.#offset;
    const [kind, records, bodyBytes] = new Uint32Array(buffer, start, 3) as unknown as [number, number, number];
    const body = start + HEADER_BYTES;
    this.#offset += HEADER_BYTES + padded(bodyBytes);
    switch (kind) {
      case COLUMNS:
        return readColumns(new ColumnReader(buffer, body), records);
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
    return readValue(Buffer.from(buffer as ArrayBuffer, offset, bytes));
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
    const [kind, records, bodyBytes] = [0, 4, 8].map((at) => headers.getUint32(offset + at, true));
    const body = offset + HEADER_BYTES;
    offset = body + Math.ceil(bodyBytes! / 8) * 8;
    if (offset > length) return undefined;
    const fits =
      kind === COLUMNS ? surveyColumn(headers, body, records!) === offset : kind === VALUES || kind === INSTANCES;
    if (!fits) return undefined;
    total += records!;
  }
  return total;
}
