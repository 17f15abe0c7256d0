import type { FileInfo } from "../platform/files.ts";

export type { FileInfo };

/** Files as RDDs and streams see them; other stores implement the same interface. */
export interface FileSystem {
  /**
   * The files that a path stands for, by name: the file itself, those directly in a directory, or what a glob pattern
   * matches, directories standing for their files. Names that begin with `.` or `_` are left out of directories and
   * matches. Throws `FILE_UNREADABLE` where there is nothing or it may not be read.
   */
  files(path: string): Promise<readonly FileInfo[]>;

  /** Makes a directory, and those above it. Throws `FILE_EXISTS` where it is there already, unless it `mayExist`. */
  createDirectory(path: string, options?: { readonly mayExist?: boolean }): Promise<void>;

  writeText(path: string, text: string): Promise<void>;

  /** Removes a file, or a directory with all that is in it; does nothing where there is none. */
  removeTree(path: string): Promise<void>;
}
