import { withClasses } from "../../../core/block.ts";
import { EncodedRecords } from "../../../rdd/readers/encoded-records.ts";
import { type Chunk, SyncChunks } from "../../../rdd/record-chunks.ts";
import type { StorageLevel } from "../../../rdd/storage-level.ts";
import { encodeRecords } from "../../../serializer/record-batch.ts";
import { type ChunkSource, pull } from "./chunk-source.ts";
import type { StepSpec } from "./protocol.ts";
import { StepFailure } from "./step-failure.ts";
import type { TaskEnvironment } from "./task-environment.ts";

/** Up to so many records are read on as they were computed; of a larger partition what has been kept is read. */
const MOST_HELD_RECORDS = 1 << 15;

/** Computes a persisted partition whole, keeps it, and reads on. */
export const PersistSource = {
  async open(upstream: ChunkSource, step: StepSpec, env: TaskEnvironment): Promise<ChunkSource> {
    const batches: Uint8Array[] = [];
    let held: Chunk[] | undefined = [];
    let records = 0;
    try {
      for (let chunk = await pull(upstream); chunk !== undefined; chunk = await pull(upstream)) {
        env.checkCancelled();
        if (chunk.length > 0) batches.push(...encodeRecords(chunk, env.names));
        records += chunk.length;
        if (records > MOST_HELD_RECORDS) held = undefined;
        held?.push(chunk);
      }
    } catch (thrown) {
      throw StepFailure.at(step.node, thrown);
    } finally {
      upstream.close();
    }
    const block = env.partitions.keep(batches, step.argument as StorageLevel);
    if (block !== undefined)
      env.cached.push({
        node: step.node,
        partition: step.partition,
        blocks: [withClasses(block, env.names.classNumbers)],
      });
    return held === undefined ? EncodedRecords.of(batches) : new HeldSource(held);
  },
};

class HeldSource extends SyncChunks {
  readonly #chunks: readonly Chunk[];
  #done = 0;

  constructor(chunks: readonly Chunk[]) {
    super();
    this.#chunks = chunks;
  }

  nextSync(): Chunk | undefined {
    return this.#chunks[this.#done++];
  }
}
