/** The operators that random chains are made of, each with its definition over the list of all batches. */
import fc from "fast-check";
import { type DStream, type KeyUpdate, type State, StateSpec, type StreamingContext, type Time } from "millrace";
import { grouped, type NaiveStream, naive, sum } from "./naive-stream.ts";

/** The batch duration, in milliseconds. */
export const BATCH = 1000;

/** One operator, on a stream and on its definition. */
export interface Op {
  readonly name: string;
  stream(stream: DStream<number>, ssc: StreamingContext): DStream<number>;
  naive(stream: NaiveStream): NaiveStream;
}

/** An operator on each batch by itself. */
function perBatch(
  name: string,
  stream: Op["stream"],
  f: (batch: readonly number[], time: number) => readonly number[],
): fc.Arbitrary<Op> {
  return fc.constant({ name, stream, naive: (parent) => naive.perBatch(parent, f) });
}

/** An operator on windows, whose length and slide are multiples of its parent's slide. */
function perWindow(
  name: string,
  stream: (stream: DStream<number>, length: number, slide: number) => DStream<number>,
  definition: (parent: NaiveStream, length: number, slide: number) => NaiveStream,
): fc.Arbitrary<Op> {
  const multiple = fc.integer({ min: 1, max: 3 });
  return fc.tuple(multiple, fc.constantFrom(1, 1, 2)).map(([length, slide]) => ({
    name: `${name}(${length}, ${slide})`,
    stream: (parent) => {
      const step = parent.slideDuration.milliseconds;
      return stream(parent, length * step, slide * step);
    },
    naive: (parent) => definition(parent, length * parent.slide, slide * parent.slide),
  }));
}

const add = (a: number, b: number) => a + b;
const subtract = (a: number, b: number) => a - b;
const keyed = (stream: DStream<number>) => stream.map((n) => [n % 4 || 0, n]);
/** Keeps a number small and whole, whatever the chain makes of it. */
const small = (n: number) => n % 1009 || 0;

/** How many values a key had in each of the last three batches. */
function* lastThree(keys: Iterable<KeyUpdate<number, number, number[]>>): Iterable<[number, number[]]> {
  for (const [key, values, counts = []] of keys) yield [key, [...counts, values.length].slice(-3)];
}

/** Counts the values of a key, and gives it the next number for a name, which most often belongs to another partition. */
function* oneUp(keys: Iterable<KeyUpdate<number, number, number>>): Iterable<[number, number]> {
  for (const [key, values, n = 0] of keys) yield [key + 1, n + values.length];
}

/** A key goes once it has been silent for longer. */
const IDLE_SLIDES = 1;

/** Counts the records of a key, and takes leave of it. */
export function countOrPart(key: number, n: number | undefined, state: State<number>): number {
  if (state.isTimingOut()) return small(-key * 100 - state.get());
  if (n === undefined) return 0;
  state.update((state.getOption() ?? 0) + 1);
  return small(key * 100 + state.get());
}

/** The same by a Map: what the last batch emits, and what is left. */
function countedByHand(batches: readonly (readonly number[])[]) {
  const states = new Map<number, { n: number; touched: number }>();
  let emitted: number[] = [];
  for (const [time, batch] of batches.entries()) {
    emitted = batch.map((record) => {
      const key = record % 4 || 0;
      const n = (states.get(key)?.n ?? 0) + 1;
      states.set(key, { n, touched: time });
      return small(key * 100 + n);
    });
    for (const [key, { n, touched }] of [...states]) {
      if (touched >= time - IDLE_SLIDES) continue;
      emitted.push(small(-key * 100 - n));
      states.delete(key);
    }
  }
  return { emitted, states };
}

