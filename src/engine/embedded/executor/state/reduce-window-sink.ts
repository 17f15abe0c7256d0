import { inspect } from "node:util";
import type { RecordNames } from "../../../../closure/class-names.ts";
import type { AsciiTexts } from "../../../../core/ascii-texts.ts";
import { MillraceError } from "../../../../errors.ts";
import type { OperatorCode, RecordOperator } from "../../../../rdd/operator.ts";
import { entriesOf } from "../../../../state/entry-batch.ts";
import type { EntryColumns } from "../../../../state/entry-columns.ts";
import { MemoryStateStore } from "../../../../state/memory-store.ts";
import type { StateEntry, StateStore } from "../../../../state/state-store.ts";
import { allPairs } from "./all-pairs.ts";

/**
 * What a partition's run of an incremental window works on. The window before is in the store, and becomes this one: first
 * by the values that leave it, then by those that enter it (S4).
 *
 * ```text
 * new = reduce(invert(old, leaving), entering)
 * ```
 */
export interface ReduceWindowRun {
  /** Looks for the keys of pairs, or for keys, that are about to come. */
  lookAhead(pairs: readonly unknown[] | AsciiTexts): void;
  /** The value of a key, undefined where it has none: of pair `i` of those that were looked for last, or -1. */
  seek(key: unknown, i: number): unknown;
  /** The same of the key that is text `i` of those that were looked for last. */
  seekText(texts: AsciiTexts, i: number): unknown;
  /** Sets the value of the key that was sought last. */
  set(value: unknown): void;
  /** A value leaves of the key that was sought last, and the window before did not have it. */
  lacks(): never;
  /** The next key with its value, of all there are; undefined after the last. */
  nextPair(): readonly [key: unknown, value: unknown] | undefined;
  /** The filter does not let the key pass that came last. */
  hide(): void;
  /** All keys with their values, encoded. */
  finish(): readonly Uint8Array[];
}

export function reduceWindowRun(store: StateStore, time: number, names: RecordNames): ReduceWindowRun {
  return store instanceof MemoryStateStore
    ? new WindowByPlace(store, time, names)
    : new WindowByKey(store, time, names);
}

/** By places, so that a key is looked for once, and no key is made that the filter does not ask for. */
class WindowByPlace implements ReduceWindowRun {
  readonly #store: MemoryStateStore;
  readonly #time: number;
  readonly #names: RecordNames;
  /** The key that was sought last, where it has no place. */
  #key: unknown;
  #place = -1;
  /** All entries, as the filter sees them and, if it lets all pass, as they are emitted. */
  #columns: EntryColumns | undefined;
  #row = -1;
  #hidden = false;

  constructor(store: MemoryStateStore, time: number, names: RecordNames) {
    this.#store = store;
    this.#time = time;
    this.#names = names;
  }

  lookAhead(pairs: readonly unknown[] | AsciiTexts): void {
    this.#store.lookAhead(pairs);
  }

  seek(key: unknown, i: number): unknown {
    this.#key = key;
    this.#place = i === -1 ? this.#store.find(key) : this.#store.findAhead(i, key);
    return this.#place === -1 ? undefined : this.#store.valueAt(this.#place);
  }

