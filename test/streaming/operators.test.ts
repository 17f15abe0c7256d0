import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type DStream,
  HashPartitioner,
  isMillraceError,
  type RDD,
  StateSpec,
  StorageLevel,
  type StreamingContext,
} from "millrace";
import { type Comparison, StreamTester, testOperation } from "millrace/testing";

for (const master of ["local", "local[2]"]) {
  const compare: Comparison = "multiset";

  describe(`operators on every batch (${master})`, () => {
    it("map, flatMap, filter", async () => {
      await testOperation({
        master,
        input: [["to be", "or not"], [], ["to be"]],
        operation: (lines) =>
          lines
            .flatMap((line) => line.split(" "))
            .filter((word) => word !== "or")
            .map((word) => word.toUpperCase()),
        expected: [["TO", "BE", "NOT"], [], ["TO", "BE"]],
      });
    });

    it("mapPartitions, synchronous and not", async () => {
      await testOperation({
        master,
        input: [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ],
        operation: (numbers) =>
          numbers
            .mapPartitions(async function* (records) {
              let sum = 0;
              for await (const n of records) sum += n;
              yield sum;
            })
            .mapPartitions((sums) => [...sums].map((sum) => -sum)),
        expected: [
          [-3, -7],
          [-11, -15],
        ],
      });
    });

    it("mapValues, flatMapValues", async () => {
      await testOperation({
        master,
        input: [[["a", 1]], []],
        operation: (pairs) => pairs.mapValues((n) => n + 10).flatMapValues((n) => [n, -n]),
        expected: [
          [
            ["a", 11],
            ["a", -11],
          ],
          [],
        ],
      });
    });

    it("glom, countByValue", async () => {
      await testOperation({
        master,
        input: [[1, 2, 3, 4], [5]],
        operation: (numbers) => numbers.glom(),
        expected: [
          [
            [1, 2],
            [3, 4],
          ],
          [[], [5]],
        ],
      });
      await testOperation({
        master,
        input: [
          [
            ["a", 1],
            ["b", 1],
            ["a", 1],
          ],
          [],
        ],
        operation: (tuples) => tuples.countByValue(1),
        expected: [
          [
            [["a", 1], 2],
            [["b", 1], 1],
          ],
          [],
        ],
        compare,
      });
    });

    it("union, of two and of many", async () => {
      await testOperation({
        master,
        input: [[1, 2], [3]],
        operation: (numbers, ssc) => ssc.union([numbers.union(numbers.map((n) => n * 10)), numbers]),
        expected: [
          [1, 2, 10, 20, 1, 2],
          [3, 30, 3],
        ],
      });
    });

    it("count: one number, whatever the batch", async () => {
      await testOperation({
        master,
        input: [[], ["a"], ["a", "b", "c"]],
        inputPartitions: 3,
        operation: (words) => words.count(),
        expected: [[0], [1], [3]],
      });
      // A batch without any partition has a count, too.
      await testOperation({
        master,
        input: [[1]],
        operation: (numbers, ssc) => numbers.transform(() => ssc.sparkContext.emptyRDD<number>()).count(),
        expected: [[0]],
      });
    });

    it("reduce: one record, or none", async () => {
      await testOperation({
        master,
        input: [[1, 2, 3], [7], []],
        operation: (numbers) => numbers.reduce((a, b) => a + b),
        expected: [[6], [7], []],
      });
    });

    it("reduceByKey, groupByKey, combineByKey", async () => {
      const input = [["a", "a", "b"], ["", ""], []];
      await testOperation({
        master,
        input,
        operation: (words) => words.map((word) => [word, 1]).reduceByKey((a, b) => a + b),
        expected: [
          [
            ["a", 2],
            ["b", 1],
          ],
          [["", 2]],
          [],
        ],
        compare,
      });
      await testOperation({
        master,
        input,
        operation: (words) => words.map((word) => [word, word.length]).groupByKey(2),
        expected: [
          [
            ["a", [1, 1]],
            ["b", [1]],
          ],
          [["", [0, 0]]],
          [],
        ],
        compare,
      });
      await testOperation({
        master,
        input,
        operation: (words) =>
          words
            .map((word) => [word, 1])
            .combineByKey(
              (n) => `${n}`,
              (text, n) => `${text}+${n}`,
              (a, b) => `${a}|${b}`,
              1,
            ),
        inputPartitions: 1,
        expected: [
          [
            ["a", "1+1"],
            ["b", "1"],
          ],
          [["", "1+1"]],
          [],
        ],
        compare,
      });
      await testOperation({
        master,
        input: [["a", "a", "a", "a"]],
        operation: (words) =>
          words
            .map((word) => [word, 1])
            .combineByKey(
              (n) => `${n}`,
              (text, n) => `${text}+${n}`,
              (a, b) => `${a}|${b}`,
              1,
              { mapSideCombine: false },
            ),
        expected: [[["a", "1+1+1+1"]]],
      });
    });

    it("transform, transformWith, and transform of many", async () => {
      await testOperation({
        master,
        input: [[3, 1, 2], []],
        operation: (numbers) => numbers.transform((rdd, time) => rdd.map((n) => `${time} ${n}`)),
        expected: [["1000 ms 3", "1000 ms 1", "1000 ms 2"], []],
      });
      await testOperation({
        master,
        input: [[1, 2]],
        other: [["a"]],
        operation: (numbers, words) =>
          numbers.transformWith(words, async (left, right) => {
            const size = await right.count();
            return left.map((n) => n + size);
          }),
        expected: [[2, 3]],
      });
      await testOperation({
        master,
        input: [[1]],
        operation: (numbers, ssc) =>
          ssc.transform([numbers, numbers.map((n) => n + 4)], (rdds) => ssc.sparkContext.union(rdds)),
        expected: [[1, 5]],
      });
    });

    it("repartition", async () => {
      await testOperation({
        master,
        input: [[1, 2, 3, 4, 5, 6]],
        operation: (numbers) => numbers.repartition(3).mapPartitions((records) => [[...records].length]),
        expected: [[2, 2, 2]],
      });
    });
  });
}

