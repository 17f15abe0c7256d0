import type { RecordNames } from "../../../../closure/class-names.ts";
import { Time } from "../../../../core/time.ts";
import type { OperatorCode, RecordOperator } from "../../../../rdd/operator.ts";
import type { StateEntry, StateStore } from "../../../../state/state-store.ts";
import type { StateSinkSpec } from "../protocol.ts";
import { EmittedRecords } from "./emitted-records.ts";
import { KeyState } from "./key-state.ts";

/** What a partition's run of `mapWithState` works on. */
export class MapWithStateRun {
  readonly key: KeyState;
  readonly time: Time;
  readonly #emitted: EmittedRecords;
  readonly #store: StateStore;
  readonly #timeOutBefore: number | undefined;

  constructor(store: StateStore, { batchTime, touches, timeOutBefore }: StateSinkSpec, names: RecordNames) {
    this.key = new KeyState(store, batchTime, touches);
    this.time = new Time(batchTime);
    this.#emitted = new EmittedRecords(names);
    this.#store = store;
    this.#timeOutBefore = timeOutBefore;
  }

  emit(record: unknown): void {
    this.#emitted.add(record);
  }

  /** What has been emitted as it is; see {@link EmittedRecords.records}. */
  get records(): readonly unknown[] | undefined {
    return this.#emitted.records;
  }

  /** What has been emitted, encoded. */
  finish(): readonly Uint8Array[] {
    return this.#emitted.finish();
  }

  /** The keys whose time is over. */
  due(): Iterable<StateEntry> {
    return this.#timeOutBefore === undefined ? [] : this.#store.touchedBefore(this.#timeOutBefore);
  }
}

/**
 * The end of a loop that calls a function with each record and the state of its key, and then, without a record, with the
 * state of each key whose time is over. Its state is a {@link MapWithStateRun}.
 */
function mapWithStateSink(
  name: string,
  emit: (result: string, code: OperatorCode) => string,
  withTime: boolean,
): RecordOperator {
  const call = (code: OperatorCode, key: string, value: string) =>
    code.call(0, ...(withTime ? [`${code.state}.time`] : []), key, value, `${code.state}.key`);
  return {
    type: "record",
    name,
    emits: "record",
    ahead: ({ state, value }) => `${state}.key.lookAhead(${value});`,
    record(code) {
      const [pair, result] = [code.local("pair"), code.local("result")];
      return `
        const ${pair} = pair(${code.value});
        ${code.state}.key.${code.index === undefined ? `seek(${pair}[0])` : `seekAhead(${code.index}, ${pair}[0])`};
        const ${result} = ${call(code, `${pair}[0]`, `${pair}[1]`)};
        ${code.state}.key.settle();
        ${emit(result, code)}`;
    },
    epochEnd(code) {
      const [entry, result] = [code.local("entry"), code.local("result")];
      return `
        for (const ${entry} of ${code.state}.due()) {
          ${code.state}.key.seekTimedOut(${entry}.key, ${entry}.value);
          const ${result} = ${call(code, `${entry}.key`, "undefined")};
          ${code.state}.key.settleTimedOut();
          ${emit(result, code)}
        }`;
    },
  };
}

/** `(key, value, state) => out`: one record for each call. */
export const mapWithState = mapWithStateSink("mapWithState", (result, { state }) => `${state}.emit(${result});`, false);

/** `(time, key, value, state) => out`: a record for each call that returns one. */
export const mapWithStateAt = mapWithStateSink(
  "mapWithStateAt",
  (result, { state }) => `if (${result} !== undefined) ${state}.emit(${result});`,
  true,
);
