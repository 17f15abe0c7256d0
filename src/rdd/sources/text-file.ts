import { lazyModule } from "../../platform/own-modules.ts";
import type { RecordChunks } from "../record-chunks.ts";
import type { FileFormat } from "./file-format.ts";
import { type FileSplit, splits } from "./file-splits.ts";

const plain = lazyModule<typeof import("../readers/file-lines.ts")>(import.meta.url, "../readers/file-lines.ts");
const gzip = lazyModule<typeof import("../readers/gzip-lines.ts")>(import.meta.url, "../readers/gzip-lines.ts");

/** Lines. A gzip file can be read only from its start, so it is one partition. */
export const textFormat: FileFormat<string, FileSplit> = {
  split: (files, goal) =>
    files.flatMap(({ path, size }) => (isGzip(path) ? [{ path, start: 0, end: size }] : splits(path, size, goal))),
  compute: linesOf,
};

export function linesOf(split: FileSplit): RecordChunks<string> {
  return isGzip(split.path) ? new (gzip().GzipLines)(split.path) : new (plain().FileLines)(split);
}

/** Whether a file is packed, by its name. */
export function isGzip(path: string): boolean {
  return path.endsWith(".gz");
}
