import type { RecordNames } from "../../../../closure/class-names.ts";
import { KeyedTable } from "../../../../core/keyed-table.ts";
import { Time } from "../../../../core/time.ts";
import { MillraceError } from "../../../../errors.ts";
import type { RecordOperator } from "../../../../rdd/operator.ts";
import type { StateStore } from "../../../../state/state-store.ts";
import type { StateSinkSpec } from "../protocol.ts";
import { EmittedRecords } from "./emitted-records.ts";

/** A key, what the batch has for it, and its state. */
type KeyUpdate = readonly [key: unknown, values: unknown[], state: unknown];

/** What a partition's run of `updateStateByKey` works on. */
export class UpdateStateRun {
  readonly time: Time;
  readonly emitted: EmittedRecords;
  readonly groups = new KeyedTable<unknown[] | undefined>();
  readonly #store: StateStore;
  readonly #batchTime: number;
  readonly #isOwn: (key: unknown) => boolean;
  /** What a function of the whole partition has returned. */
  readonly #next = new KeyedTable<unknown>();

  /** `isOwn` says whether a key belongs to this partition. */
  constructor(store: StateStore, { batchTime }: StateSinkSpec, isOwn: (key: unknown) => boolean, names: RecordNames) {
    this.#store = store;
    this.#batchTime = batchTime;
    this.#isOwn = isOwn;
    this.time = new Time(batchTime);
    this.emitted = new EmittedRecords(names);
  }

  /** A value of the batch. */
  add(key: unknown, value: unknown): void {
    const place = this.groups.place(key);
    if (place === this.groups.values.length) this.groups.values.push([value]);
    else this.groups.values[place]!.push(value);
  }

  /** Every known key, and then every key that the batch brings for the first time. */
  *updates(): Generator<KeyUpdate, undefined> {
    for (const { key, value } of this.#store.entries()) yield [key, this.#take(key), value];
    for (const [place, values] of this.groups.values.entries()) {
      if (values !== undefined) yield [this.groups.keys[place], values, undefined];
    }
  }

  #take(key: unknown): unknown[] {
    const place = this.groups.find(key);
    if (place === -1) return [];
    const values = this.groups.values[place]!;
    this.groups.values[place] = undefined;
    return values;
  }

  /** The state that a key has now: undefined for none. */
  set([key, , before]: KeyUpdate, state: unknown): void {
    if (state === undefined) {
      if (before !== undefined) this.#store.remove(key);
      return;
    }
    // An object that comes back may have been changed by the function; a primitive has not.
    if (!Object.is(state, before) || typeof state === "object") this.#store.put(key, state, this.#batchTime);
    this.emitted.add([key, state]);
  }

  /** A pair that a function of the whole partition returned. */
  keep([key, state]: readonly [unknown, unknown]): void {
    if (!this.#isOwn(key)) {
      throw new MillraceError("STATE_MISUSED", "the function of updateStateByKey returned a key of another partition", {
        remedy:
          "Return keys that it was given: state stays in the partition of its key. To change keys, use map after it.",
      });
    }
    if (state === undefined) {
      throw new MillraceError(
        "STATE_MISUSED",
        "the function of updateStateByKey returned a key whose state is undefined",
        {
          remedy: "Leave the key out, to remove it.",
        },
      );
    }
    this.emitted.add([key, state]);
    if (this.#next.place(key) === this.#next.values.length) this.#next.values.push(state);
  }

  /** What has been kept is the state. */
  replaceAll(): void {
    const gone: unknown[] = [];
    for (const { key } of this.#store.entries()) if (this.#next.find(key) === -1) gone.push(key);
    for (const key of gone) this.#store.remove(key);
    for (const [place, value] of this.#next.values.entries()) {
      const key = this.#next.keys[place];
      if (typeof value === "object" || !Object.is(this.#store.get(key), value)) {
        this.#store.put(key, value, this.#batchTime);
      }
    }
  }
}

/** The end of a loop that gathers the values of each key in its state, an {@link UpdateStateRun}. */
const gathering: Pick<RecordOperator, "type" | "emits" | "record"> = {
  type: "record",
  emits: "epoch",
  record({ value, state, local }) {
    const pair = local("pair");
    return `const ${pair} = pair(${value}); ${state}.add(${pair}[0], ${pair}[1]);`;
  },
};

/** `(values, state) => state`: called for every known key, in every batch. */
export const updateStateByKey: RecordOperator = {
  ...gathering,
  name: "updateStateByKey",
  epochEnd({ state, call, local }) {
    const update = local("update");
    return `for (const ${update} of ${state}.updates()) ${state}.set(${update}, ${call(0, `${update}[1]`, `${update}[2]`)});`;
  },
};

/** `(time, key, values, state) => state`. */
export const updateStateByKeyAt: RecordOperator = {
  ...gathering,
  name: "updateStateByKeyAt",
  epochEnd({ state, call, local }) {
    const update = local("update");
    const next = call(0, `${state}.time`, `${update}[0]`, `${update}[1]`, `${update}[2]`);
    return `for (const ${update} of ${state}.updates()) ${state}.set(${update}, ${next});`;
  },
};

/** `(iterator of [key, values, state]) => iterable of [key, state]`: what it does not return has no state any more. */
export const updateStatePartition: RecordOperator = {
  ...gathering,
  name: "updateStatePartition",
  epochEnd({ state, call, local }) {
    const [records, step] = [local("records"), local("step")];
    return `
      const ${records} = iterate(${call(0, `${state}.updates()`)});
      for (let ${step} = ${records}.next(); !${step}.done; ${step} = ${records}.next()) ${state}.keep(pair(${step}.value));
      ${state}.replaceAll();`;
  },
};
