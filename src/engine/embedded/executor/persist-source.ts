import { withClasses } from "../../../core/block.ts";
import { EncodedRecords } from "../../../rdd/readers/encoded-records.ts";
import { type Chunk, SyncChunks } from "../../../rdd/record-chunks.ts";
import type { StorageLevel } from "../../../rdd/storage-level.ts";
import type { RecordColumns } from "../../../serializer/column-reader.ts";
import { encodeRecords, isOfColumns } from "../../../serializer/record-batch.ts";
import { type ChunkSource, pull } from "./chunk-source.ts";
import { HeldSource } from "./held-source.ts";
import type { StepSpec } from "./protocol.ts";
import { StepFailure } from "./step-failure.ts";
import { encodeTable } from "./table-batches.ts";
import { TableSource } from "./table-source.ts";
import type { TaskEnvironment } from "./task-environment.ts";

/** Up to so many records are read on as they were computed; of a larger partition what has been kept is read. */
const MOST_HELD_RECORDS = 1 << 15;

/** Computes a persisted partition whole, keeps it, and reads on. */
export const PersistSource = {
  async open(upstream: ChunkSource, step: StepSpec, env: TaskEnvironment): Promise<ChunkSource> {
    const { batches, source } =
      upstream instanceof TableSource ? encodedTable(upstream, step, env) : await encodedChunks(upstream, step, env);
    const block = env.partitions.keep(batches, step.argument as StorageLevel);
    if (block !== undefined)
      env.cached.push({
        node: step.node,
        partition: step.partition,
        blocks: [withClasses(block, env.names.classNumbers)],
      });
    return source;
  },
};

/** The batches of a partition, and what reads it on. */
interface Encoded {
  readonly batches: readonly Uint8Array[];
  readonly source: ChunkSource;
}

async function encodedChunks(upstream: ChunkSource, { node }: StepSpec, env: TaskEnvironment): Promise<Encoded> {
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
    throw StepFailure.at(node, thrown);
  } finally {
    upstream.close();
  }
  return { batches, source: held === undefined ? EncodedRecords.of(batches) : new HeldSource(held) };
}

function encodedTable(upstream: TableSource<unknown>, { node }: StepSpec, env: TaskEnvironment): Encoded {
  try {
    const { table } = upstream;
    const all = new Int32Array(table.size);
    for (let place = 0; place < all.length; place++) all[place] = place;
    const batches = encodeTable(table, all, env.names);
    return { batches, source: batches.every(isOfColumns) ? new KeptTable(upstream, batches) : upstream };
  } catch (thrown) {
    throw StepFailure.at(node, thrown);
  }
}

/** A table that is encoded as columns, too: loops read these, which have the keys as bytes. */
class KeptTable extends SyncChunks {
  readonly #pairs: TableSource<unknown>;
  readonly #columns: EncodedRecords;

  constructor(pairs: TableSource<unknown>, batches: readonly Uint8Array[]) {
    super();
    this.#pairs = pairs;
    this.#columns = EncodedRecords.of(batches);
  }

  nextSync(): Chunk | undefined {
    return this.#pairs.nextSync();
  }

  nextColumns(): RecordColumns | Chunk | undefined {
    return this.#columns.nextColumns();
  }
}
