import { RecordNames } from "../closure/class-names.ts";
import { canonicalKey, isPrimitiveKey } from "../core/key.ts";
import { decodeEntries, encodeEntries } from "./entry-batch.ts";
import type { StateDump, StateEntry, StateStore } from "./state-store.ts";

interface Cell {
  readonly key: unknown;
  value: unknown;
  time: number;
}

/** A {@link StateStore} in the memory of its thread. */
export class MemoryStateStore implements StateStore {
  readonly #cells = new Map<unknown, Cell>();
  #changed = new Map<unknown, Cell | { key: unknown }>();

  get size(): number {
    return this.#cells.size;
  }

  get(key: unknown): unknown {
    return this.#cells.get(placeOf(key))?.value;
  }

  put(key: unknown, value: unknown, time: number): void {
    const place = placeOf(key);
    const cell = { key, value, time };
    // In the order of their times: the oldest first.
    this.#cells.delete(place);
    this.#cells.set(place, cell);
    this.#changed.set(place, cell);
  }

  remove(key: unknown): boolean {
    const place = placeOf(key);
    if (!this.#cells.delete(place)) return false;
    this.#changed.set(place, { key });
    return true;
  }

  entries(): Iterable<StateEntry> {
    return [...this.#cells.values()];
  }

  *touchedBefore(time: number): Iterable<StateEntry> {
    for (const cell of [...this.#cells.values()]) {
      if (cell.time >= time) return;
      yield cell;
    }
  }

  changes(names = new RecordNames()): Uint8Array | undefined {
    if (this.#changed.size === 0) return undefined;
    const present = [...this.#changed.values()].filter((cell) => "value" in cell) as Cell[];
    const removed = [...this.#changed.values()].filter((cell) => !("value" in cell)).map(({ key }) => key);
    this.#changed = new Map();
    return encodeCells(present, removed, names);
  }

  dump(_cursor: number, _most: number, names = new RecordNames()): StateDump {
    return { bytes: encodeCells([...this.#cells.values()], [], names), next: undefined };
  }

  load(bytes: Uint8Array): void {
    const { entries, times, removed } = decodeEntries(bytes);
    entries.forEach(([key, value], i) => {
      const place = placeOf(key);
      this.#cells.delete(place);
      this.#cells.set(place, { key, value, time: times[i]! });
    });
    for (const key of removed) this.#cells.delete(placeOf(key));
  }

  close(): void {
    this.#cells.clear();
    this.#changed.clear();
  }
}

function encodeCells(cells: readonly Cell[], removed: readonly unknown[], names: RecordNames): Uint8Array {
  const entries = cells.map(({ key, value }) => [key, value] as const);
  return encodeEntries({ entries, times: cells.map(({ time }) => time), removed }, names);
}

function placeOf(key: unknown): unknown {
  return isPrimitiveKey(key) ? key : `#${canonicalKey(key)}`;
}
