import type { RecordNames } from "../../../../closure/class-names.ts";
import { MillraceError } from "../../../../errors.ts";
import type { RecordOperator } from "../../../../rdd/operator.ts";
import type { StateEntry, StateStore } from "../../../../state/state-store.ts";
import { EmittedRecords } from "./emitted-records.ts";

/** What a partition's run of an incremental window works on: the window before is in the store. */
export class ReduceWindowRun {
  readonly #store: StateStore;
  readonly #time: number;
  readonly #emitted: EmittedRecords;

  constructor(store: StateStore, time: number, names: RecordNames) {
    this.#store = store;
    this.#time = time;
    this.#emitted = new EmittedRecords(names);
  }

  /** What the window before had for a key; undefined for none. */
  before(key: unknown): unknown {
    return this.#store.get(key);
  }

  set(key: unknown, value: unknown): void {
    if (value === undefined) {
      throw new MillraceError("STATE_MISUSED", "the functions of a window have made undefined of the values of a key", {
        remedy: "Return a value: null is one.",
      });
    }
    this.#store.put(key, value, this.#time);
  }

  /** All keys of the window. */
  entries(): Iterable<StateEntry> {
    return this.#store.entries();
  }

  emit(pair: readonly unknown[]): void {
    this.#emitted.add(pair);
  }

  /** The filter did not let the key pass. */
  hide(key: unknown): void {
    this.#store.remove(key);
  }

  /** The key has values that leave the window, and the window before did not have it. */
  lacks(key: unknown): never {
    throw new MillraceError(
      "LIVE_KEY_FILTERED",
      `the filter has hidden the key ${JSON.stringify(key)} while the window still had values of it`,
      {
        remedy:
          "What those values came to is lost, so that the window without them cannot be known. Let keys pass as long as there may be " +
          "values of them: keep a count beside the sum, as in [1, value], and filter by the count. Or use the window without an inverse function.",
      },
    );
  }

  finish(): readonly Uint8Array[] {
    return this.#emitted.finish();
  }
}

/**
 * The end of a loop that makes a window of the one before: `[key, [leaving, entering]]` are the values that batches which
 * are no longer in the window had for a key, and those that batches which have come in have (S4).
 *
 * ```text
 * new = reduce(invert(old, leaving), entering)         functions: reduce, invert, and a filter for pairs, if any
 * ```
 */
export const reduceWindow: RecordOperator = {
  type: "record",
  name: "reduceWindow",
  emits: "epoch",
  record({ value, state, call, local }) {
    const [pair, key, leaving, entering] = ["pair", "key", "leaving", "entering"].map(local) as [
      string,
      string,
      string,
      string,
    ];
    const [result, part, i] = ["result", "part", "i"].map(local) as [string, string, string];
    const reduced = (values: string) => `
      let ${part} = ${values}[0];
      for (let ${i} = 1; ${i} < ${values}.length; ${i}++) ${part} = ${call(0, part, `${values}[${i}]`)};`;
    return `
      const ${pair} = ${value}, ${key} = ${pair}[0], ${leaving} = ${pair}[1][0], ${entering} = ${pair}[1][1];
      let ${result} = ${state}.before(${key});
      if (${result} === undefined) {
        if (${leaving}.length > 0) ${state}.lacks(${key});
        ${reduced(entering)}
        ${result} = ${part};
      } else {
        if (${leaving}.length > 0) { ${reduced(leaving)} ${result} = ${call(1, result, part)}; }
        if (${entering}.length > 0) { ${reduced(entering)} ${result} = ${call(0, result, part)}; }
      }
      ${state}.set(${key}, ${result});`;
  },
  epochEnd(code) {
    const { state, call, local } = code;
    const [entry, pair] = [local("entry"), local("pair")];
    const passes = code.function(2) === "undefined" ? "true" : call(2, pair);
    return `
      for (const ${entry} of ${state}.entries()) {
        const ${pair} = [${entry}.key, ${entry}.value];
        if (${passes}) ${state}.emit(${pair});
        else ${state}.hide(${entry}.key);
      }`;
  },
};
