/** What TypeScript infers for DStreams. Compiled, never run. */
import {
  type DStream,
  type Duration,
  type InputDStream,
  type RDD,
  type Receiver,
  type StorageLevel,
  type StreamBatches,
  type StreamingContext,
  Time,
} from "millrace";
import { is } from "./equal.ts";

interface Reading {
  readonly plane: string;
  readonly part: string;
  readonly celsius: number;
}

export function inputs(
  ssc: StreamingContext,
  queue: RDD<[string, number]>[],
  receiver: Receiver<Reading>,
  input: InputDStream<[string, number]>,
): void {
  is<DStream<string>>()(ssc.socketTextStream("localhost", 9999));
  is<DStream<{ length: number }>>()(
    ssc.socketStream("localhost", 9999, async function* (bytes) {
      for await (const { length } of bytes) yield { length };
    }),
  );
  is<DStream<string>>()(ssc.textFileStream("readings"));
  is<DStream<string>>()(ssc.fileStream("readings", { filter: (path) => path.endsWith(".csv"), newFilesOnly: false }));
  is<DStream<Reading>>()(ssc.receiverStream(receiver, { thread: "own" }));
  is<DStream<[string, number]>>()(ssc.queueStream(queue));
  is<DStream<[string, number]>>()(ssc.constantStream(queue[0]!));
  is<DStream<[string, number]>>()(ssc.inputStream(input));
}

export function severalStreams(
  ssc: StreamingContext,
  lines: DStream<string>,
  counts: DStream<[string, number]>,
  readings: readonly DStream<Reading>[],
): void {
  is<DStream<string>>()(ssc.union([ssc.socketTextStream("a", 1), ssc.socketTextStream("b", 2)]));
  is<DStream<Reading>>()(ssc.union(readings));
  is<DStream<string | [string, number]>>()(ssc.union([lines, counts]));
  is<DStream<[string, [number, number]]>>()(
    ssc.transform([lines, counts], ([words, pairs]) => words.map((word) => [word, 1]).join(pairs)),
  );
  is<DStream<[string, Time]>>()(ssc.transform([lines], async ([words], time) => words.map((word) => [word, time])));
  is<DStream<Reading>>()(
    ssc.transform(readings, (rdds) => {
      is<readonly RDD<Reading>[]>()(rdds);
      return rdds[0]!;
    }),
  );
  // @ts-expect-error there are two RDDs
  ssc.transform([lines, counts], ([, , third]) => third);
}

export function tuples(readings: DStream<Reading>, lines: DStream<string>): void {
  is<DStream<[string, number]>>()(lines.flatMap((line) => line.split(" ")).map((word) => [word, 1]));
  is<DStream<[[string, string], number]>>()(readings.map((r) => [[r.plane, r.part], r.celsius]));
  is<DStream<[string, number]>>()(
    lines.flatMap((word) => [
      [word, 1],
      [word, 2],
    ]),
  );
  is<DStream<[string, string, number]>>()(readings.map((r) => [r.plane, r.part, r.celsius]));
  is<DStream<number>>()(lines.count());
  is<DStream<string[]>>()(lines.glom());
  is<DStream<[string, number]>>()(lines.countByValue());
  is<DStream<string>>()(lines.reduce((a, b) => a + b));
  is<DStream<number>>()(lines.mapPartitions((records) => [Array.from(records).length]));
  is<DStream<[string, number]>>()(lines.mapAsync(async (line) => [line, line.length], { concurrency: 4 }));
  is<DStream<Reading>>()(readings.repartition(4).persist().cache().named("readings"));
  is<DStream<number[]>>()(readings.map(({ celsius }) => celsius).glom());
  is<Promise<RDD<Reading>[]>>()(readings.slice(new Time(0), new Time(1000)));
  is<Duration>()(readings.slideDuration);
  is<StorageLevel>()(readings.storageLevel);
  for (const nothing of [lines.print(), lines.saveAsTextFiles("a", "txt"), readings.saveAsObjectFiles("a")])
    is<void>()(nothing);
}

export function pairs(counts: DStream<[string, number]>, names: DStream<[string, string]>): void {
  is<DStream<[string, [number, number]]>>()(
    counts.mapValues((n) => [n, 1]).reduceByKey((a, b) => [a[0] + b[0], a[1] + b[1]]),
  );
  is<DStream<[string, number[]]>>()(counts.groupByKey());
  is<DStream<[string, [number, number]]>>()(
    counts.combineByKey(
      (n) => [n, 1],
      (c, n) => [c[0] + n, c[1] + 1],
      (c, d) => [c[0] + d[0], c[1] + d[1]],
    ),
  );
  is<DStream<[string, [number, string]]>>()(counts.join(names));
  is<DStream<[string, [number[], string[]]]>>()(counts.cogroup(names));
  is<DStream<[string, [number, string | undefined]]>>()(counts.leftOuterJoin(names));
  is<DStream<[string, [number | undefined, string]]>>()(counts.rightOuterJoin(names));
  is<DStream<[string, [number | undefined, string | undefined]]>>()(counts.fullOuterJoin(names, 3));
  is<DStream<[string, [number, string]]>>()(counts.flatMapValues((n) => [[n, "x"]]));
}

