import type { MillraceError } from "../errors.ts";
import type { FileInfo } from "../platform/files.ts";

export type { FileInfo };

/** Is told of each path that is there and cannot be looked at: `FILE_UNREADABLE`. It is left out. */
export type OnProblem = (problem: MillraceError) => void;

/** Files that are there, as sources see them. */
export interface FileLookup {
  /**
   * The files that a path stands for, by name: the file itself, those directly in a directory, or what a glob pattern
   * matches, directories standing for their files. Names that begin with `.` or `_` are left out of directories and
   * matches. Throws `FILE_UNREADABLE` where there is nothing or it may not be read.
   */
  files(path: string): Promise<readonly FileInfo[]>;

  /** `length` bytes of a file from `position` on; fewer where it ends. Throws `FILE_UNREADABLE`. */
  read(path: string, position: number, length: number): Promise<Uint8Array>;
}

/** Files as RDDs and streams see them; other stores implement the same interface. */
export interface FileSystem extends FileLookup {
  /** The directories that a path stands for: itself, or what a glob pattern matches. None where there is none. */
  directories(pattern: string, onProblem: OnProblem): Promise<readonly string[]>;

  /**
   * All files directly in a directory, by name, those whose names begin with `.` or `_` too. What vanishes while it is being
   * listed is left out, and what is neither a file nor a directory. Throws `FILE_UNREADABLE`.
   */
  list(directory: string, onProblem: OnProblem): Promise<readonly FileInfo[]>;

  /** Whether there is such a file. Throws `FILE_UNREADABLE` where there is one that may not be read. */
  isReadable(path: string): Promise<boolean>;

  /** Makes a directory, and those above it. Throws `FILE_EXISTS` where it is there already, unless it `mayExist`. */
  createDirectory(path: string, options?: { readonly mayExist?: boolean }): Promise<void>;

  writeText(path: string, text: string): Promise<void>;

  /** Removes a file, or a directory with all that is in it; does nothing where there is none. */
  removeTree(path: string): Promise<void>;
}
