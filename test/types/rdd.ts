/** What TypeScript infers for RDDs. Compiled, never run. */
import type { Broadcast, KeyedMap, RDD, SparkContext, StatCounter } from "millrace";
import { is } from "./equal.ts";

interface Reading {
  readonly plane: string;
  readonly part: string;
  readonly celsius: number;
}

interface Flight {
  readonly plane: string;
}

interface DelayedFlight extends Flight {
  readonly minutes: number;
}

export function parallelize(sc: SparkContext): void {
  is<RDD<number>>()(sc.parallelize([1, 2, 3]));
  is<RDD<string>>()(sc.parallelize(["a", "b"]));
  is<RDD<[string, number]>>()(sc.parallelize([["a", 1]]));
  is<RDD<[string, number]>>()(
    sc.parallelize([
      ["a", 1],
      ["b", 2],
    ]),
  );
  is<RDD<[[string, string], number]>>()(sc.parallelize([[["a", "b"], 1]]));
  is<RDD<[string, number, boolean]>>()(sc.parallelize([["a", 1, true]]));
  is<RDD<number>>()(sc.parallelize(new Set([1])));
  is<RDD<[string, number]>>()(sc.parallelize(new Map([["a", 1]])));
  is<RDD<number>>()(sc.range(0, 10));
  is<RDD<string>>()(sc.textFile("x"));
  is<RDD<[string, number]>>()(sc.parallelize<[string, number]>([]));
  is<RDD<Flight>>()(sc.parallelize<Flight>([]));
  is<RDD<Reading>>()(sc.parallelize([] as Reading[]));
  is<RDD<Reading>>()(sc.parallelize([] as readonly Reading[]));
}

export function tuples(readings: RDD<Reading>, words: RDD<string>): void {
  is<RDD<[string, number]>>()(words.map((word) => [word, 1]));
  is<RDD<[string, number]>>()(readings.map((r) => [r.plane, r.celsius]));
  is<RDD<[[string, string], number]>>()(readings.map((r) => [[r.plane, r.part], r.celsius]));
  is<RDD<[string, [number, number]]>>()(readings.map((r) => [r.plane, [r.celsius, 1]]));
  is<RDD<[string, string, number]>>()(readings.map((r) => [r.plane, r.part, r.celsius]));
  is<RDD<string>>()(words.flatMap((line) => line.split(" ")));
  is<RDD<[string, number]>>()(words.flatMap((line) => line.split(" ").map((word) => [word, 1] as [string, number])));
  is<RDD<[string, number]>>()(words.flatMap((word) => [[word, 1]]));
  is<RDD<[string, number]>>()(
    words.flatMap((word) => [
      [word, 1],
      [word, 2],
    ]),
  );
  is<RDD<[string, number]>>()(words.flatMap((word) => (word === "" ? [] : [[word, 1]])));
  is<RDD<[[string, string], number]>>()(readings.flatMap((r) => [[[r.plane, r.part], r.celsius]]));
  is<RDD<[string, number]>>()(
    words.flatMap(function* (word) {
      yield [word, 1];
    }),
  );
  is<RDD<number>>()(words.mapPartitions((records) => [Array.from(records).length]));
  is<RDD<string>>()(
    words.mapPartitions(async function* (records) {
      for await (const word of records) yield word;
    }),
  );
}

export function branches(words: RDD<string>): void {
  is<RDD<[string, number]>>()(words.map((word) => (word === "" ? ["none", 0] : [word, 1])));
  is<RDD<[string, string]>>()(words.map((word) => [word, word.length > 9 ? "long" : "short"]));
  is<RDD<[string, null] | [string, number]>>()(words.map((word) => (word === "" ? [word, null] : [word, 1])));
}

export function lists(counts: RDD<[string, number]>): void {
  // A literal of one element is a tuple of one; a list says so.
  is<RDD<[string, [number]]>>()(counts.mapValues((n) => [n]));
  is<RDD<[string, number[]]>>()(counts.mapValues((n): number[] => [n]).reduceByKey((a, b) => [...a, ...b]));
}

export function otherResults(words: RDD<string>): void {
  is<RDD<{ word: string; length: number }>>()(words.map((word) => ({ word, length: word.length })));
  is<RDD<string | null>>()(words.map((word) => (word === "" ? null : word)));
  is<RDD<undefined>>()(words.map(() => undefined));
  is<RDD<string[]>>()(words.map((line) => line.split(" ")));
  is<RDD<number[]>>()(words.map((word) => Array.from(word, Number)));
}

