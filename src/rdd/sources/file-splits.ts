import type { FileInfo } from "../../filesystem/filesystem.ts";

/** What of a file begins at `start` or later, and before `end`. */
export interface FileSplit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Hadoop's FileInputFormat lets the last split of a file be up to this much larger than the others. */
const SLACK = 1.1;
/** No split is larger than a block of HDFS. */
export const LARGEST_SPLIT = 128 * 2 ** 20;

/** How large splits are to be, so that there are `minPartitions` where sizes allow. */
export function goalBytes(files: readonly FileInfo[], minPartitions: number): number {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  return Math.max(1, Math.min(LARGEST_SPLIT, Math.ceil(total / minPartitions)));
}

/** A file in splits of `goal` bytes; an empty one is a split, too. */
export function splits(path: string, size: number, goal: number): FileSplit[] {
  const cuts: FileSplit[] = [];
  let start = 0;
  for (; (size - start) / goal > SLACK; start += goal) cuts.push({ path, start, end: start + goal });
  if (start < size || size === 0) cuts.push({ path, start, end: size });
  return cuts;
}
