import type { RecordNames } from "../../../../closure/class-names.ts";
import { entriesOf } from "../../../../state/entry-batch.ts";
import { MemoryStateStore } from "../../../../state/memory-store.ts";
import type { StateStore } from "../../../../state/state-store.ts";
import { EmittedRecords } from "./emitted-records.ts";

/** All keys of a store with their values, encoded. (What `dump` gives only the store itself can read.) */
export function allPairs(store: StateStore, names: RecordNames): readonly Uint8Array[] {
  if (store instanceof MemoryStateStore) return [entriesOf(store.columns().columns.encode(names))];
  const emitted = new EmittedRecords(names);
  for (const { key, value } of store.entries()) emitted.add([key, value]);
  return emitted.finish();
}