export function pairs(counts: RDD<[string, number]>, names: RDD<[string, string]>): void {
  is<RDD<[string, string]>>()(counts.mapValues((n) => n.toFixed()));
  is<RDD<[string, [number, number]]>>()(counts.mapValues((n) => [n, 1]));
  is<RDD<string>>()(counts.keys());
  is<RDD<number>>()(counts.values());
  is<RDD<[string, number]>>()(counts.reduceByKey((a, b) => a + b));
  is<RDD<[string, number]>>()(counts.reduceByKey((a, b) => a + b, 4));
  is<RDD<[string, [number, number]]>>()(
    counts.mapValues((n) => [n, 1]).reduceByKey((a, b) => [a[0] + b[0], a[1] + b[1]]),
  );
  is<RDD<[string, number[]]>>()(counts.groupByKey());
  is<RDD<[string, [number, number]]>>()(
    counts.combineByKey(
      (n) => [n, 1],
      (c, n) => [c[0] + n, c[1] + 1],
      (c, d) => [c[0] + d[0], c[1] + d[1]],
    ),
  );
  is<RDD<[string, { sum: number; count: number }]>>()(
    counts.combineByKey(
      (n) => ({ sum: n, count: 1 }),
      (c, n) => ({ sum: c.sum + n, count: c.count + 1 }),
      (c, d) => ({ sum: c.sum + d.sum, count: c.count + d.count }),
    ),
  );
  is<RDD<[string, [number, string]]>>()(counts.join(names));
  is<RDD<[string, [number[], string[]]]>>()(counts.cogroup(names));
  is<RDD<[string, [[number, string], number]]>>()(counts.join(names).join(counts));
  is<Promise<[string, number][]>>()(counts.collect());
  is<Promise<[string, number]>>()(counts.first());
  is<Promise<[string, number]>>()(counts.reduce((a, b) => (a[1] > b[1] ? a : b)));
}

export function readonlyPairs(counts: RDD<readonly [string, number]>, names: RDD<[string, string]>): void {
  is<RDD<[string, number]>>()(counts.reduceByKey((a, b) => a + b));
  is<RDD<[string, [number, string]]>>()(counts.join(names));
}

export function chain(sc: SparkContext): void {
  is<RDD<[[string, string], number]>>()(
    sc
      .parallelize([{ plane: "EC-MIG", part: "engine 1", celsius: 640 }])
      .map((r) => [
        [r.plane, r.part],
        [r.celsius, 1],
      ])
      .reduceByKey((a, b) => [a[0] + b[0], a[1] + b[1]])
      .mapValues(([sum, count]) => sum / count),
  );
}

export function unions(numbers: RDD<number>, words: RDD<string>): void {
  is<RDD<number>>()(numbers.union(numbers));
  is<RDD<number | string>>()(numbers.union(words));
}

export function filters(mixed: RDD<number | string>, flights: RDD<Flight | DelayedFlight>): void {
  is<RDD<number | string>>()(mixed.filter(Boolean));
  is<RDD<number | string>>()(mixed.filter((value) => value !== ""));
  is<RDD<string>>()(mixed.filter((value) => typeof value === "string"));
  is<RDD<DelayedFlight>>()(flights.filter((flight): flight is DelayedFlight => "minutes" in flight));
}

export function variance(delayed: RDD<DelayedFlight>, flights: RDD<Flight>): void {
  const up: RDD<Flight> = delayed;
  // @ts-expect-error a flight need not be a delayed one
  const down: RDD<DelayedFlight> = flights;
  const anything: RDD<unknown> = delayed;
  const loosePairs: RDD<readonly [string, Flight]> = delayed.map((flight) => [flight.plane, flight]);
  void [up, down, anything, loosePairs];
}

export function notPairs(words: RDD<string>, triples: RDD<[string, number, number]>, lists: RDD<string[]>): void {
  // @ts-expect-error a string is no pair
  words.reduceByKey((a: string, _b: string) => a);
  // @ts-expect-error a string is no pair
  words.mapValues((value) => value);
  // @ts-expect-error a string is no pair
  words.groupByKey();
  // @ts-expect-error a string is no pair
  words.keys();
  // @ts-expect-error three are no pair
  triples.groupByKey();
  // @ts-expect-error a list of any length is no pair
  lists.groupByKey();
  // @ts-expect-error neither is the other side
  words.map((word) => [word, 1]).join(words);
}

export function wrongFunctions(counts: RDD<[string, number]>, names: RDD<[number, string]>): void {
  // @ts-expect-error the merged value has another type
  counts.reduceByKey((a, b) => `${a}${b}`);
  // @ts-expect-error keys of different types never meet
  counts.join(names);
  // @ts-expect-error a number is not iterable
  counts.flatMap(([, n]) => n);
}

/** Helpers that are generic in their records keep working. */
export function generic<T>(records: RDD<T>, key: (record: T) => string): RDD<[string, T[]]> {
  return records.map((record): [string, T] => [key(record), record]).groupByKey();
}

