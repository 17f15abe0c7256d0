import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HashPartitioner, isMillraceError, type State, StateSpec, type Time } from "millrace";
import { StreamTester, testOperation } from "millrace/testing";

const WORDS = [["a"], ["a", "b"], [], ["b"]];

describe("updateStateByKey", () => {
  it("begins with an initial RDD, all of whose keys are called in the first batch", async () => {
    const tester = new StreamTester();
    const { sparkContext } = tester.ssc;
    const initial = sparkContext.parallelize(
      [
        ["a", 10],
        ["c", 1],
        ["a", 20],
        ["c", 2],
      ],
      3,
    );
    const counts = tester.output(
      tester
        .input(WORDS)
        .map((word) => [word, 1])
        .updateStateByKey((ones, count: number = 0) => count + ones.length, 2, initial),
    );
    await tester.start();
    await tester.advance("2 seconds");
    assert.deepEqual(counts.records.map(byKey), [
      [
        ["a", 11],
        ["c", 1],
      ],
      [
        ["a", 12],
        ["b", 1],
        ["c", 1],
      ],
    ]);
    await tester.stop();
  });

  it("gets the time and the key where its function has four parameters", () =>
    testOperation({
      input: WORDS,
      operation: (words) =>
        words
          .map((word) => [word, 1])
          .updateStateByKey(
            (time: Time, key: string, ones: number[], seen: string | undefined) =>
              ones.length === 0 ? seen : `${key}@${time.milliseconds}`,
            new HashPartitioner(2),
            true,
          ),
      expected: [
        [["a", "a@1000"]],
        [
          ["a", "a@2000"],
          ["b", "b@2000"],
        ],
        [
          ["a", "a@2000"],
          ["b", "b@2000"],
        ],
        [
          ["a", "a@2000"],
          ["b", "b@4000"],
        ],
      ],
      compare: "multiset",
    }));

  it("counts parameters with a default as declared: the state may have one, whichever form it is", async () => {
    const tester = new StreamTester();
    const ones = tester.input([["a"], ["a"]]).map((word) => [word, 1] as [string, number]);
    const update = (time: Time, key: string, values: number[], seen: string = "") =>
      `${seen}${key}@${time.milliseconds}x${values.length} `;
    const seen = tester.output(ones.updateStateByKey(update));
    const remembered = tester.output(ones.updateStateByKey(update, 2, false));
    await tester.start();
    await tester.advance("2 seconds");
    const expected = [[["a", "a@1000x1 "]], [["a", "a@1000x1 a@2000x1 "]]];
    assert.deepEqual([seen.records, remembered.records], [expected, expected]);
    await tester.stop();
  });

  it("gives a function of a partition all its keys, and forgets those that it leaves out", () =>
    testOperation({
      input: [["a", "b", "a"], ["b"], ["a"], []],
      operation: (words) =>
        words
          .map((word) => [word, 1])
          .updateStateByKey<string, number, number>(
            function* (keys) {
              // The generator takes them one by one; a key without values goes.
              for (const [key, ones, count = 0] of keys) if (ones.length > 0) yield [key, count + ones.length];
            },
            3,
            false,
          ),
      expected: [
        [
          ["a", 2],
          ["b", 1],
        ],
        [["b", 2]],
        [["a", 1]],
        [],
      ],
      compare: "multiset",
    }));

  it("takes keys of other partitions to where they belong, unless the partitioner is to be remembered", () =>
    testOperation({
      master: "local[2]",
      input: [["a"], ["aa", "b"], []],
      operation: (words) =>
        words
          .map((word) => [word, 1])
          .updateStateByKey<string, number, number>(
            function* (keys) {
              // Of the pairs with one key that a partition returns, the first is its state.
              for (const [key, ones, count = 0] of keys)
                yield* [
                  [`a${key}`, count + ones.length],
                  [`a${key}`, -1],
                ] as const;
            },
            7,
            false,
          )
          .filter(([, count]) => count >= 0),
      expected: [
        [["aa", 1]],
        [
          ["aaa", 2],
          ["ab", 1],
        ],
        [
          ["aaaa", 2],
          ["aab", 1],
        ],
      ],
      compare: "multiset",
    }));

  it("refuses a key of another partition where the partitioner is remembered", async () => {
    const tester = new StreamTester();
    const moved = tester
      .input([["a", "b", "c"]])
      .map((word) => [word, 1])
      .updateStateByKey<string, number, number>(
        (keys) => Array.from(keys, ([key]): [string, number] => [`${key}${key}`, 1]),
        7,
        true,
      );
    tester.output(moved);
    await tester.start();
    await tester.advance("1 second");
    assert.ok(isMillraceError(tester.failure, "STATE_MISUSED"));
    await tester.stop();
  });

  it("has no RDD before its parent has had one, and goes on without one", () =>
    testOperation({
      input: [null, ["a"], null, ["a"]],
      operation: (words) =>
        words.map((word) => [word, 1]).updateStateByKey((ones, count: number = 0) => count + ones.length),
      expected: [null, [["a", 1]], [["a", 1]], [["a", 2]]],
    }));

  it("keeps its partitioner, so that a join by it moves nothing, unless it is told not to", async () => {
    const tester = new StreamTester();
    const ones = tester.input([["a", "b"]]).map((word) => [word, 1] as [string, number]);
    const partitioners: unknown[] = [];
    const update = (_time: Time, _key: string, values: number[], n: number | undefined) => (n ?? 0) + values.length;
    for (const remember of [true, false]) {
      ones.updateStateByKey(update, 5, remember).foreachRDD(async (rdd) => {
        await rdd.count();
        partitioners.push((await rdd.partitioner())?.numPartitions);
      });
    }
    await tester.start();
    await tester.advance("1 second");
    assert.deepEqual(partitioners, [5, undefined]);
    await tester.stop();
  });

  it("keeps structures and instances as keys and states", () =>
    testOperation({
      master: "local[2]",
      input: [[1, 2, 3], [3, 4], []],
      operation: (numbers) =>
        numbers
          .map((n) => [["odd or even", n % 2] as [string, number], n] as [[string, number], number])
          .updateStateByKey((values: number[], stats: Stats = new Stats([])) => stats.with(values), 3)
          .mapValues((stats) => stats.mean),
      expected: [
        [
          [["odd or even", 1], 2],
          [["odd or even", 0], 2],
        ],
        [
          [["odd or even", 1], 7 / 3],
          [["odd or even", 0], 3],
        ],
        [
          [["odd or even", 1], 7 / 3],
          [["odd or even", 0], 3],
        ],
      ],
      compare: "multiset",
    }));

  it("keeps bytes as keys and states when the batch that brought them is forgotten", async () => {
    const tester = new StreamTester({ master: "local[2]" });
    const keys = Array.from({ length: 20 }, (_, i) => new Uint8Array([i, 1, 2]));
    const pairs = tester.input([keys.map((key) => [key, key])]);
    const latest = pairs.updateStateByKey(
      (values: Uint8Array[], state: Uint8Array | undefined) => values.at(-1) ?? state,
    );
    const first = StateSpec.function((_key: Uint8Array, value: Uint8Array | undefined, state: State<Uint8Array>) => {
      state.update(value!);
      return 1;
    });
    const outputs = [latest, pairs.mapWithState(first).stateSnapshots()].map((stream) => tester.output(stream));
    await tester.start();
    await tester.advance("4 seconds");
    await tester.stop();

    const expected = keys.map((key) => `${key} ${key}`).sort();
    for (const { records } of outputs) {
      assert.equal(records.length, 4);
      for (const batch of records) assert.deepEqual(batch.map(([key, value]) => `${key} ${value}`).sort(), expected);
    }
  });
});

