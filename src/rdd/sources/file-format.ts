import type { FileInfo } from "../../filesystem/filesystem.ts";
import type { RddSource } from "../source.ts";
import type { RunningTask } from "../task-context.ts";
import { goalBytes, LARGEST_SPLIT } from "./file-splits.ts";

/** How files become partitions, and partitions records. */
export interface FileFormat<T, P> {
  /** What each partition has of these files: of large ones about `goalBytes` where they can be split. Throws for files that cannot be read so. */
  split(files: readonly FileInfo[], goalBytes: number): readonly P[];
  compute(this: void, partition: P, task: RunningTask): ReturnType<RddSource<T, P>["compute"]>;
}

/** The files that a path stands for ({@link FileLookup.files}), in at least `minPartitions` where sizes allow. */
export function filesSource<T, P>(path: string, minPartitions: number, format: FileFormat<T, P>): RddSource<T, P> {
  return {
    async partitions({ filesystem }) {
      const files = await filesystem.files(path);
      return format.split(files, goalBytes(files, minPartitions));
    },
    compute: format.compute,
  };
}

/** Files as they are now: what is appended later is not read. */
export function knownFiles<T, P>(files: readonly FileInfo[], format: FileFormat<T, P>): RddSource<T, P> {
  return { partitions: () => format.split(files, LARGEST_SPLIT), compute: format.compute };
}