export const op: fc.Arbitrary<Op> = fc.oneof(
  perBatch(
    "map",
    (s) => s.map((n) => n + 1),
    (b) => b.map((n) => n + 1),
  ),
  perBatch(
    "filter",
    (s) => s.filter((n) => n % 3 !== 0),
    (b) => b.filter((n) => n % 3 !== 0),
  ),
  perBatch(
    "flatMap",
    (s) => s.flatMap((n) => (n % 2 === 0 ? [n, -n] : [])),
    (b) => b.flatMap((n) => (n % 2 === 0 ? [n, -n] : [])),
  ),
  perBatch(
    "mapAsync",
    (s) => s.mapAsync(async (n) => n - 1),
    (b) => b.map((n) => n - 1),
  ),
  perBatch(
    "mapPartitions, glom",
    (s) =>
      s
        .mapPartitions((records) => [...records].map((n) => n * 2))
        .glom()
        .flatMap((all) => [...all]),
    (b) => b.map((n) => n * 2),
  ),
  perBatch(
    "union",
    (s, ssc) => ssc.union([s, s.map((n) => -n)]).union(s),
    (b) => [...b, ...b.map((n) => -n), ...b],
  ),
  perBatch(
    "count",
    (s) => s.count(),
    (b) => [b.length],
  ),
  perBatch(
    "reduce",
    (s) => s.reduce(add).map(small),
    (b) => (b.length === 0 ? [] : [small(sum(b))]),
  ),
  perBatch(
    "countByValue",
    (s) => s.countByValue(3).map(([n, count]) => small(n * 10 + count)),
    (b) =>
      grouped(
        b,
        (n) => n,
        (n, all) => small(n * 10 + all.length),
      ),
  ),
  perBatch(
    "repartition",
    (s) => s.repartition(3),
    (b) => b,
  ),
  perBatch(
    "persist",
    (s) => s.persist(),
    (b) => b,
  ),
  perBatch(
    "cache",
    (s) => s.map((n) => n).cache(),
    (b) => b,
  ),
  perBatch(
    "transform",
    (s) =>
      s.transform(async (rdd, time) => {
        const more = (await rdd.count()) + time.milliseconds / BATCH;
        return rdd.map((n) => n + more);
      }),
    (b, time) => b.map((n) => n + b.length + time),
  ),
  perBatch(
    "transformWith",
    (s) =>
      s.transformWith(
        s.map((n) => n + 5),
        (a, b) => a.union(b).distinct(),
      ),
    (b) => [...new Set([...b, ...b.map((n) => n + 5)].map((n) => n || 0))],
  ),
  perBatch(
    "transform of several",
    (s, ssc) => ssc.transform([s, s.count()], ([rdd, counts]) => rdd.cartesian(counts).map(([n, count]) => n - count)),
    (b) => b.map((n) => n - b.length),
  ),
  perBatch(
    "mapValues, flatMapValues",
    (s) =>
      keyed(s)
        .mapValues((n) => n + 1)
        .flatMapValues((n) => [n, n])
        .map(([, n]) => n),
    (b) => b.flatMap((n) => [n + 1, n + 1]),
  ),
  perBatch(
    "reduceByKey",
    (s) =>
      keyed(s)
        .reduceByKey(add, 2)
        .map(([k, n]) => small(k * 100 + n)),
    (b) =>
      grouped(
        b,
        (n) => n % 4,
        (k, all) => small(k * 100 + sum(all)),
      ),
  ),
  perBatch(
    "groupByKey",
    (s) =>
      keyed(s)
        .groupByKey()
        .map(([k, all]) => small(k + all.length)),
    (b) =>
      grouped(
        b,
        (n) => n % 4,
        (k, all) => small(k + all.length),
      ),
  ),
  fc.boolean().chain((mapSideCombine) =>
    perBatch(
      `combineByKey(${mapSideCombine})`,
      (s) =>
        keyed(s)
          .combineByKey(
            (n) => [n] as number[],
            (all, n) => [...all, n],
            (all, more) => [...all, ...more],
            2,
            { mapSideCombine },
          )
          .map(([, all]) => small(all.reduce((a, b) => a + b))),
      (b) =>
        grouped(
          b,
          (n) => n % 4,
          (_, all) => small(sum(all)),
        ),
    ),
  ),
  perBatch(
    "joins and cogroup",
    (s) => {
      const left = s.map((n) => [n, n]);
      const right = s.filter((n) => n % 2 === 0).map((n) => [n, 1]);
      return left
        .join(right)
        .map(([, [a, b]]) => a + b)
        .union(left.leftOuterJoin(right).map(([, [a, b]]) => a + (b ?? 7)))
        .union(right.rightOuterJoin(left).map(([, [b, a]]) => a + (b ?? 8)))
        .union(left.fullOuterJoin(right).map(([, [a, b]]) => (a ?? 0) + (b ?? 9)))
        .union(left.cogroup(right, 3).map(([, [as, bs]]) => as.length - bs.length))
        .map(small);
    },
    (b) => {
      const counts = Map.groupBy(b, (n) => n || 0);
      return [...counts].flatMap(([n, all]) => {
        const inner = n % 2 === 0 ? Array<number>(all.length ** 2).fill(n + 1) : [];
        const outer = (absent: number) => (n % 2 === 0 ? inner : all.map(() => n + absent));
        const difference = n % 2 === 0 ? 0 : all.length;
        return [...inner, ...outer(7), ...outer(8), ...outer(9), difference].map(small);
      });
    },
  ),
  fc.constant<Op>({
    name: "updateStateByKey",
    stream: (s) =>
      keyed(s)
        .updateStateByKey((values, before: number = 0) => small(before + values.length))
        .map(([k, n]) => k * 10 + n),
    naive: (parent) =>
      naive.overHistory(parent, (batches) =>
        grouped(
          batches.flat(),
          (n) => n % 4,
          (k, all) => k * 10 + small(all.length),
        ),
      ),
  }),
  fc.constant<Op>({
    name: "updateStateByKey with the time",
    stream: (s) =>
      keyed(s)
        .updateStateByKey(
          (time: Time, key: number, values: number[], first: number | undefined) =>
            first ?? (values.length > 0 ? key * 100 + time.milliseconds / BATCH : undefined),
          2,
          true,
        )
        .map(([, n]) => small(n)),
    naive: (parent) =>
      naive.overHistory(parent, (batches) => {
        const firsts = new Map<number, number>();
        for (const [i, batch] of batches.entries()) {
          for (const n of batch) firsts.set(n % 4 || 0, firsts.get(n % 4 || 0) ?? (i + 1) * parent.slide);
        }
        return Array.from(firsts, ([k, time]) => small(k * 100 + time));
      }),
  }),
  fc.constant<Op>({
    name: "updateStateByKey of partitions",
    stream: (s) =>
      keyed(s)
        .updateStateByKey(lastThree, 3, true)
        .map(([k, counts]) => small(k * 100 + sum(counts))),
    naive: (parent) =>
      naive.overHistory(parent, (batches) =>
        grouped(
          batches.flat(),
          (n) => n % 4,
          (k) =>
            small(
              k * 100 +
                batches
                  .slice(-3)
                  .flat()
                  .filter((n) => (n % 4 || 0) === k).length,
            ),
        ),
      ),
  }),
  fc.constant<Op>({
    name: "updateStateByKey of partitions, which renames keys",
    stream: (s) =>
      keyed(s)
        .updateStateByKey(oneUp, 3, false)
        .map(([k, n]) => small(k * 100 + n)),
    naive: (parent) =>
      naive.overHistory(parent, (batches) => {
        let states = new Map<number, number>();
        for (const batch of batches) {
          const values = Map.groupBy(batch, (n) => n % 4 || 0);
          const keys = new Set([...states.keys(), ...values.keys()]);
          states = new Map(
            Array.from(keys, (key) => [key + 1, (states.get(key) ?? 0) + (values.get(key)?.length ?? 0)]),
          );
        }
        return Array.from(states, ([k, n]) => small(k * 100 + n));
      }),
  }),
  fc.boolean().map(
    (snapshots): Op => ({
      name: snapshots ? "stateSnapshots" : "mapWithState",
      stream: (s) => {
        const spec = StateSpec.function(countOrPart).timeout(IDLE_SLIDES * s.slideDuration.milliseconds);
        const counts = keyed(s).mapWithState(spec.numPartitions(3));
        return snapshots ? counts.stateSnapshots().map(([k, n]) => small(k * 100 + n)) : counts;
      },
      naive: (parent) =>
        naive.overHistory(parent, (batches) => {
          const { emitted, states } = countedByHand(batches);
          return snapshots ? Array.from(states, ([k, { n }]) => small(k * 100 + n)) : emitted;
        }),
    }),
  ),
  perWindow("window", (s, length, slide) => s.window(length, slide), naive.window),
  perWindow(
    "reduceByWindow",
    (s, length, slide) => s.reduceByWindow((a, b) => Math.max(a, b), length, slide),
    (parent, length, slide) =>
      naive.perBatch(naive.window(parent, length, slide), (b) => (b.length === 0 ? [] : [Math.max(...b)])),
  ),
  perWindow(
    "groupByKeyAndWindow",
    (s, length, slide) =>
      keyed(s)
        .groupByKeyAndWindow(length, slide, 3)
        .map(([k, all]) => small(k * 100 + all.length)),
    (parent, length, slide) =>
      naive.perBatch(naive.window(parent, length, slide), (b) =>
        grouped(
          b,
          (n) => n % 4,
          (k, all) => small(k * 100 + all.length),
        ),
      ),
  ),
  perWindow(
    "reduceByKeyAndWindow",
    (s, length, slide) =>
      keyed(s)
        .reduceByKeyAndWindow(add, length, slide)
        .map(([k, n]) => small(k * 100 + n)),
    (parent, length, slide) =>
      naive.perBatch(naive.window(parent, length, slide), (b) =>
        grouped(
          b,
          (n) => n % 4,
          (k, all) => small(k * 100 + sum(all)),
        ),
      ),
  ),
  perWindow(
    "reduceByWindow, incremental",
    (s, length, slide) => s.reduceByWindow(add, subtract, length, slide).map(small),
    (parent, length, slide) =>
      naive.everInWindow(parent, length, slide, (b, ever) => (ever.length === 0 ? [] : [small(sum(b))])),
  ),
  perWindow(
    "countByWindow",
    (s, length, slide) => s.countByWindow(length, slide),
    (parent, length, slide) =>
      naive.everInWindow(parent, length, slide, (b, ever) => (ever.length === 0 ? [] : [b.length])),
  ),
  perWindow(
    "countByValueAndWindow",
    (s, length, slide) => s.countByValueAndWindow(length, slide, 2).map(([n, count]) => small(n * 10 + count)),
    (parent, length, slide) =>
      naive.perBatch(naive.window(parent, length, slide), (b) =>
        grouped(
          b,
          (n) => n,
          (n, all) => small(n * 10 + all.length),
        ),
      ),
  ),
  perWindow(
    "reduceByKeyAndWindow, incremental",
    (s, length, slide) =>
      keyed(s)
        .reduceByKeyAndWindow(add, subtract, length, slide)
        .map(([k, n]) => small(k * 100 + n)),
    (parent, length, slide) =>
      naive.everInWindow(parent, length, slide, (b, ever) =>
        grouped(
          ever,
          (n) => n % 4,
          (k) => small(k * 100 + sum(b.filter((n) => (n % 4 || 0) === k))),
        ),
      ),
  ),
  perWindow(
    "reduceByKeyAndWindow, incremental and filtered",
    (s, length, slide) =>
      keyed(s)
        .mapValues((n) => [1, n])
        .reduceByKeyAndWindow(
          (a, b) => [a[0] + b[0], a[1] + b[1]],
          (a, b) => [a[0] - b[0], a[1] - b[1]],
          length,
          slide,
          3,
          ([, [count]]) => count > 0,
        )
        .map(([k, [count, total]]) => small(k * 100 + count + total)),
    (parent, length, slide) =>
      naive.perBatch(naive.window(parent, length, slide), (b) =>
        grouped(
          b,
          (n) => n % 4,
          (k, all) => small(k * 100 + all.length + sum(all)),
        ),
      ),
  ),
);
