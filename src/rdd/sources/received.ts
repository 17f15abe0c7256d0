import type { StoredBlock } from "../../core/block.ts";
import type { Source } from "../source.ts";

/** Received text by partition: blocks of whole lines, UTF-8, each ended by a newline. */
export function linesSource(partitions: readonly (readonly StoredBlock[])[]): Source {
  return { kind: "lines", partitions: () => partitions.map((blocks) => ({ kind: "lines", blocks })) };
}

/** Received records, encoded: each block is a partition (S10). What is `raw` has been encoded by others, and never looked at. */
export function receivedSource(blocks: readonly StoredBlock[], raw = false): Source {
  return { kind: "received", partitions: () => blocks.map((block) => ({ kind: "received", blocks: [block], raw })) };
}
