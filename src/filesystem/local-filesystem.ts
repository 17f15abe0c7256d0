import { basename, join } from "node:path";
import { describeThrown, MillraceError } from "../errors.ts";
import {
  checkReadable,
  type FileInfo,
  listDirectory,
  makeDirectory,
  matchingPaths,
  readBytes,
  removeTree,
  statFile,
  writeText,
} from "../platform/files.ts";
import type { FileSystem, OnProblem } from "./filesystem.ts";

/** As many files are asked for their sizes and times at once. */
const CONCURRENT_STATS = 64;

/** The machine's own files. */
export class LocalFileSystem implements FileSystem {
  async files(path: string): Promise<readonly FileInfo[]> {
    try {
      return await filesAt(path);
    } catch (cause) {
      // A file may be called like a pattern, so that a pattern is the second guess.
      if (isNotThere(cause) && isPattern(path)) return matching(path);
      throw unreadable(path, describeThrown(cause), cause);
    }
  }

  async directories(pattern: string, onProblem: OnProblem): Promise<readonly string[]> {
    try {
      const literal = await statIfThere(pattern);
      if (literal !== undefined || !isPattern(pattern)) return literal?.isDirectory ? [pattern] : [];
      const matches = await statAll(await matchingPaths(pattern), onProblem);
      return matches.filter((one) => one.isDirectory).map(({ path }) => path);
    } catch (cause) {
      throw unreadable(pattern, describeThrown(cause), cause);
    }
  }

  async list(directory: string, onProblem: OnProblem): Promise<readonly FileInfo[]> {
    try {
      const paths = (await listDirectory(directory)).sort().map((name) => join(directory, name));
      return (await statAll(paths, onProblem)).filter((one) => one.isFile);
    } catch (cause) {
      throw unreadable(directory, describeThrown(cause), cause);
    }
  }

  async isReadable(path: string): Promise<boolean> {
    try {
      await checkReadable(path);
      return true;
    } catch (cause) {
      if (isNotThere(cause)) return false;
      throw unreadable(path, describeThrown(cause), cause);
    }
  }

  async read(path: string, position: number, length: number): Promise<Uint8Array> {
    try {
      return await readBytes(path, position, length);
    } catch (cause) {
      throw unreadable(path, describeThrown(cause), cause);
    }
  }

  async createDirectory(path: string, { mayExist = false } = {}): Promise<void> {
    const made = await unlessUnwritable(path, () => makeDirectory(path));
    if (made || mayExist) return;
    throw new MillraceError("FILE_EXISTS", `${path} is there already`, {
      remedy: "Save to a path where there is nothing yet, or remove what is there first.",
    });
  }

  async writeText(path: string, text: string): Promise<void> {
    await unlessUnwritable(path, () => writeText(path, text));
  }

  async removeTree(path: string): Promise<void> {
    await unlessUnwritable(path, () => removeTree(path));
  }
}

/** What there is of these paths, in their order. */
async function statAll(paths: readonly string[], onProblem: OnProblem): Promise<FileInfo[]> {
  const found: FileInfo[] = [];
  const stat = (path: string) =>
    statIfThere(path).catch((cause) => onProblem(unreadable(path, describeThrown(cause), cause)));
  for (let from = 0; from < paths.length; from += CONCURRENT_STATS) {
    const some = await Promise.all(paths.slice(from, from + CONCURRENT_STATS).map(stat));
    found.push(...some.filter((one) => one !== undefined));
  }
  return found;
}

async function statIfThere(path: string): Promise<FileInfo | undefined> {
  try {
    return await statFile(path);
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

async function filesAt(path: string): Promise<readonly FileInfo[]> {
  const found = await statFile(path);
  if (!found.isDirectory) return [found];
  const names = (await listDirectory(path)).filter(isVisible).sort();
  const entries = await Promise.all(names.map((name) => statFile(join(path, name))));
  return entries.filter((entry) => !entry.isDirectory);
}

async function matching(pattern: string): Promise<readonly FileInfo[]> {
  let files: readonly FileInfo[][];
  let paths: string[];
  try {
    paths = (await matchingPaths(pattern)).filter((path) => isVisible(basename(path)));
    files = await Promise.all(paths.map(async (path) => [...(await filesAt(path))]));
  } catch (cause) {
    throw unreadable(pattern, describeThrown(cause), cause);
  }
  if (paths.length === 0) throw unreadable(pattern, "there is no such file, and none that it matches as a pattern");
  return files.flat();
}

/** Hadoop, too, leaves out what begins so: temporary files, checksums, and marks such as _SUCCESS. */
function isVisible(name: string): boolean {
  return !/^[._]/.test(name);
}

function isPattern(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

function isNotThere(thrown: unknown): boolean {
  return (thrown as { code?: unknown }).code === "ENOENT";
}

async function unlessUnwritable<R>(path: string, write: () => Promise<R>): Promise<R> {
  try {
    return await write();
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

export function unreadable(path: string, why: string, cause?: unknown): MillraceError {
  return new MillraceError("FILE_UNREADABLE", `${path} cannot be read: ${why}`, {
    cause,
    remedy: "Check that the path exists and may be read; relative paths start at the process's working directory.",
  });
}

export function unwritable(path: string, cause: unknown): MillraceError {
  return new MillraceError("FILE_UNWRITABLE", `${path} cannot be written: ${describeThrown(cause)}`, {
    cause,
    remedy: "Check that the path may be written, and that the disk has room.",
  });
}