export function zeros(words: RDD<string>, counts: RDD<[string, number]>): void {
  is<Promise<number>>()(
    words.aggregate(
      0,
      (sum, word) => sum + word.length,
      (a, b) => a + b,
    ),
  );
  is<Promise<[number, number]>>()(
    words.aggregate(
      [0, 0],
      ([n, sum], word) => [n + 1, sum + word.length],
      (a, b) => [a[0] + b[0], a[1] + b[1]],
    ),
  );
  is<Promise<number | undefined>>()(
    words.aggregate(
      undefined as number | undefined,
      (most, word) => Math.max(most ?? 0, word.length),
      (a, b) => a ?? b,
    ),
  );
  is<Promise<string>>()(words.fold("", (a, b) => a + b));
  is<RDD<[string, string]>>()(
    counts.aggregateByKey(
      "",
      (text, n) => text + n,
      (a, b) => a + b,
    ),
  );
  is<RDD<[string, number]>>()(counts.foldByKey(0, (a, b) => a + b));
}

export function order(words: RDD<string>, counts: RDD<[string, number]>, rows: RDD<{ readonly n: number }>): void {
  is<RDD<string>>()(words.sortBy((word) => [word.length, word]));
  is<RDD<string>>()(
    words.sortBy(
      (word) => ({ n: word.length }),
      false,
      4,
      (a, b) => a.n - b.n,
    ),
  );
  is<RDD<[string, number]>>()(counts.sortByKey(true, 2, (a, b) => a.localeCompare(b)));
  // @ts-expect-error words are no pairs
  words.sortByKey();
  is<Promise<{ readonly n: number }[]>>()(rows.top(2, (a, b) => a.n - b.n));
  is<Promise<string>>()(words.max());
  is<RDD<[string, number]>>()(words.zipWithIndex());
  is<RDD<[number, string]>>()(words.keyBy((word) => word.length));
  is<RDD<string[]>>()(words.glom());
}

export function sets(words: RDD<string>, counts: RDD<[string, number]>): void {
  is<RDD<[number, string[]]>>()(words.groupBy((word) => word.length));
  is<RDD<[[string, number], string[]]>>()(words.groupBy((word) => [word, word.length]));
  is<RDD<string>>()(words.intersection(words).subtract(words));
  is<RDD<[string, [string, number]]>>()(words.cartesian(counts));
  is<RDD<[string, number]>>()(words.zip(counts.values()));
  is<RDD<[string, number]>>()(words.zipWithUniqueId());
  is<RDD<string>[]>()(words.randomSplit([1, 2]));
  is<Promise<string[]>>()(words.takeSample(true, 3));
  is<RDD<[string, number]>>()(counts.filterByRange("a", "c"));
  is<RDD<[string, number]>>()(counts.repartitionAndSortWithinPartitions(2));
  is<Promise<KeyedMap<string, number>>>()(counts.reduceByKeyLocally((a, b) => a + b));
  is<Promise<number>>()(
    words.treeAggregate(
      0,
      (n, word) => n + word.length,
      (a, b) => a + b,
    ),
  );
  is<Promise<string>>()(words.treeReduce((a, b) => a + b));
}

export function numbers(words: RDD<string>, counts: RDD<number>): void {
  is<Promise<number>>()(counts.sum());
  is<Promise<StatCounter>>()(counts.stats());
  is<Promise<number[]>>()(counts.histogram([0, 1, 2], { even: true }));
  is<Promise<[bounds: number[], counts: number[]]>>()(counts.histogram(3));
  // @ts-expect-error words are no numbers
  words.mean();
}

export function keys(counts: RDD<[string, number]>, names: RDD<readonly [string, boolean]>): void {
  is<RDD<[string, [number, boolean | undefined]]>>()(counts.leftOuterJoin(names));
  is<RDD<[string, [number | undefined, boolean]]>>()(counts.rightOuterJoin(names));
  is<RDD<[string, [number | undefined, boolean | undefined]]>>()(counts.fullOuterJoin(names));
  is<RDD<[string, number]>>()(counts.subtractByKey(names));
  is<RDD<[string, string]>>()(counts.flatMapValues((n) => [String(n)]));
  is<Promise<KeyedMap<string, number>>>()(counts.collectAsMap());
  is<Promise<KeyedMap<string, number>>>()(names.countByKey());
  is<Promise<KeyedMap<[string, number], number>>>()(counts.countByValue());
  is<Promise<number[]>>()(counts.lookup("a"));
  is<RDD<[string, number]>>()(counts.partitionBy({ numPartitions: 2, getPartition: (key: string) => key.length % 2 }));
}

export function onTheSide(sc: SparkContext, words: RDD<string>): void {
  const cities = sc.broadcast(new Map([["CDG", "Paris"]]));
  is<Broadcast<Map<string, string>>>()(cities);
  is<RDD<string>>()(words.map((word) => cities.value.get(word) ?? ""));
  is<readonly string[]>()(sc.collectionAccumulator<string>("bad lines").value);
  is<RDD<number>>()(words.mapAsync(async (word) => word.length, { concurrency: 2, timeout: "1 second" }));
}
