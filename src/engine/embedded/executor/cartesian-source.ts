import { CHUNK_RECORDS, type Chunk, SyncChunks } from "../../../rdd/record-chunks.ts";
import { type ChunkSource, pull } from "./chunk-source.ts";
import type { TaskEnvironment } from "./task-environment.ts";

/** Each record of the first source with each of the second, in the order of both. Both are held in memory. */
export async function cartesianSource(
  openLeft: () => Promise<ChunkSource>,
  openRight: () => Promise<ChunkSource>,
  env: TaskEnvironment,
): Promise<ChunkSource> {
  const left = await allOf(openLeft, env);
  // Without left records nobody asks for the right ones.
  return new Pairs(left, left.length === 0 ? [] : await allOf(openRight, env));
}

async function allOf(open: () => Promise<ChunkSource>, env: TaskEnvironment): Promise<unknown[]> {
  const source = await open();
  const records: unknown[] = [];
  try {
    for (let chunk = await pull(source); chunk !== undefined; chunk = await pull(source)) {
      env.checkCancelled();
      for (const record of chunk) records.push(record);
    }
  } finally {
    source.close();
  }
  return records;
}

class Pairs extends SyncChunks {
  readonly #left: readonly unknown[];
  readonly #right: readonly unknown[];
  /** How many pairs have been handed out. */
  #done = 0;

  constructor(left: readonly unknown[], right: readonly unknown[]) {
    super();
    this.#left = left;
    this.#right = right;
  }

  nextSync(): Chunk | undefined {
    const width = this.#right.length;
    const length = Math.min(CHUNK_RECORDS, this.#left.length * width - this.#done);
    if (length <= 0) return undefined;
    const from = this.#done;
    this.#done += length;
    return Array.from({ length }, (_, i) => {
      const at = from + i;
      return [this.#left[Math.floor(at / width)], this.#right[at % width]];
    });
  }
}
