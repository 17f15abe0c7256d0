/** What is inferred of streams with state. */
import {
  type DStream,
  HashPartitioner,
  type KeyUpdate,
  type MapWithStateDStream,
  type RDD,
  type State,
  StateSpec,
  type Time,
} from "millrace";
import { is } from "./equal.ts";

declare const words: DStream<[string, number]>;
declare const initial: RDD<[string, number]>;

// The record's types come from the stream; only the state's has to be said.
const counts = words.mapWithState(
  StateSpec.function((word, one, state: State<number>) => {
    state.update((state.getOption() ?? 0) + (one ?? 0));
    return [word, state.get()];
  }),
);
is<MapWithStateDStream<string, number, [string, number]>>()(counts);

const snapshots = counts.stateSnapshots();
is<DStream<[string, number]>>()(snapshots);

const named = counts.named("counts");
is<typeof counts>()(named);

// A chain of settings needs the types at the function.
const late = words.mapWithState(
  StateSpec.function((_time: Time, word: string, one: number | undefined, state: State<{ n: number }>) => {
    if (state.isTimingOut()) return `${word} ${state.get().n}`;
    state.update({ n: one ?? 0 });
    return undefined;
  })
    .timeout("1 minute")
    .numPartitions(3),
);
is<MapWithStateDStream<string, { n: number }, string>>()(late);

const placed = words.mapWithState(
  StateSpec.function((_word: string, _one: number | undefined, state: State<number>) => state.getOption())
    .initialState(initial)
    .partitioner(new HashPartitioner(2)),
);
is<MapWithStateDStream<string, number, number | undefined>>()(placed);

const silent = words.mapWithState(StateSpec.function((_word, _one, state: State<number>) => state.remove()));
is<MapWithStateDStream<string, number, void>>()(silent);

const sums = words.updateStateByKey((ones, sum: number = 0) => sum + ones.length);
is<DStream<[string, number]>>()(sums);

const forgetful = words.updateStateByKey((ones, sum: number | undefined) =>
  ones.length === 0 ? undefined : (sum ?? 0) + ones.length,
);
is<DStream<[string, number]>>()(forgetful);

// A function of whole partitions says what it gets and returns: the one is made of the other.
type Aged = [age: number, count: number];
function* age(keys: IterableIterator<KeyUpdate<string, number, Aged>>): Iterable<[string, Aged]> {
  for (const [word, ones, [batches, count] = [0, 0]] of keys) yield [word, [batches + 1, count + ones.length]];
}
is<DStream<[string, Aged]>>()(words.updateStateByKey(age, new HashPartitioner(2), true));
// @ts-expect-error: without the boolean it would be called with values
words.updateStateByKey(age, new HashPartitioner(2));

const pairs = words.updateStateByKey((ones, [n, sum]: [number, number] = [0, 0]) => [
  n + 1,
  ones.reduce((a, b) => a + b, sum),
]);
is<DStream<[string, [number, number]]>>()(pairs);

const begun = words.updateStateByKey((ones, sum: number = 0) => sum + ones.length, 4, initial);
is<DStream<[string, number]>>()(begun);

const seen = words.updateStateByKey(
  (time: Time, _word: string, ones: number[], last: number | undefined) => (ones.length > 0 ? time.milliseconds : last),
  new HashPartitioner(2),
  true,
);
is<DStream<[string, number]>>()(seen);

// @ts-expect-error: the state is not that of the function
words.updateStateByKey((ones, sum: string = "") => sum + ones.length, 4, initial);

declare const lines: DStream<string>;
// @ts-expect-error: no pairs
lines.updateStateByKey((values: unknown[], n: number = 0) => n + values.length);
// @ts-expect-error: no pairs
lines.mapWithState(StateSpec.function((_key: string, _value: number | undefined, _state: State<number>) => 1));
// @ts-expect-error: other keys
words.mapWithState(StateSpec.function((_key: number, _value: number | undefined, _state: State<number>) => 1));
