/**
 * Where the records of an RDD come from: a rule that is planned once, when the first job needs it (it may list files),
 * into one input for each partition. The inputs are data that crosses threads; executors know how to read each kind.
 */
import type { StoredBlock } from "../core/block.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";

export interface Source {
  readonly kind: string;
  partitions(planning: SourcePlanning): readonly PartitionInput[] | Promise<readonly PartitionInput[]>;
}

export interface SourcePlanning {
  readonly filesystem: FileSystem;
  readonly defaultParallelism: number;
}

/** What one partition of a source reads. */
export type PartitionInput =
  | { readonly kind: "records"; readonly records: readonly unknown[] }
  | { readonly kind: "range"; readonly start: number; readonly step: number; readonly length: number }
  | FileSplit
  | { readonly kind: "gzip"; readonly path: string }
  | ObjectFile
  /** Received text: whole lines, UTF-8, each ended by a newline. */
  | { readonly kind: "lines"; readonly blocks: readonly StoredBlock[] }
  /** Received records, encoded; `raw`, by others, and never looked at. */
  | { readonly kind: "received"; readonly blocks: readonly StoredBlock[]; readonly raw?: boolean };

/** A file of encoded records. */
export interface ObjectFile {
  readonly kind: "objects";
  readonly path: string;
  /** Where its batches end. */
  readonly end: number;
  /** The numbers of classes in the file, each with the driver's number for that class. */
  readonly classes: readonly (readonly [inFile: number, here: number])[];
}

/** The lines of a file that begin at `start` or later and before `end`. */
export interface FileSplit {
  readonly kind: "file";
  readonly path: string;
  readonly start: number;
  readonly end: number;
}
