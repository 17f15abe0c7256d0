import { MillraceError } from "../../errors.ts";
import type { FileInfo } from "../../filesystem/filesystem.ts";
import { lazyModule } from "../../platform/own-modules.ts";
import type { RecordChunks } from "../record-chunks.ts";
import type { FileFormat } from "./file-format.ts";
import { type FileSplit, splits } from "./file-splits.ts";
import { isGzip } from "./text-file.ts";

const readers = lazyModule<typeof import("../readers/fixed-length-records.ts")>(
  import.meta.url,
  "../readers/fixed-length-records.ts",
);

/** Records that all have so many bytes: whole ones, from `start` to `end`. */
export interface FixedLengthPart extends FileSplit {
  readonly recordLength: number;
}

/** Splits begin where a record does. A file that is packed, or that does not end with a record, is an error, as in Spark. */
export function fixedLengthFormat(recordLength: number): FileFormat<Uint8Array, FixedLengthPart> {
  return {
    split(files, goal) {
      for (const file of files) checkWhole(file, recordLength);
      const whole = Math.max(1, Math.floor(goal / recordLength)) * recordLength;
      return files.flatMap(({ path, size }) => splits(path, size, whole).map((part) => ({ ...part, recordLength })));
    },
    compute: fixedLengthOf,
  };
}

export function fixedLengthOf(part: FixedLengthPart): RecordChunks<Uint8Array> {
  return new (readers().FixedLengthRecords)(part);
}

function checkWhole({ path, size }: FileInfo, recordLength: number): void {
  if (isGzip(path)) {
    throw new MillraceError("FILE_UNREADABLE", `${path} is packed, and records of a fixed length are read in place`, {
      remedy: "Unpack it before, or leave it out by a filter.",
    });
  }
  if (size % recordLength === 0) return;
  throw new MillraceError(
    "FILE_CORRUPT",
    `${path} has ${size} bytes, which are not whole records of ${recordLength} bytes: the last one is cut`,
    { remedy: "Write it elsewhere and move it in when it is whole; or check the length of the records." },
  );
}
