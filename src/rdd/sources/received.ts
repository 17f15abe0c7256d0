import type { BlockHandle } from "../../core/block.ts";
import type { Source } from "../source.ts";

/** Received text: each block is a partition (S10) and holds whole lines, UTF-8, each ended by a newline. */
export function linesSource(blocks: readonly BlockHandle[]): Source {
  return { kind: "lines", partitions: () => blocks.map((block) => ({ kind: "lines", blocks: [block] })) };
}

/** Received records, encoded: each block is a partition, too. */
export function receivedSource(blocks: readonly BlockHandle[]): Source {
  return { kind: "received", partitions: () => blocks.map((block) => ({ kind: "received", blocks: [block] })) };
}
