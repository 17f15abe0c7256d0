import type { RecordNames } from "../../../../closure/class-names.ts";
import { BATCH_RECORDS, encodeBatch } from "../../../../serializer/record-batch.ts";

/** Records that are encoded batch by batch as they come, so that they are held only in encoded form. */
export class EmittedRecords {
  readonly #names: RecordNames;
  readonly #batches: Uint8Array[] = [];
  #pending: unknown[] = [];
  #last: readonly unknown[] = [];

  constructor(names: RecordNames) {
    this.#names = names;
  }

  add(record: unknown): void {
    if (this.#pending.push(record) === BATCH_RECORDS) this.#encode();
  }

  #encode(): void {
    this.#batches.push(encodeBatch(this.#pending, this.#names));
    this.#last = this.#pending;
    this.#pending = [];
  }

  /** All of them as they are, once they have been encoded, where they are so few that it was done at once; undefined otherwise. */
  get records(): readonly unknown[] | undefined {
    return this.#batches.length <= 1 ? this.#last : undefined;
  }

  /** All of them, encoded. */
  finish(): readonly Uint8Array[] {
    if (this.#pending.length > 0) this.#encode();
    return this.#batches;
  }
}
