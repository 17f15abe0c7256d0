/**
 * Where the state of a stateful operator lives: one store for each partition, which is a range of hash buckets, in the thread
 * that owns it. So an entry is addressed by the operator's name, its bucket and its key, wherever it is kept.
 */
import type { RecordNames } from "../closure/class-names.ts";

/** One key and what is kept for it. */
export interface StateEntry {
  readonly key: unknown;
  readonly value: unknown;
  /** When it was last touched: a batch time in milliseconds. */
  readonly time: number;
}

/**
 * The state of one partition. Keys are compared by content, as everywhere; a value is anything that can cross threads, but
 * not undefined. Values are replaced, never changed: what `get` returned may be what `changes` still has to write.
 *
 * A store is used by one thread, and by one batch at a time:
 *
 * ```text
 * batch:  get put remove ... -> touchedBefore -> changes()   what has changed since the last call, as bytes
 * lost:   load(dumps), load(changes of each batch, in order) -> the same entries
 * ```
 *
 * `testStateStore` of `millrace/testing` holds an implementation to this.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { MemoryStateStore } from "millrace/state";
 *
 * const store = new MemoryStateStore();
 * store.put(["EC-MIG", "engine 1"], 640, 1000);
 * assert.equal(store.get(["EC-MIG", "engine 1"]), 640);
 * assert.deepEqual([...store.touchedBefore(1001)], [{ key: ["EC-MIG", "engine 1"], value: 640, time: 1000 }]);
 *
 * const copy = new MemoryStateStore();
 * copy.load(store.changes()!);
 * assert.equal(copy.size, 1);
 * store.close();
 * copy.close();
 * ```
 */
export interface StateStore {
  /** How many keys have a value. */
  readonly size: number;
  /** The value of a key, or undefined where it has none. Throws `UNHASHABLE_KEY` for what cannot be a key. */
  get(key: unknown): unknown;
  /** Sets the value of a key, touched at `time`. */
  put(key: unknown, value: unknown, time: number): void;
  /** Removes a key; false where it has no value. */
  remove(key: unknown): boolean;
  /** All entries, in no particular order. Meanwhile only the entry that came last may be changed or removed. */
  entries(): Iterable<StateEntry>;
  /**
   * The entries last touched before `time`, the oldest first: found by an index, so that those that are not due cost
   * nothing. Meanwhile only the entry that came last may be changed or removed.
   */
  touchedBefore(time: number): Iterable<StateEntry>;
  /**
   * The keys that have changed since the last call, with their values, as bytes; undefined where none have. `names` notes
   * the classes that a reader must have.
   */
  changes(names?: RecordNames): Uint8Array | undefined;
  /**
   * About `most` of the entries, from `cursor` (0 at first) on, as bytes; and the cursor of those that follow, undefined
   * after the last. Between two calls the store may change: what does is in `changes`, and whoever loads a dump loads
   * after it all changes since it began.
   */
  dump(cursor: number, most: number, names?: RecordNames): StateDump;
  /** Applies what `dump` or `changes` gave. It counts as no change. */
  load(bytes: Uint8Array): void;
  /** Frees what it holds. */
  close(): void;
}

/**
 * Opens the store of one partition, which is empty, in the executor thread that has its state. `directory` is an empty one for its files:
 * they need not outlive the thread, for what a state has changed is in files of the engine's, and go when the store has been closed.
 * Given to a StreamingContext as its `stateStore`. It travels to executors as other functions do.
 *
 * @example
 * ```ts
 * import { MemoryStateStore } from "millrace/state";
 * import { StreamTester } from "millrace/testing";
 *
 * const tester = new StreamTester({ stateStore: () => new MemoryStateStore() });
 * const words = tester.input([["a", "b"], ["a"]]).map((word) => [word, 1] as [string, number]);
 * const { records } = tester.output(words.updateStateByKey((ones, n: number = 0) => n + ones.length));
 * await tester.start();
 * await tester.advance("2 seconds");
 * console.log(records[1]?.toSorted()); // [ [ 'a', 2 ], [ 'b', 1 ] ]
 * await tester.stop();
 * ```
 */
export type StateStoreProvider = (directory: string) => StateStore | Promise<StateStore>;

export interface StateDump {
  readonly bytes: Uint8Array;
  readonly next: number | undefined;
}
