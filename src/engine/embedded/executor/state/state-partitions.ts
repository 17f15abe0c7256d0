import { blockBytes } from "../../../../core/block.ts";
import { MillraceError } from "../../../../errors.ts";
import { makeTemporaryDirectory, ReadableFile } from "../../../../platform/files.ts";
import { decodeRecords } from "../../../../serializer/record-batch.ts";
import { MemoryStateStore } from "../../../../state/memory-store.ts";
import { checkFileHeader, FILE_HEADER_BYTES, wholeRecords } from "../../../../state/state-file.ts";
import type { StateStore } from "../../../../state/state-store.ts";
import type { StateRestore, StateSinkSpec } from "../protocol.ts";

/** The state of one partition of an operator, and the batch that it is the state after. */
interface HeldPartition {
  readonly store: StateStore;
  /** Undefined before the first batch, and while a batch is at work on it: one that fails leaves it unfit. */
  time: number | undefined;
  fit: boolean;
}

/**
 * The state that one executor has. Nothing of it is ever taken back: a batch that does not count has spoilt the partition,
 * which is then made again from what was written of it.
 */
export class StatePartitions {
  readonly #held = new Map<number, Map<number, HeldPartition>>();

  /** The store of a task's partition, as the batch before has left it. The task says at the end that it is done. */
  async open(sink: StateSinkSpec, partition: number, restore: StateRestore | undefined): Promise<StateStore> {
    const ofState = this.#held.get(sink.state) ?? new Map<number, HeldPartition>();
    this.#held.set(sink.state, ofState);
    let held = ofState.get(partition);
    if (restore !== undefined) {
      held?.store.close();
      held = {
        store: restored(await this.#newStore(sink, partition), restore),
        time: sink.previousTime,
        fit: true,
      };
      ofState.set(partition, held);
    }
    if (!held?.fit || held.time !== sink.previousTime) {
      const has = held?.fit ? String(held.time) : "none that is whole";
      throw new MillraceError(
        "INTERNAL",
        `the state of ${sink.previousTime} was wanted in partition ${partition}, and the thread has ${has}`,
      );
    }
    held.fit = false;
    return held.store;
  }

  async #newStore(sink: StateSinkSpec, partition: number): Promise<StateStore> {
    const { storeDirectory, touches, writesChanges } = sink;
    if (storeDirectory === undefined)
      return new MemoryStateStore({ indexesTime: touches, notesChanges: writesChanges });
    const { LmdbStateStore } = await import("../../../../state/lmdb-store.ts");
    const path = await makeTemporaryDirectory(`partition-${partition}-`, storeDirectory);
    return LmdbStateStore.open(path);
  }

  /** The batch of a task is in the store of its partition. */
  done(sink: StateSinkSpec, partition: number): void {
    const held = this.#held.get(sink.state)!.get(partition)!;
    held.time = sink.batchTime;
    held.fit = true;
  }

  /** Frees a state. */
  drop(state: number): void {
    for (const { store } of this.#held.get(state)?.values() ?? []) store.close();
    this.#held.delete(state);
  }
}

/** The store with all that was written of a partition. */
function restored(store: StateStore, { files, blocks, pairs }: StateRestore): StateStore {
  for (const { path, bytes } of files) load(store, contentOf(path, bytes), path);
  for (const block of blocks) load(store, blockBytes(block), "a block of state");
  if (pairs !== undefined) {
    for (const [key, value] of decodeRecords(blockBytes(pairs)) as [unknown, unknown][]) store.put(key, value, 0);
  }
  return store;
}

function load(store: StateStore, bytes: Uint8Array, where: string): void {
  for (const { body } of wholeRecords(bytes, where)) store.load(body);
}

/** The records in the first `length` bytes of a file. */
function contentOf(path: string, length: number): Uint8Array {
  const file = new ReadableFile(path);
  try {
    const bytes = file.readAt(0, length);
    if (bytes.length < length)
      throw new MillraceError("STATE_DAMAGED", `${path} is shorter than what was written of it`);
    checkFileHeader(bytes, path);
    return bytes.subarray(FILE_HEADER_BYTES);
  } finally {
    file.close();
  }
}
