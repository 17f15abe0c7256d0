import type { RecordNames } from "../../../closure/class-names.ts";
import { type StoredBlock, withClasses } from "../../../core/block.ts";
import type { KeyedTable } from "../../../core/keyed-table.ts";
import { BATCH_RECORDS, encodeBatch, encodePairs } from "../../../serializer/record-batch.ts";
import type { PartitionStore } from "./partition-store.ts";
import type { ShuffleOutput } from "./protocol.ts";

/** The section for one partition in what a map task has written; none where it is empty. */
export function sectionOf({ block, offsets }: ShuffleOutput, partition: number): StoredBlock[] {
  const from = offsets[partition]!;
  const length = offsets[partition + 1]! - from;
  return length > 0 ? [{ ...block, offset: block.offset + from, length }] : [];
}

/**
 * Gathers records by partition and writes them as one block, a section for each partition. Records are encoded batch by
 * batch as they come, so a map task holds its output only in encoded form.
 */
export class SectionWriter {
  readonly #numPartitions: number;
  readonly #partitionOf: (key: unknown) => number;
  readonly #pending: unknown[][];
  readonly #encoded: Uint8Array[][];
  readonly #names: RecordNames;
  #turn: number;
  #records = 0;

  /** `partitionOf` is for pairs; `firstTurn` is where {@link SectionWriter.writeNext} begins to deal. */
  constructor(numPartitions: number, partitionOf: (key: unknown) => number, firstTurn: number, names: RecordNames) {
    this.#numPartitions = numPartitions;
    this.#partitionOf = partitionOf;
    this.#pending = Array.from({ length: numPartitions }, () => []);
    this.#encoded = Array.from({ length: numPartitions }, () => []);
    this.#turn = firstTurn;
    this.#names = names;
  }

  /** Those that have been written. */
  get records(): number {
    return this.#records;
  }

  writePair(pair: readonly unknown[]): void {
    this.#write(this.#partitionOf(pair[0]), pair);
  }

  writeNext(record: unknown): void {
    this.#turn = (this.#turn + 1) % this.#numPartitions;
    this.#write(this.#turn, record);
  }

  /** The pairs of a table, once: keys and values become columns without being pairs first. */
  writeTable({ keys, values }: KeyedTable<unknown>): void {
    const partitions = Array.from({ length: this.#numPartitions }, () => [[], []] as [unknown[], unknown[]]);
    for (let i = 0; i < keys.length; i++) {
      const [itsKeys, itsValues] = partitions[this.#partitionOf(keys[i])]!;
      itsKeys.push(keys[i]);
      itsValues.push(values[i]);
    }
    for (const [partition, [itsKeys, itsValues]] of partitions.entries())
      this.#encoded[partition]!.push(...encodePairs(itsKeys, itsValues, this.#names));
    this.#records += keys.length;
  }

  #write(partition: number, record: unknown): void {
    const pending = this.#pending[partition]!;
    pending.push(record);
    if (pending.length === BATCH_RECORDS) this.#encode(partition);
  }

  #encode(partition: number): void {
    const pending = this.#pending[partition]!;
    if (pending.length === 0) return;
    this.#encoded[partition]!.push(encodeBatch(pending, this.#names));
    this.#records += pending.length;
    this.#pending[partition] = [];
  }

  finish(store: PartitionStore): ShuffleOutput {
    for (let partition = 0; partition < this.#numPartitions; partition++) this.#encode(partition);
    const { block, offsets } = store.writeSections(this.#encoded);
    return { block: withClasses(block, this.#names.classNumbers), offsets };
  }
}
