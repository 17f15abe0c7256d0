import type { FileInfo } from "../../filesystem/filesystem.ts";
import { lazyModule } from "../../platform/own-modules.ts";
import type { RecordChunks } from "../record-chunks.ts";
import type { RddSource } from "../source.ts";
import { type FileSplit, goalBytes, LARGEST_SPLIT, splits } from "./file-splits.ts";

const plain = lazyModule<typeof import("../readers/file-lines.ts")>(import.meta.url, "../readers/file-lines.ts");
const gzip = lazyModule<typeof import("../readers/gzip-lines.ts")>(import.meta.url, "../readers/gzip-lines.ts");

/**
 * The lines of the files that a path stands for ({@link FileSystem.files}). Large files are split: at least
 * `minPartitions` splits in all where sizes allow. A gzip file can be read only from its start, so it is one partition.
 */
export function textFileSource(path: string, minPartitions: number): RddSource<string, FileSplit> {
  return {
    async partitions({ filesystem }) {
      const files = await filesystem.files(path);
      return linesOfFiles(files, goalBytes(files, minPartitions));
    },
    compute: linesOf,
  };
}

/** The lines of files as they are now: what is appended later is not read. */
export function knownTextFiles(files: readonly FileInfo[]): RddSource<string, FileSplit> {
  return { partitions: () => linesOfFiles(files, LARGEST_SPLIT), compute: linesOf };
}

export function linesOf(split: FileSplit): RecordChunks<string> {
  return isGzip(split.path) ? new (gzip().GzipLines)(split.path) : new (plain().FileLines)(split);
}

function linesOfFiles(files: readonly FileInfo[], goal: number): FileSplit[] {
  return files.flatMap(({ path, size }) => (isGzip(path) ? [{ path, start: 0, end: size }] : splits(path, size, goal)));
}

/** Whether a file is packed, by its name. */
export function isGzip(path: string): boolean {
  return path.endsWith(".gz");
}
