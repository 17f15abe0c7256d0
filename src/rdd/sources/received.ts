import type { StoredBlock } from "../../core/block.ts";
import { lazyModule } from "../../platform/own-modules.ts";
import type { RecordChunks } from "../record-chunks.ts";
import type { RddSource } from "../source.ts";

const pieces = lazyModule<typeof import("../readers/stored-pieces.ts")>(import.meta.url, "../readers/stored-pieces.ts");
const lines = lazyModule<typeof import("../readers/text-block-lines.ts")>(
  import.meta.url,
  "../readers/text-block-lines.ts",
);
const received = lazyModule<typeof import("../readers/received-records.ts")>(
  import.meta.url,
  "../readers/received-records.ts",
);

export type Blocks = readonly StoredBlock[];

/** Received text by partition: blocks of whole lines, UTF-8, each ended by a newline. */
export function linesSource(partitions: readonly Blocks[]): RddSource<string, Blocks> {
  return { partitions: () => partitions, compute: linesOfBlocks };
}

export function linesOfBlocks(blocks: Blocks): RecordChunks<string> {
  return new (lines().TextBlockLines)(new (pieces().StoredPieces)(blocks));
}

/** Received records, encoded: each block is a partition (S10). */
export function receivedSource<T>(blocks: Blocks): RddSource<T, Blocks> {
  const compute = recordsOfBlocks as (blocks: Blocks) => RecordChunks<T>;
  return { partitions: () => blocks.map((block) => [block]), compute };
}

export function recordsOfBlocks(blocks: Blocks): RecordChunks<unknown> {
  return new (received().ReceivedRecords)(new (pieces().StoredPieces)(blocks));
}

/** The same of blocks that others have encoded, and nobody has looked at. */
export function rawSource<T>(blocks: Blocks): RddSource<T, Blocks> {
  return { ...receivedSource<T>(blocks), compute: recordsOfRawBlocks as (blocks: Blocks) => RecordChunks<T> };
}

export function recordsOfRawBlocks(blocks: Blocks): RecordChunks<unknown> {
  return new (received().RawRecords)(new (pieces().StoredPieces)(blocks));
}
