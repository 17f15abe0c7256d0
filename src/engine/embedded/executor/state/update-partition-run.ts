import type { RecordNames } from "../../../../closure/class-names.ts";
import { addToGroup, KeyedTable } from "../../../../core/keyed-table.ts";
import { MillraceError } from "../../../../errors.ts";
import type { StateStore } from "../../../../state/state-store.ts";
import type { StateSinkSpec } from "../protocol.ts";
import { EmittedRecords } from "./emitted-records.ts";
import { isUnchanged } from "./update-state-run.ts";

/** What a run of `updateStateByKey` works on whose function gets a whole partition. */
export class UpdatePartitionRun {
  readonly #store: StateStore;
  readonly #batchTime: number;
  readonly #mayMove: boolean;
  readonly #isOwn: (key: unknown) => boolean;
  readonly #emitted: EmittedRecords;
  readonly #moved: EmittedRecords;
  readonly #groups = new KeyedTable<unknown[]>();
  /** What the function has returned. */
  readonly #next = new KeyedTable<unknown>();

  /** `isOwn` says whether a key belongs to this partition. */
  constructor(
    store: StateStore,
    { batchTime, mayMove }: StateSinkSpec,
    isOwn: (key: unknown) => boolean,
    names: RecordNames,
  ) {
    this.#store = store;
    this.#batchTime = batchTime;
    this.#mayMove = mayMove;
    this.#isOwn = isOwn;
    this.#emitted = new EmittedRecords(names);
    this.#moved = new EmittedRecords(names);
  }

  lookAhead(): void {}

  /** A value of the batch. */
  add(key: unknown, value: unknown): void {
    addToGroup(this.#groups, key, value);
  }

  /** Every known key with its values and state, and then every key that the batch brings for the first time. */
  *updates(): Generator<[key: unknown, values: unknown[], state: unknown], undefined> {
    const done = new Set<number>();
    for (const { key, value } of this.#store.entries()) {
      const place = this.#groups.find(key);
      if (place !== -1) done.add(place);
      yield [key, place === -1 ? [] : this.#groups.values[place]!, value];
    }
    for (const [place, values] of this.#groups.values.entries()) {
      if (!done.has(place)) yield [this.#groups.keys[place], values, undefined];
    }
  }

  /** A pair that the function returned. Of several with one key the first is its state. */
  keep([key, state]: readonly [unknown, unknown]): void {
    const isOwn = this.#isOwn(key);
    if (!isOwn && !this.#mayMove) {
      throw new MillraceError("STATE_MISUSED", "the function of updateStateByKey returned a key of another partition", {
        remedy:
          "Return keys that it was given, or let rememberPartitioner be false: then keys go to where they belong.",
      });
    }
    if (state === undefined) {
      throw new MillraceError("STATE_MISUSED", "the function of updateStateByKey returned an undefined state", {
        remedy: "Leave the key out, to remove it.",
      });
    }
    this.#emitted.add([key, state]);
    if (!isOwn) this.#moved.add([key, state]);
    else if (this.#next.place(key) === this.#next.values.length) this.#next.values.push(state);
  }

  /** What has been kept is the state. */
  replaceAll(): void {
    const gone: unknown[] = [];
    for (const { key } of this.#store.entries()) if (this.#next.find(key) === -1) gone.push(key);
    for (const key of gone) this.#store.remove(key);
    for (const [place, value] of this.#next.values.entries()) {
      const key = this.#next.keys[place];
      if (!isUnchanged(value, this.#store.get(key))) this.#store.put(key, value, this.#batchTime);
    }
  }

  moved(): readonly Uint8Array[] {
    return this.#moved.finish();
  }

  /** What the function returned, encoded. */
  finish(): readonly Uint8Array[] {
    return this.#emitted.finish();
  }
}
