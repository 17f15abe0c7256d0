/**
 * The sources of millrace by their names. They are what any {@link RddSource} is; but executors have their `compute`, so that it is named in
 * a task instead of being shipped: neither the first job of a program nor each batch of a stream need pay for that.
 */
import type { StoredBlock } from "../../core/block.ts";
import type { AnySource } from "../source.ts";
import { fixedLengthOf } from "./fixed-length.ts";
import { type ObjectFile, objectsOf } from "./object-file.ts";
import { givenRecords } from "./parallelize.ts";
import { numbersOf } from "./range.ts";
import { type Blocks, linesOfBlocks, recordsOfBlocks, recordsOfRawBlocks } from "./received.ts";
import { linesOf } from "./text-file.ts";
import { wholeBytesOf, wholeTextsOf } from "./whole-files.ts";

const COMPUTES = {
  fixedLengthOf,
  givenRecords,
  linesOf,
  linesOfBlocks,
  numbersOf,
  objectsOf,
  recordsOfBlocks,
  recordsOfRawBlocks,
  wholeBytesOf,
  wholeTextsOf,
} as const;

export type SourceName = keyof typeof COMPUTES;

const names = new Map<unknown, SourceName>(
  Object.entries(COMPUTES).map(([name, compute]) => [compute, name as SourceName]),
);

/** The name under which executors have the `compute` of this source; undefined for one of the program's. */
export function sourceName({ compute }: AnySource): SourceName | undefined {
  return names.get(compute);
}

export function namedCompute(name: SourceName): AnySource["compute"] {
  return COMPUTES[name] as AnySource["compute"];
}

/** The numbers of the classes whose instances a partition of such a source holds. */
export function classesIn(name: SourceName, partition: unknown): number[] {
  switch (name) {
    case "objectsOf":
      return (partition as ObjectFile).classes.map(([, here]) => here);
    case "recordsOfBlocks":
      return (partition as Blocks).flatMap(({ classes = [] }: StoredBlock) => [...classes]);
    default:
      return [];
  }
}
