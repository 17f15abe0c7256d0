import type { FileInfo } from "../../filesystem/filesystem.ts";
import type { PartitionInput, Source } from "../source.ts";

/** Hadoop's FileInputFormat lets the last split of a file be up to this much larger than the others. */
const SLACK = 1.1;
/** No split is larger than a block of HDFS. */
const LARGEST_SPLIT = 128 * 2 ** 20;

/**
 * The lines of the files that a path stands for ({@link FileSystem.files}). Large files are split: at least
 * `minPartitions` splits in all where sizes allow. A gzip file can be read only from its start, so it is one partition.
 */
export function textFileSource(path: string, minPartitions: number): Source {
  return {
    kind: "textFile",
    async partitions({ filesystem }) {
      const files = await filesystem.files(path);
      const total = files.reduce((sum, file) => sum + file.size, 0);
      const goal = Math.max(1, Math.min(LARGEST_SPLIT, Math.ceil(total / minPartitions)));
      return linesOfFiles(files, goal);
    },
  };
}

/** The lines of files as they are now: what is appended later is not read. */
export function knownFilesSource(files: readonly FileInfo[]): Source {
  return { kind: "files", partitions: () => linesOfFiles(files, LARGEST_SPLIT) };
}

function linesOfFiles(files: readonly FileInfo[], goal: number): PartitionInput[] {
  return files.flatMap(({ path, size }) =>
    path.endsWith(".gz") ? [{ kind: "gzip", path }] : splits(path, size, goal),
  );
}

function splits(path: string, size: number, goal: number): PartitionInput[] {
  const cuts: PartitionInput[] = [];
  let start = 0;
  for (; (size - start) / goal > SLACK; start += goal) cuts.push({ kind: "file", path, start, end: start + goal });
  if (start < size || size === 0) cuts.push({ kind: "file", path, start, end: size });
  return cuts;
}
