import { RecordNames } from "../../closure/class-names.ts";
import type { Alarm, Clock } from "../../platform/clock.ts";
import { BATCH_RECORDS, encodeBatch } from "../../serializer/record-batch.ts";

/** A block ends, however little time has passed, when there are this many bytes: what fits in one slab of the pool. */
const MAX_BLOCK_BYTES = 1 << 20;

/** Records, encoded, that will be one block. */
export interface EncodedRecords {
  readonly batches: readonly Uint8Array[];
  readonly records: number;
  /** The driver's numbers for the classes whose instances there are. */
  readonly classes: readonly number[];
}

export interface BlockGeneratorParts {
  readonly clock: Clock;
  readonly blockIntervalMs: number;
  push(block: EncodedRecords): void;
  /** Records that cannot be encoded are left out. */
  onError(error: unknown, records: number): void;
}

/**
 * Makes blocks of single records: one ends at a {@link cut}, without one a block interval after its first record, and when it has grown
 * to a mebibyte. Records are encoded when there are enough for a batch, so that what waits is known in bytes.
 */
export class BlockGenerator {
  readonly #parts: BlockGeneratorParts;
  #items: unknown[] = [];
  #batches: Uint8Array[] = [];
  #records = 0;
  #bytes = 0;
  #names = new RecordNames();
  #alarm: Alarm | undefined;

  constructor(parts: BlockGeneratorParts) {
    this.#parts = parts;
  }

  /** Bytes of encoded records that wait for the block's end. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  add(item: unknown): void {
    this.#items.push(item);
    if (this.#items.length >= BATCH_RECORDS) {
      this.#encode();
      if (this.#bytes >= MAX_BLOCK_BYTES) this.cut();
    }
    const { clock, blockIntervalMs } = this.#parts;
    this.#alarm ??= clock.at(clock.now() + blockIntervalMs, () => this.cut());
  }

  /** Ends the block, if there is anything in it. */
  cut(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#encode();
    if (this.#records === 0) return;
    const block = { batches: this.#batches, records: this.#records, classes: this.#names.classNumbers };
    this.#batches = [];
    this.#records = 0;
    this.#bytes = 0;
    this.#names = new RecordNames();
    this.#parts.push(block);
  }

  #encode(): void {
    const items = this.#items;
    if (items.length === 0) return;
    this.#items = [];
    try {
      this.#keep(encodeBatch(items, this.#names), items.length);
    } catch {
      this.#encodeEach(items);
    }
  }

  /** Those that can be. */
  #encodeEach(items: readonly unknown[]): void {
    let failure: unknown;
    let failed = 0;
    for (const item of items) {
      try {
        this.#keep(encodeBatch([item], this.#names), 1);
      } catch (error) {
        failure ??= error;
        failed++;
      }
    }
    if (failed > 0) this.#parts.onError(failure, failed);
  }

  #keep(batch: Uint8Array, records: number): void {
    this.#batches.push(batch);
    this.#records += records;
    this.#bytes += batch.length;
  }
}

/** Several records as one block. Throws `UNSERIALISABLE_RECORD`. */
export async function encodeTogether(records: Iterable<unknown> | AsyncIterable<unknown>): Promise<EncodedRecords> {
  const names = new RecordNames();
  const batches: Uint8Array[] = [];
  let count = 0;
  let items: unknown[] = [];
  const encode = () => {
    if (items.length === 0) return;
    batches.push(encodeBatch(items, names));
    count += items.length;
    items = [];
  };
  const add = (record: unknown) => {
    if (items.push(record) === BATCH_RECORDS) encode();
  };
  // Each await costs more than all else that is done for a record.
  if (Symbol.iterator in records) for (const record of records) add(record);
  else for await (const record of records) add(record);
  encode();
  return { batches, records: count, classes: names.classNumbers };
}
