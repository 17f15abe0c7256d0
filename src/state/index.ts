/**
 * Where the state of streams lives: for those who write a store of their own, or hold one to what stores must do.
 *
 * @module
 */
export { LmdbStateStore } from "./lmdb-store.ts";
export { MemoryStateStore, type MemoryStateStoreOptions } from "./memory-store.ts";
export type { StateDump, StateEntry, StateStore, StateStoreProvider } from "./state-store.ts";
