import type { RecordNames } from "../../../closure/class-names.ts";
import { type StoredBlock, withClasses } from "../../../core/block.ts";
import type { KeyedTable } from "../../../core/keyed-table.ts";
import { listOf } from "../../../core/list-of.ts";
import type { Chunk } from "../../../rdd/record-chunks.ts";
import { BATCH_RECORDS, encodeBatch } from "../../../serializer/record-batch.ts";
import type { Placing } from "./partition-function.ts";
import type { PartitionStore } from "./partition-store.ts";
import type { ShuffleOutput } from "./protocol.ts";
import { encodeTable } from "./table-batches.ts";

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
  readonly #placing: Placing;
  readonly #pending: unknown[][];
  readonly #encoded: Uint8Array[][];
  readonly #names: RecordNames;
  #turn: number;
  #records = 0;

  /** `placing` is for pairs; `firstTurn` is where {@link SectionWriter.writeNext} begins to deal. */
  constructor(numPartitions: number, placing: Placing, firstTurn: number, names: RecordNames) {
    this.#numPartitions = numPartitions;
    this.#placing = placing;
    this.#pending = listOf(numPartitions, () => []);
    this.#encoded = listOf(numPartitions, () => []);
    this.#turn = firstTurn;
    this.#names = names;
  }

  /** Those that have been written. */
  get records(): number {
    return this.#records;
  }

  writePair(pair: readonly unknown[]): void {
    this.#write(this.#placing.partitionOf(pair[0]), pair);
  }

  writeNext(record: unknown): void {
    this.#turn = (this.#turn + 1) % this.#numPartitions;
    this.#write(this.#turn, record);
  }

  /** The pairs of a table, once: keys and values become columns without being pairs first. */
  writeTable(table: KeyedTable<unknown>): void {
    const partitions = this.#partitionsOf(table);
    for (const [partition, places] of grouped(partitions, this.#numPartitions).entries()) {
      this.#encoded[partition]!.push(...encodeTable(table, places, this.#names));
    }
    this.#records += table.size;
  }

  /** The partition of each key. */
  #partitionsOf(table: KeyedTable<unknown>): Int32Array {
    const { partitionOf, partitionOfHash } = this.#placing;
    const { texts } = table;
    const partitions = new Int32Array(table.size);
    if (texts !== undefined && partitionOfHash !== undefined) {
      for (let i = 0; i < partitions.length; i++) partitions[i] = partitionOfHash(texts.hash(i));
      return partitions;
    }
    const { keys } = table;
    for (let i = 0; i < partitions.length; i++) partitions[i] = partitionOf(keys[i]);
    return partitions;
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

  /** All records, by partition, where these are so few that none has been encoded yet, and `may` allows it; undefined otherwise. */
  handed(may: (records: Chunk) => boolean): readonly Chunk[] | undefined {
    if (this.#records > 0 || !this.#pending.every(may)) return undefined;
    for (const { length } of this.#pending) this.#records += length;
    return this.#pending;
  }

  finish(store: PartitionStore): ShuffleOutput {
    for (let partition = 0; partition < this.#numPartitions; partition++) this.#encode(partition);
    const { block, offsets } = store.writeSections(this.#encoded);
    return { block: withClasses(block, this.#names.classNumbers), offsets };
  }
}

/** The places with each number, in order. */
function grouped(numbers: Int32Array, count: number): Int32Array[] {
  const sizes = new Int32Array(count);
  for (let i = 0; i < numbers.length; i++) sizes[numbers[i]!]!++;
  const groups = Array.from(sizes, (size) => new Int32Array(size));
  sizes.fill(0);
  for (let i = 0; i < numbers.length; i++) groups[numbers[i]!]![sizes[numbers[i]!]!++] = i;
  return groups;
}