  seekText(texts: AsciiTexts, i: number): unknown {
    this.#place = this.#store.findText(i, texts);
    if (this.#place !== -1) return this.#store.valueAt(this.#place);
    this.#key = texts.at(i);
    return undefined;
  }

  set(value: unknown): void {
    const place = this.#place === -1 ? this.#store.insert(this.#key) : this.#place;
    this.#store.setAt(place, checked(value), this.#time);
  }

  lacks(): never {
    throw liveKeyFiltered(this.#place === -1 ? this.#key : this.#store.keyAt(this.#place));
  }

  nextPair(): readonly [unknown, unknown] | undefined {
    this.#columns ??= this.#store.columns().columns;
    const columns = this.#columns;
    const row = ++this.#row;
    return row === columns.count ? undefined : [columns.key(row), this.#store.valueAt(columns.places[row]!)];
  }

  hide(): void {
    this.#store.removeAt(this.#columns!.places[this.#row]!);
    this.#hidden = true;
  }

  finish(): readonly Uint8Array[] {
    const columns = this.#columns === undefined || this.#hidden ? this.#store.columns().columns : this.#columns;
    return [entriesOf(columns.encode(this.#names))];
  }
}

/** By keys, for any store. */
class WindowByKey implements ReduceWindowRun {
  readonly #store: StateStore;
  readonly #time: number;
  readonly #names: RecordNames;
  #key: unknown;
  #entries: Iterator<StateEntry> | undefined;

  constructor(store: StateStore, time: number, names: RecordNames) {
    this.#store = store;
    this.#time = time;
    this.#names = names;
  }

  lookAhead(): void {}

  seek(key: unknown): unknown {
    this.#key = key;
    return this.#store.get(key);
  }

  seekText(texts: AsciiTexts, i: number): unknown {
    return this.seek(texts.at(i));
  }

  set(value: unknown): void {
    this.#store.put(this.#key, checked(value), this.#time);
  }

  lacks(): never {
    throw liveKeyFiltered(this.#key);
  }

  nextPair(): readonly [unknown, unknown] | undefined {
    this.#entries ??= this.#store.entries()[Symbol.iterator]();
    const { done, value: entry } = this.#entries.next();
    if (done) return undefined;
    this.#key = entry.key;
    return [entry.key, entry.value];
  }

  hide(): void {
    this.#store.remove(this.#key);
  }

  finish(): readonly Uint8Array[] {
    return allPairs(this.#store, this.#names);
  }
}

function checked(value: unknown): unknown {
  if (value !== undefined) return value;
  throw new MillraceError("STATE_MISUSED", "the functions of a window have made undefined of the values of a key", {
    remedy: "Return a value: null is one.",
  });
}

function liveKeyFiltered(key: unknown): MillraceError {
  return new MillraceError(
    "LIVE_KEY_FILTERED",
    `the filter has hidden the key ${inspect(key, { breakLength: Number.POSITIVE_INFINITY })} while the window still had values of it`,
    {
      remedy:
        "What those values came to is lost, so that the window without them cannot be known. Let keys pass as long as there may be " +
        "values of them: keep a count beside the sum, as in [1, value], and filter by the count. Or use the window without an inverse function.",
    },
  );
}

const REDUCE = 0;
const INVERT = 1;
const FILTER = 2;

/** The end of a loop over pairs; its state is a {@link ReduceWindowRun}, and `code` says what becomes of each. */
function ofPairs(name: string, code: (code: OperatorCode, before: string, value: string) => string): RecordOperator {
  return {
    type: "record",
    name,
    emits: "epoch",
    ahead: ({ state, value }) => `${state}.lookAhead(${value});`,
    pairs(operator) {
      const { value, state, keys, index, local } = operator;
      const before = local("before");
      return {
        ahead: `${state}.lookAhead(${keys});`,
        record: `const ${before} = ${state}.seekText(${keys}, ${index}); ${code(operator, before, value)}`,
      };
    },
    record(operator) {
      const { value, state, index = "-1", local } = operator;
      const [pair, before] = [local("pair"), local("before")];
      return `
        const ${pair} = pair(${value}), ${before} = ${state}.seek(${pair}[0], ${index});
        ${code(operator, before, `${pair}[1]`)}`;
    },
  };
}

/** What batches had that are no longer in the window. */
export const leaveWindow = ofPairs(
  "leaveWindow",
  ({ state, call }, before, value) => `
    if (${before} === undefined) ${state}.lacks();
    ${state}.set(${call(INVERT, before, value)});`,
);

/** What batches have that have come into the window; then all its keys go through the filter. */
export const reduceWindow: RecordOperator = {
  ...ofPairs(
    "reduceWindow",
    ({ state, call }, before, value) =>
      `${state}.set(${before} === undefined ? ${value} : ${call(REDUCE, before, value)});`,
  ),
  epochEnd(code) {
    if (code.function(FILTER) === "undefined") return "";
    const { state, call, local } = code;
    const pair = local("pair");
    return `
      for (let ${pair} = ${state}.nextPair(); ${pair} !== undefined; ${pair} = ${state}.nextPair()) {
        if (!${call(FILTER, pair)}) ${state}.hide();
      }`;
  },
};
