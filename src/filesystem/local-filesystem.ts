import { basename, join } from "node:path";
import { describeThrown, MillraceError } from "../errors.ts";
import {
  type FileInfo,
  listDirectory,
  makeDirectory,
  matchingPaths,
  removeTree,
  statFile,
  writeText,
} from "../platform/files.ts";
import type { FileSystem } from "./filesystem.ts";

/** The machine's own files. */
export class LocalFileSystem implements FileSystem {
  async files(path: string): Promise<readonly FileInfo[]> {
    try {
      return await filesAt(path);
    } catch (cause) {
      // A file may be called like a pattern, so that a pattern is the second guess.
      if (isNotThere(cause) && /[*?[\]{}]/.test(path)) return matching(path);
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

function unreadable(path: string, why: string, cause?: unknown): MillraceError {
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
