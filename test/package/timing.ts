import assert from "node:assert/strict";
import { node } from "./processes.ts";

const ROUNDS = 15;

/** How long each of some Node processes takes: the median of rounds in which they take turns. */
export async function medianMs(commands: readonly (readonly string[])[], cwd: string): Promise<number[]> {
  const times = commands.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, args] of commands.entries()) {
      const started = performance.now();
      const { code, stderr } = await node(args, cwd);
      times[i]!.push(performance.now() - started);
      assert.equal(code, 0, stderr);
    }
  }
  return times.map((of) => of.sort((a, b) => a - b)[ROUNDS >> 1]!);
}