class Stats {
  readonly values: readonly number[];

  constructor(values: readonly number[]) {
    this.values = values;
  }

  with(more: readonly number[]): Stats {
    return new Stats([...this.values, ...more]);
  }

  get mean(): number {
    return this.values.reduce((a, b) => a + b, 0) / this.values.length;
  }
}

describe("mapWithState", () => {
  it("has its state placed by a partitioner of the program's", async () => {
    const tester = new StreamTester({ master: "local[2]" });
    const byLength = { numPartitions: 3, getPartition: (key: unknown) => (key as string).length % 3 };
    const total = StateSpec.function((word: string, n: number | undefined, state: State<number>): [string, number] => {
      state.update((state.getOption() ?? 0) + n!);
      return [word, state.get()];
    });
    const stream = tester
      .input([
        ["a", "bb", "cc"],
        ["ccc", "bb"],
      ])
      .map((word) => [word, 1])
      .mapWithState(total.partitioner(byLength));
    const parts = tester.output(stream.glom());
    await tester.start();
    await tester.advance("2 seconds");
    assert.deepEqual(parts.records, [
      [
        [],
        [["a", 1]],
        [
          ["bb", 1],
          ["cc", 1],
        ],
      ],
      [[["ccc", 1]], [], [["bb", 2]]],
    ]);
    await tester.stop();
  });

  it("sees what earlier records of the batch have done, in their order", () =>
    testOperation({
      input: [
        [
          ["k", "put"],
          ["k", "drop"],
          ["k", "put"],
          ["k", "put"],
        ],
      ],
      inputPartitions: 2,
      operation: (pairs) =>
        pairs.mapWithState(
          StateSpec.function((_key, what, state: State<number>) => {
            const before = state.getOption() ?? -1;
            if (what === "drop") state.remove();
            else state.update(before + 1);
            return before;
          }),
        ),
      expected: [[-1, 0, -1, 0]],
    }));

  it("emits what a function of three parameters returns, undefined too, and nothing where it has four", async () => {
    const tester = new StreamTester();
    const pairs = tester.input([["a", "b"]]).map((word) => [word, 1] as [string, number]);
    const three = tester.output(pairs.mapWithState(StateSpec.function((_key, _value, _state: State<number>) => {})));
    const four = tester.output(
      pairs.mapWithState(
        StateSpec.function((_time: Time, key: string, _value: number | undefined, _state: State<number>) =>
          key === "a" ? key : undefined,
        ),
      ),
    );
    await tester.start();
    await tester.advance("1 second");
    assert.deepEqual([three.records, four.records], [[[undefined, undefined]], [["a"]]]);
    await tester.stop();
  });

  it("counts parameters with a default as declared", async () => {
    const tester = new StreamTester();
    const pairs = tester.input([["a"]]).map((word) => [word, 1] as [string, number]);
    const three = StateSpec.function((word: string, one: number = 0, state: State<number>) => {
      state.update(one);
      return `${word} ${one}`;
    });
    const four = StateSpec.function((time: Time, word: string, one: number = 0, state: State<number>) => {
      state.update(one);
      return `${word} ${one} ${time.milliseconds}`;
    });
    const records = [tester.output(pairs.mapWithState(three)), tester.output(pairs.mapWithState(four))];
    await tester.start();
    await tester.advance("1 second");
    assert.deepEqual(
      records.map(({ records }) => records),
      [[["a 1"]], [["a 1 1000"]]],
    );
    await tester.stop();
  });

  it("refuses a function that does not say whether it gets the time", async () => {
    const tester = new StreamTester();
    const pairs = tester.input([["a"]]).map((word) => [word, 1] as [string, number]);
    const invalid = { code: "INVALID_ARGUMENT" };
    assert.throws(() => StateSpec.function((..._args: readonly unknown[]) => 1), invalid);
    assert.throws(() => pairs.updateStateByKey((..._args: readonly unknown[]) => 1), invalid);
    const four = (_time: Time, _word: string, _one: unknown, _state: State<number>, ..._rest: unknown[]) => 1;
    assert.ok(StateSpec.function(four).withTime);
    await tester.stop();
  });

  it("begins with what an RDD has, of which the last counts, and whose time is that of the first batch", async () => {
    const tester = new StreamTester();
    const spec = StateSpec.function((_: Time, key: string, _value: number | undefined, state: State<number>) =>
      state.isTimingOut() ? `${key} ${state.get()}` : undefined,
    )
      .initialState(
        tester.ssc.sparkContext.parallelize(
          [
            ["a", 1],
            ["a", 2],
            ["b", 3],
          ],
          1,
        ),
      )
      .timeout("1500 ms");
    const mapped = tester.input<[string, number]>([[], [["b", 0]]]).mapWithState(spec);
    const out = tester.output(mapped);
    const snapshots = tester.output(mapped.stateSnapshots());
    await tester.start();
    await tester.advance("4 seconds");
    assert.deepEqual(out.records, [[], [], ["a 2"], ["b 3"]]);
    assert.deepEqual(snapshots.records.map(byKey), [
      [
        ["a", 2],
        ["b", 3],
      ],
      [
        ["a", 2],
        ["b", 3],
      ],
      [["b", 3]],
      [],
    ]);
    await tester.stop();
  });

  it("times keys out in every tenth batch where that is wanted, as Spark does", async () => {
    const tester = new StreamTester({ conf: { "millrace.state.asSpark": true } });
    const spec = StateSpec.function((_: Time, key: string, _value: number | undefined, state: State<number>) => {
      if (state.isTimingOut()) return key;
      state.update(1);
      return undefined;
    }).timeout("1 second");
    const gone = tester.output(
      tester
        .input([["a"], ["b"], ["c"]])
        .map((word) => [word, 1])
        .mapWithState(spec),
    );
    await tester.start();
    await tester.advance("20 seconds");
    const when = gone.records.flatMap((keys, i) => keys.map((key) => [key, gone.times[i]]));
    assert.deepEqual(when.sort(), [
      ["a", 10000],
      ["b", 10000],
      ["c", 10000],
    ]);
    await tester.stop();
  });

  const misuses: readonly [string, (state: State<number>) => unknown][] = [
    ["get of none", (state) => state.get()],
    ["update after remove", (state) => [state.remove(), state.update(1)]],
    ["remove after remove", (state) => [state.remove(), state.remove()]],
    ["update to undefined", (state) => state.update(undefined as unknown as number)],
    ["update while timing out", (state) => (state.isTimingOut() ? state.update(2) : state.update(1))],
    ["remove while timing out", (state) => (state.isTimingOut() ? state.remove() : state.update(1))],
  ];
  for (const [what, misuse] of misuses) {
    it(`refuses ${what}`, async () => {
      const tester = new StreamTester();
      const spec = StateSpec.function((_key: string, _one: number | undefined, state: State<number>) => {
        misuse(state);
        return 1;
      }).timeout("1 second");
      tester.output(
        tester
          .input([["a"]])
          .map((word) => [word, 1])
          .mapWithState(spec),
      );
      await tester.start();
      await tester.advance("3 seconds");
      assert.ok(isMillraceError(tester.failure, "STATE_MISUSED"), String(tester.failure));
      assert.equal(tester.failure.operator, "mapWithState");
      assert.match(tester.failure.site!, /forms\.test\.ts/);
      await tester.stop();
    });
  }

  it("refuses what is no specification, initial state or timeout", async () => {
    const tester = new StreamTester();
    const pairs = tester.input([["a"]]).map((word) => [word, 1] as [string, number]);
    const invalid = { code: "INVALID_ARGUMENT" };
    const spec = StateSpec.function((_key: string, _one: number | undefined, _state: State<number>) => 1);
    assert.throws(() => pairs.mapWithState({} as typeof spec), invalid);
    assert.throws(() => StateSpec.function(5 as never), invalid);
    assert.throws(() => spec.initialState([["a", 1]] as never), invalid);
    assert.throws(() => spec.timeout(0), invalid);
    assert.throws(() => spec.numPartitions(0), invalid);
    assert.throws(() => pairs.updateStateByKey(() => 1, 2, [["a", 1]] as never), invalid);
    assert.throws(() => pairs.mapWithState(spec).named(""), invalid);
    pairs.mapWithState(spec).named("twice");
    assert.throws(() => pairs.mapWithState(spec).named("twice"), invalid);
    await tester.stop();
  });
});

function byKey<V>(pairs: readonly (readonly [string, V])[]): (readonly [string, V])[] {
  return pairs.toSorted(([a], [b]) => (a < b ? -1 : 1));
}