describe("batches without an RDD", () => {
  const none = (error: unknown) => isMillraceError(error, "NO_RDD");

  it("are passed on by operators on each batch", async () => {
    await testOperation({
      input: [[1], null, [2]],
      operation: (numbers) => numbers.map((n) => n * 10).reduce((a, b) => a + b),
      expected: [[10], null, [20]],
    });
  });

  it("are left out by windows, which have an RDD all the same", async () => {
    await testOperation({
      input: [[1], null, [3], null, null],
      operation: (numbers) => numbers.window("2 seconds"),
      expected: [[1], [1], [3], [3], []],
    });
  });

  const needing: Record<string, (numbers: DStream<number>, ssc: StreamingContext) => DStream<unknown>> = {
    union: (numbers) => numbers.union(numbers),
    transform: (numbers) => numbers.transform((rdd) => rdd),
    count: (numbers) => numbers.count(),
    repartition: (numbers) => numbers.repartition(2),
    join: (numbers) => numbers.map((n) => [n, n]).join(numbers.map((n) => [n, n])),
  };
  for (const [name, operation] of Object.entries(needing)) {
    it(`are an error for ${name}, which the line that called it is named in`, async () => {
      await assert.rejects(testOperation({ input: [null], operation, expected: [[]] }), (error) => {
        return none(error) && isMillraceError(error) && /operators\.test\.ts/.test(error.site ?? "");
      });
    });
  }
});

