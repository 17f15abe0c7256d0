/** What tests of files below `spark.local.dir` share. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A directory for `spark.local.dir`, which goes with the test. */
export function localDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "millrace-test-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The files below a directory. */
export function filesIn(directory: string): { readonly path: string; readonly bytes: number }[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0 }));
}

export function bytesIn(directory: string): number {
  return filesIn(directory).reduce((sum, { bytes }) => sum + bytes, 0);
}
