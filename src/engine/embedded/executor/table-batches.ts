import type { RecordNames } from "../../../closure/class-names.ts";
import type { FieldColumns } from "../../../core/field-columns.ts";
import type { KeyedTable } from "../../../core/keyed-table.ts";
import {
  BATCH_RECORDS,
  encodeKeyedFields,
  encodeKeyedValues,
  encodePairBatch,
} from "../../../serializer/record-batch.ts";

/** The pairs at these places of a table as a section: no pair is made of them, nor a string of a key that came as bytes. */
export function encodeTable(table: KeyedTable<unknown>, places: Int32Array, names: RecordNames): Uint8Array[] {
  const batches: Uint8Array[] = [];
  for (let from = 0; from < places.length; from += BATCH_RECORDS)
    batches.push(encodePlaces(table, places.subarray(from, from + BATCH_RECORDS), names));
  return batches;
}

function encodePlaces(table: KeyedTable<unknown>, places: Int32Array, names: RecordNames): Uint8Array {
  const batch = table.fields === undefined ? encodeValues(table, places) : encodeFields(table, table.fields, places);
  return batch ?? encodePairBatch(at(table.keys, places), at(table.values, places), names);
}

function encodeFields(table: KeyedTable<unknown>, fields: FieldColumns, places: Int32Array): Uint8Array | undefined {
  const keys = table.texts?.column(places) ?? at(table.keys, places);
  return encodeKeyedFields(keys, fields.shape, fields.at(places));
}

function encodeValues({ texts, values }: KeyedTable<unknown>, places: Int32Array): Uint8Array | undefined {
  if (texts === undefined) return undefined;
  const { ends, text } = texts.column(places);
  return encodeKeyedValues(at(values, places), ends, text);
}

function at(all: readonly unknown[], places: Int32Array): unknown[] {
  const some = new Array<unknown>(places.length);
  for (let i = 0; i < places.length; i++) some[i] = all[places[i]!];
  return some;
}
