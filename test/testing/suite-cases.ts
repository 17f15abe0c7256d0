import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import type { RegisterCase } from "millrace/testing";

export type Cases = ReadonlyMap<string, () => Promise<void>>;

/** The cases of a suite, by their names, to be run one by one. */
export function casesOf(register: (it: RegisterCase) => void): Cases {
  const cases = new Map<string, () => Promise<void>>();
  register((name, body) => cases.set(name, body));
  return cases;
}

/** Which of the cases fail. */
export async function failuresOf(cases: Cases): Promise<string[]> {
  const failed: string[] = [];
  for (const [name, body] of cases) {
    await body().catch(() => failed.push(name));
  }
  return failed;
}

/** The case with this name must fail. */
export async function catches(cases: Cases, name: string): Promise<void> {
  const body = cases.get(name);
  assert.ok(body !== undefined, `there is no case "${name}"`);
  const failed = await body().then(
    () => false,
    () => true,
  );
  assert.ok(failed, `"${name}" does not see it`);
}

/** How many files below `folder` this process has open; 0 where the system does not say. */
export function openFilesIn(folder: string): number {
  try {
    return readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
      } catch {
        return false;
      }
    }).length;
  } catch {
    return 0;
  }
}
