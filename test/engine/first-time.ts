import { openSync } from "node:fs";

/** Whether this is the first call with `path` in any thread or process: leaves a file there. */
export function firstTime(path: string): boolean {
  try {
    openSync(path, "wx");
    return true;
  } catch {
    return false;
  }
}