export function windows(readings: DStream<Reading>, lines: DStream<string>): void {
  is<DStream<string>>()(lines.window("30 seconds"));
  is<DStream<string>>()(lines.window("30 seconds", "10 seconds"));
  is<DStream<string>>()(lines.reduceByWindow((a, b) => a + b, "30 seconds"));
  is<DStream<number>>()(
    lines.count().reduceByWindow(
      (a, b) => a + b,
      (a, b) => a - b,
      "30 seconds",
    ),
  );
  is<DStream<[number, number]>>()(
    readings
      .map(({ celsius }) => [celsius, 1])
      .reduceByWindow(
        (a, b) => [a[0] + b[0], a[1] + b[1]],
        (a, b) => [a[0] - b[0], a[1] - b[1]],
        "30 seconds",
      ),
  );
  is<DStream<number>>()(lines.countByWindow("30 seconds", "10 seconds"));
  is<DStream<[string, number]>>()(lines.countByValueAndWindow("30 seconds", "10 seconds", 4));
  is<DStream<[string, [number, number]]>>()(
    readings
      .map((r) => [r.plane, [1, r.celsius]])
      .reduceByKeyAndWindow(
        (a, b) => [a[0] + b[0], a[1] + b[1]],
        (a, b) => [a[0] - b[0], a[1] - b[1]],
        "1 minute",
        "1 second",
        2,
        ([plane, [count]]) => plane !== "" && count > 0,
      ),
  );
  is<DStream<[string, [number, number][]]>>()(
    readings.map((r) => [r.plane, [r.celsius, 1]]).groupByKeyAndWindow("30 seconds", "10 seconds"),
  );
  is<DStream<[string, number]>>()(
    lines.map((word) => [word, 1]).reduceByKeyAndWindow((a, b) => a + b, "30 seconds", "10 seconds"),
  );
  is<DStream<[[string, string], number]>>()(
    readings
      .map((r) => [
        [r.plane, r.part],
        [r.celsius, 1],
      ])
      .reduceByKeyAndWindow((a, b) => [a[0] + b[0], a[1] + b[1]], "1 minute")
      .mapValues(([sum, count]) => sum / count),
  );
}

export function transforms(
  lines: DStream<string>,
  counts: DStream<[string, number]>,
  names: RDD<[string, string]>,
): void {
  is<DStream<[string, number]>>()(lines.transform((rdd) => rdd.map((word) => [word, 1])));
  is<DStream<[string, Time]>>()(lines.transform((rdd, time) => rdd.map((word) => [word, time])));
  is<DStream<[string, [number, string]]>>()(counts.transform((rdd) => rdd.join(names)));
  is<DStream<string>>()(
    lines.transform(async (rdd) => {
      await rdd.count();
      return rdd;
    }),
  );
  is<DStream<string | [string, number]>>()(lines.transformWith(counts, (words, pairs) => words.union(pairs)));
  is<StreamBatches<[string, number]>>()(counts.toBatches({ highWaterMark: 2 }));
  void (async () => {
    for await (const { time, records } of counts.toBatches()) {
      is<Time>()(time);
      is<readonly [string, number][]>()(records);
    }
  });
  counts.foreachRDD(async (rdd, time) => {
    is<[string, number][]>()(await rdd.collect());
    is<Time>()(time);
  });
}

export function unionsFiltersVariance(lines: DStream<string>, mixed: DStream<number | string>): void {
  is<DStream<string | number>>()(lines.union(mixed));
  is<DStream<string>>()(mixed.filter((value) => typeof value === "string"));
  const up: DStream<number | string> = lines;
  // @ts-expect-error a record may be a number
  const down: DStream<string> = mixed;
  void [up, down];
}

export function notPairs(lines: DStream<string>): void {
  // @ts-expect-error a string is no pair
  lines.reduceByKey((a: string, _b: string) => a);
  // @ts-expect-error a string is no pair
  lines.reduceByKeyAndWindow((a: string, _b: string) => a, "30 seconds");
  // @ts-expect-error a string is no pair
  lines.groupByKey();
  // @ts-expect-error not a duration
  lines.window("30 bananas");
}
