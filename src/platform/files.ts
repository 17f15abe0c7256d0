/** The file calls that millrace makes, in one place, so that a simulator can stand in for them. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";

export interface FileInfo {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly isDirectory: boolean;
}

export async function statFile(path: string): Promise<FileInfo> {
  const found = await stat(path);
  return { path, size: found.size, mtimeMs: found.mtimeMs, isDirectory: found.isDirectory() };
}

/** The names in a directory, in no particular order. */
export function listDirectory(path: string): Promise<string[]> {
  return readdir(path);
}

/** A file open for reading. Reads are synchronous: executors read from their own thread, out of the page cache mostly. */
export class ReadableFile {
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, "r");
  }

  /** Reads up to `length` bytes at `position` into the start of `target`; returns how many there were, 0 at the end. */
  read(target: Uint8Array, length: number, position: number): number {
    return readSync(this.#descriptor, target, 0, length, position);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** The whole text of a file, or undefined where there is none. */
export function readTextIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