describe("what operators are given", () => {
  const invalid = (error: unknown) => isMillraceError(error, "INVALID_ARGUMENT");

  it("is checked when they are called", async () => {
    const tester = new StreamTester();
    const numbers = tester.input<number>([]);
    const other = new StreamTester();
    const foreign = other.input<number>([]);
    for (const wrong of [
      () => numbers.map(undefined as never),
      () => numbers.transform(null as never),
      () => numbers.foreachRDD("print" as never),
      () => numbers.window("1500 ms"),
      () => numbers.window(0),
      () => numbers.window("2 seconds", "2.5 seconds"),
      () => numbers.window("4 seconds", "2 seconds").window("3 seconds"),
      () => numbers.union(numbers.window("2 seconds", "2 seconds")),
      () => numbers.union(foreign),
      () => numbers.union([1] as never),
      () => tester.ssc.union([numbers, null] as never),
      () => numbers.transformWith(tester.ssc.sparkContext.range(0, 1) as never, (rdd) => rdd),
      () => tester.ssc.union([]),
      () => numbers.repartition(0),
      () => numbers.repartition("3" as never),
      () => numbers.persist("MEMORY_ONLY" as never),
      () => numbers.print("all" as never),
      () => numbers.print(-1),
      () => numbers.saveAsTextFiles(undefined as never),
      () => numbers.saveAsObjectFiles(undefined as never),
    ]) {
      assert.throws(wrong, invalid, String(wrong));
    }
    for (const duration of ["soon", null, Number.NaN] as never[]) {
      for (const wrong of [
        () => numbers.window(duration),
        () => numbers.countByWindow("1 second", duration ?? "soon"),
        () => numbers.mapAsync(async (n) => n, { timeout: duration }),
        () => StateSpec.function((_key: number, _value, _state) => 0).timeout(duration),
        () => tester.ssc.remember(duration),
      ]) {
        assert.throws(
          wrong,
          (error) => isMillraceError(error, "INVALID_DURATION") && /operators\.test/.test(error.site ?? ""),
          String(wrong),
        );
      }
    }
    await Promise.all([tester.stop(), other.stop()]);
  });

  it("is checked when transform returns", async () => {
    for (const [result, code] of [
      [undefined, "NO_RDD"],
      [null, "NO_RDD"],
      [[1, 2], "INVALID_ARGUMENT"],
    ] as const) {
      await assert.rejects(
        testOperation({
          input: [[1]],
          operation: (numbers) => numbers.transform(() => result as never),
          expected: [[]],
        }),
        (error) => isMillraceError(error, code),
      );
    }
  });

  it("cannot be a closure over a stream or its context", async () => {
    const tester = new StreamTester();
    const numbers = tester.input<number>([]);
    const { ssc } = tester;
    for (const wrong of [() => numbers.map((n) => [n, numbers]), () => numbers.map((n) => [n, ssc])]) {
      assert.throws(wrong, (error) => isMillraceError(error, "CONTEXT_IN_CLOSURE"), String(wrong));
    }
    await tester.stop();
  });

  it("is a closure whose values are those of the start", async () => {
    const tester = new StreamTester({ master: "local[2]" });
    let factor = 1;
    const numbers = tester.input([[1], [1]]);
    const mapped = tester.output(numbers.map((n) => n * factor));
    const transformed = tester.output(numbers.transform((rdd) => rdd.map((n) => n * factor)));
    factor = 10;
    await tester.start();
    await tester.advance(1000);
    factor = 100;
    await tester.advance(1000);
    await tester.stop();
    assert.deepEqual(mapped.records, [[10], [10]]);
    assert.deepEqual(transformed.records, [[10], [100]]);
  });
});

describe("what a stream is", () => {
  it("has a slide duration", async () => {
    const tester = new StreamTester();
    const numbers = tester.input<number>([]);
    const window = numbers.map((n) => n).window("4 seconds", "2 seconds");
    assert.deepEqual(
      [numbers, window, window.map((n) => n)].map(({ slideDuration }) => slideDuration.milliseconds),
      [1000, 2000, 2000],
    );
    await tester.stop();
  });

  it("is kept beneath its windows, not in them", async () => {
    const tester = new StreamTester();
    const numbers = tester.input<number>([]);
    assert.equal(numbers.storageLevel, StorageLevel.NONE);
    const window = numbers.window("2 seconds");
    const outer = window.window("4 seconds");
    assert.deepEqual([window.storageLevel, numbers.storageLevel], [StorageLevel.NONE, StorageLevel.MEMORY_ONLY_SER]);
    outer.persist(StorageLevel.MEMORY_ONLY);
    assert.deepEqual(
      [outer.storageLevel, window.storageLevel, numbers.storageLevel],
      [StorageLevel.NONE, StorageLevel.NONE, StorageLevel.MEMORY_ONLY],
    );
    await tester.stop();
  });

  it("hashes keys into defaultParallelism partitions, whatever flows in, unless told", async () => {
    const tester = new StreamTester({ conf: { "spark.default.parallelism": 3 } });
    const pairs = tester.input([["a", "b"]], 7).map((word) => [word, 1]);
    const partitioners: (HashPartitioner | undefined)[] = [];
    const note = async (rdd: RDD<unknown>) => {
      partitioners.push(await rdd.partitioner());
    };
    pairs.groupByKey().foreachRDD(note);
    pairs.join(pairs).foreachRDD(note);
    pairs
      .reduceByKey((a, b) => a + b, 5)
      .mapValues((n) => n)
      .foreachRDD(note);
    pairs.cogroup(pairs, new HashPartitioner(2)).foreachRDD(note);
    await tester.start();
    await tester.advance(1000);
    await tester.stop();
    assert.deepEqual(
      partitioners.map((partitioner) => partitioner?.numPartitions),
      [3, 3, 5, 2],
    );
  });
});
