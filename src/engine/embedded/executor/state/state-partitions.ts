import { blockBytes } from "../../../../core/block.ts";
import { MillraceError } from "../../../../errors.ts";
import { makeTemporaryDirectory, ReadableFile, removeTree } from "../../../../platform/files.ts";
import { decodeRecords } from "../../../../serializer/record-batch.ts";
import { MemoryStateStore } from "../../../../state/memory-store.ts";
import { checkFileHeader, FILE_HEADER_BYTES, wholeRecords } from "../../../../state/state-file.ts";
import type { StateStore } from "../../../../state/state-store.ts";
import type { TaskFunction } from "../fused-loop.ts";
import type { StateRestore, StateSinkSpec } from "../protocol.ts";

interface OpenStore {
  readonly store: StateStore;
  /** Where it has its files, if it does not remove them itself. */
  readonly directory: string | undefined;
}

/** The state of one partition of an operator, and the batch that it is the state after. */
interface HeldPartition extends OpenStore {
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
  async open(
    sink: StateSinkSpec,
    partition: number,
    restore: StateRestore | undefined,
    provider: TaskFunction | undefined,
  ): Promise<StateStore> {
    const ofState = this.#held.get(sink.state) ?? new Map<number, HeldPartition>();
    this.#held.set(sink.state, ofState);
    let held = ofState.get(partition);
    if (restore !== undefined) {
      ofState.delete(partition);
      if (held !== undefined) close(held);
      const opened = await newStore(sink, partition, provider);
      held = { ...opened, time: undefined, fit: false };
      ofState.set(partition, held);
      refill(held.store, restore);
      held.time = sink.previousTime;
      held.fit = true;
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

  /** The batch of a task is in the store of its partition. */
  done(sink: StateSinkSpec, partition: number): void {
    const held = this.#held.get(sink.state)!.get(partition)!;
    held.time = sink.batchTime;
    held.fit = true;
  }

  /** Frees a state. */
  drop(state: number): void {
    for (const held of this.#held.get(state)?.values() ?? []) close(held);
    this.#held.delete(state);
  }
}

async function newStore(
  sink: StateSinkSpec,
  partition: number,
  provider: TaskFunction | undefined,
): Promise<OpenStore> {
  const { storeDirectory, touches, writesChanges } = sink;
  if (storeDirectory === undefined) {
    const store = new MemoryStateStore({ indexesTime: touches, notesChanges: writesChanges });
    return { store, directory: undefined };
  }
  const directory = await makeTemporaryDirectory(`partition-${partition}-`, storeDirectory);
  if (provider !== undefined) return { store: checkedStore(await provider(directory)), directory };
  const { LmdbStateStore } = await import("../../../../state/lmdb-store.ts");
  return { store: await LmdbStateStore.open(directory), directory: undefined };
}

const METHODS = ["get", "put", "remove", "entries", "touchedBefore", "changes", "dump", "load", "close"] as const;

function checkedStore(opened: unknown): StateStore {
  const lacking = METHODS.filter(
    (name) => typeof (opened as Partial<StateStore> | null | undefined)?.[name] !== "function",
  );
  if (lacking.length === 0) return opened as StateStore;
  throw new MillraceError(
    "INVALID_ARGUMENT",
    `the stateStore function returned no StateStore: it has no ${lacking.join(", ")}`,
    {
      remedy:
        "Return an object with all methods of StateStore; testStateStore of millrace/testing says what they must do.",
    },
  );
}

function close({ store, directory }: OpenStore): void {
  store.close();
  // The engine removes whatever stays when the state is closed.
  if (directory !== undefined) removeTree(directory).catch(() => undefined);
}

/** Gives an empty store all that was written of its partition. */
function refill(store: StateStore, { files, blocks, pairs }: StateRestore): void {
  for (const { path, bytes } of files) load(store, contentOf(path, bytes), path);
  for (const block of blocks) load(store, blockBytes(block), "a block of state");
  if (pairs !== undefined) {
    for (const [key, value] of decodeRecords(blockBytes(pairs)) as [unknown, unknown][]) store.put(key, value, 0);
  }
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
