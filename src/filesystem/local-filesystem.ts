import { join } from "node:path";
import { describeThrown, MillraceError } from "../errors.ts";
import { type FileInfo, listDirectory, statFile } from "../platform/files.ts";
import type { FileSystem } from "./filesystem.ts";

/** The machine's own files. */
export class LocalFileSystem implements FileSystem {
  async files(path: string): Promise<readonly FileInfo[]> {
    try {
      const found = await statFile(path);
      if (!found.isDirectory) return [found];
      const names = (await listDirectory(path)).filter((name) => !/^[._]/.test(name)).sort();
      const entries = await Promise.all(names.map((name) => statFile(join(path, name))));
      return entries.filter((entry) => !entry.isDirectory);
    } catch (cause) {
      throw new MillraceError("FILE_UNREADABLE", `${path} cannot be read: ${describeThrown(cause)}`, {
        cause,
        remedy: "Check that the path exists and may be read; relative paths start at the process's working directory.",
      });
    }
  }
}
