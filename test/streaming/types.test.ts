import { describe, it } from "node:test";
import type { DStream, RDD, StreamingContext } from "millrace";

/** Compiles only where both types are the same. */
type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
function check<_T extends true>(): void {}

/** Never called: that it compiles is the test. */
export function types(lines: DStream<string>, queue: RDD<number>[], ssc: StreamingContext): void {
  const pairs = lines.flatMap((line) => line.split(" ")).map((word) => [word, 1]);
  check<Same<typeof pairs, DStream<[string, number]>>>();

  const nested = lines.map((line) => [[line, 1], { at: new Date() }]);
  const reduced = nested.mapValues((value) => [value.at, 2]).reduceByKey((a, b) => [a[0], a[1] + b[1]]);
  check<Same<typeof reduced, DStream<[[string, number], [Date, number]]>>>();

  const joined = pairs.join(pairs.groupByKey()).window("10 seconds", "2s");
  check<Same<typeof joined, DStream<[string, [number, number[]]]>>>();

  const windowed = pairs.reduceByKeyAndWindow((a, b) => a + b, "1 minute", 1000);
  check<Same<typeof windowed, DStream<[string, number]>>>();

  const words = lines.filter((line): line is "a" | "b" => line.length === 1);
  check<Same<typeof words, DStream<"a" | "b">>>();

  const mixed = lines.union(lines.count());
  check<Same<typeof mixed, DStream<string | number>>>();

  const transformed = lines.transform(async (rdd) => rdd.map((line) => line.length));
  check<Same<typeof transformed, DStream<number>>>();

  const fromQueue = ssc.transform([ssc.queueStream(queue)], ([rdd]) => rdd!.map((n) => n > 1));
  check<Same<typeof fromQueue, DStream<boolean>>>();

  // A stream of more can stand where one of less is asked for.
  const wide: DStream<string | number> = lines;
  wide.print();

  // @ts-expect-error: not pairs
  lines.reduceByKey((a: number, b: number) => a + b);
  // @ts-expect-error: not pairs
  pairs.keys;
  // @ts-expect-error: keys of different types
  pairs.join(pairs.map(([word, n]) => [n, word]));
  // @ts-expect-error: not a duration
  lines.window("10 fortnights");
  // @ts-expect-error: transform must return an RDD
  lines.transform(() => [1, 2, 3]);
}

describe("the types of streams", () => {
  it("are inferred through operators, without `as const`", () => {});
});
