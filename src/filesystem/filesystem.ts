import type { FileInfo } from "../platform/files.ts";

export type { FileInfo };

/** Files as RDDs and streams see them; other stores implement the same interface. */
export interface FileSystem {
  /**
   * The files that a path stands for, by name: the file itself, or those directly in a directory, but for names that
   * begin with `.` or `_`. Throws `FILE_UNREADABLE` where there is nothing or it may not be read.
   */
  files(path: string): Promise<readonly FileInfo[]>;
}
