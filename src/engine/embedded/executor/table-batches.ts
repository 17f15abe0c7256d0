import type { RecordNames } from "../../../closure/class-names.ts";
import type { KeyedTable } from "../../../core/keyed-table.ts";
import { BATCH_RECORDS, encodeKeyedValues, encodePairBatch } from "../../../serializer/record-batch.ts";

/** The pairs at these places of a table as a section: no pair is made of them, nor a string of a key that came as bytes. */
export function encodeTable(table: KeyedTable<unknown>, places: Int32Array, names: RecordNames): Uint8Array[] {
  const batches: Uint8Array[] = [];
  for (let from = 0; from < places.length; from += BATCH_RECORDS)
    batches.push(encodePlaces(table, places.subarray(from, from + BATCH_RECORDS), names));
  return batches;
}

function encodePlaces(table: KeyedTable<unknown>, places: Int32Array, names: RecordNames): Uint8Array {
  const values = at(table.values, places);
  if (table.texts !== undefined) {
    const { ends, text } = table.texts.column(places);
    const batch = encodeKeyedValues(values, ends, text);
    if (batch !== undefined) return batch;
  }
  return encodePairBatch(at(table.keys, places), values, names);
}

function at(all: readonly unknown[], places: Int32Array): unknown[] {
  const some = new Array<unknown>(places.length);
  for (let i = 0; i < places.length; i++) some[i] = all[places[i]!];
  return some;
}
