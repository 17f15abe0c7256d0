/** The file calls that millrace makes, in one place, so that a simulator can stand in for them. */

import {
  appendFileSync,
  closeSync,
  createReadStream,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import {
  access,
  constants,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { pipeline } from "node:stream";

export interface FileInfo {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly isDirectory: boolean;
  /** Neither a directory nor a pipe, a socket or a device. */
  readonly isFile: boolean;
}

export async function statFile(path: string): Promise<FileInfo> {
  const found = await stat(path);
  const { size, mtimeMs } = found;
  return { path, size, mtimeMs, isDirectory: found.isDirectory(), isFile: found.isFile() };
}

/** Rejects where the file is not there or may not be read. */
export function checkReadable(path: string): Promise<void> {
  return access(path, constants.R_OK);
}

/** The names in a directory, in no particular order. */
export function listDirectory(path: string): Promise<string[]> {
  return readdir(path);
}

/** The system reads no more at once. */
const LARGEST_READ = 1 << 30;

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

  /** The `length` bytes at `position`, in memory of their own; fewer where the file ends before. */
  readAt(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let got = 0;
    for (let more = 1; more > 0 && got < length; got += more)
      more = this.read(bytes.subarray(got), Math.min(length - got, LARGEST_READ), position + got);
    return got === length ? bytes : bytes.slice(0, got);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Whether there is a file of that name, and not a directory. */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
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

/** The content of a file, or undefined where there is none. */
export async function readBytesIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (["ENOENT", "EISDIR", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** The paths that a glob pattern matches, in order: `*`, `?`, `[...]`, `{a,b}`, and `**` for any directories in between. */
export async function matchingPaths(pattern: string): Promise<string[]> {
  const { glob } = await import("tinyglobby");
  const matches = await glob(pattern, { absolute: isAbsolute(pattern), onlyFiles: false, expandDirectories: false });
  return matches.map((path) => path.replace(/(?<=.)\/$/, "")).sort();
}

/** The content of a gzip file, piece by piece, read as it is asked for. */
export async function gunzipped(path: string): Promise<AsyncIterator<Uint8Array>> {
  const { createGunzip } = await import("node:zlib");
  const gunzip = createGunzip({ chunkSize: 64 << 10 });
  // A failure of either stream reaches whoever iterates; leaving the iteration ends both.
  pipeline(createReadStream(path), gunzip, () => undefined);
  return gunzip[Symbol.asyncIterator]();
}

/** Makes a directory, and those above it. False where it was there already. */
export async function makeDirectory(path: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

export function writeText(path: string, text: string): Promise<void> {
  return writeFile(path, text);
}

/** Removes a file, or a directory with all that is in it; does nothing where there is none. */
export function removeTree(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}

/** Removes a file where there is one. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** Appends to a file, which is made where it is not there. For executors, which write from their own thread. */
export function appendBytes(path: string, bytes: Uint8Array | string): void {
  appendFileSync(path, bytes);
}

/** The disk that a directory is on, which is made where it is not there: what this user may still write, and its size. */
export function diskOf(directory: string): { readonly freeBytes: number; readonly totalBytes: number } {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { bavail, blocks, bsize } = statfsSync(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/**
 * Writes a new file, which only this user may read, of pieces that follow one another, and makes the directories that it lies in. The
 * calling thread waits. What cannot be written whole is not left behind.
 */
export function writeNewFile(path: string, pieces: readonly Uint8Array[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const descriptor = openSync(path, "wx", 0o600);
  try {
    for (const piece of pieces) {
      for (let done = 0; done < piece.length; ) done += writeSync(descriptor, piece, done, piece.length - done);
    }
    closeSync(descriptor);
  } catch (error) {
    closeQuietly(descriptor);
    rmSync(path, { force: true });
    throw error;
  }
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // What matters is why the file could not be written.
  }
}

/** `length` bytes of a file from `position` on; fewer where it ends. */
export async function readBytes(path: string, position: number, length: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, position);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Gives a file another name, in place of one that has it. */
export function renameFile(from: string, to: string): void {
  renameSync(from, to);
}

/** A file that is written piece by piece, each at a place that the caller names. The calling thread does not wait for the disk. */
export class WritableFile {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** A new file; one that is there already is an error. */
  static async create(path: string): Promise<WritableFile> {
    return new WritableFile(await open(path, "wx"));
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Where the system has temporary files. */
export function systemTemporaryDirectory(): string {
  return tmpdir();
}

/** Makes a directory with a name of its own, in `parent`, by default where the system has temporary files. */
export async function makeTemporaryDirectory(prefix: string, parent = tmpdir()): Promise<string> {
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, prefix));
}

const temporary = new Set<string>();
let removesAtExit = false;

/** Removes a directory when the process ends, unless it has been told before that it is gone: a program may end without a stop. */
export function removeAtExit(path: string): { readonly gone: () => void } {
  if (!removesAtExit) {
    removesAtExit = true;
    process.once("exit", () => {
      for (const each of temporary) rmSync(each, { recursive: true, force: true });
    });
  }
  temporary.add(path);
  return { gone: () => void temporary.delete(path) };
}
