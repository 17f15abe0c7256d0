import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MillraceError } from "millrace";
import { type CompareOptions, matches } from "./compare.ts";
import { isExpected, mustFail } from "./expected-errors.ts";
import { input } from "./inputs.ts";
import { NotYet } from "./not-yet.ts";
import { chain, preparation } from "./steps.ts";

describe("comparison", () => {
  const rows: readonly [expected: unknown, actual: unknown, mode: CompareOptions["mode"], same: boolean][] = [
    [[1, 2], [1, 2], "ordered", true],
    [[1, 2], [2, 1], "ordered", false],
    [[1, 2, 2], [2, 1, 2], "multiset", true],
    [[1, 2, 2], [2, 1, 1], "multiset", false],
    [[1, 2], [2, 1, 1], "set", true],
    [[1, 2], [2], "set", false],
    [[["a", 1]], new Map([["a", 1]]), "multiset", true],
    [["NaN", "Infinity"], [Number.NaN, Number.POSITIVE_INFINITY], "ordered", true],
    [[1, null], [1, undefined], "ordered", true],
    [0, -0, "ordered", true],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, "ordered", true],
    [1.1, 1.1 + 1e-12, "approx", true],
    [1.1, 1.2, "approx", false],
    [{ mean: 1, buckets: null }, { mean: 1.0000000001, buckets: [1] }, "approx", true],
    [[1, 2], [1], "approx", false],
    [["1"], [1], "ordered", false],
    [[[1], []], undefined, "multiset", false],
  ];
  for (const [expected, actual, mode, same] of rows) {
    it(`${mode}: ${JSON.stringify(expected)} ${same ? "is" : "is not"} ${String(JSON.stringify(actual))}`, () => {
      assert.equal(matches(expected, actual, { mode }), same);
    });
  }

  it("gives the values of one key no order where they have none", () => {
    assert.ok(matches([["a", [1, 2]]], [["a", [2, 1]]], { mode: "multiset", grouped: "values" }));
    assert.ok(!matches([["a", [1, 2]]], [["a", [2, 1]]], { mode: "multiset" }));
    const parts = [["a", [[2, 1], ["x"]]]];
    assert.ok(matches([["a", [[1, 2], ["x"]]]], parts, { mode: "multiset", grouped: "parts" }));
    assert.ok(!matches([["a", [["x"], [1, 2]]]], parts, { mode: "multiset", grouped: "parts" }));
  });
});

describe("expected errors", () => {
  const empty = new MillraceError("EMPTY_COLLECTION", "reduce of an empty collection");
  const invalid = new MillraceError("INVALID_ARGUMENT", "no");

  it("are told by their kind", () => {
    assert.ok(isExpected("UnsupportedOperationException (empty collection)", empty));
    assert.ok(!isExpected("UnsupportedOperationException (empty collection)", invalid));
    assert.ok(isExpected("UnsupportedOperationException (message mentions empty)", empty));
    assert.ok(!isExpected("UnsupportedOperationException (message mentions empty)", invalid));
    assert.ok(isExpected("IllegalArgumentException (different partition counts)", invalid));
    assert.ok(!isExpected("IllegalArgumentException", empty));
    assert.ok(isExpected("SparkException: has not been initialized", empty));
    assert.ok(isExpected("any", new Error("x")));
  });

  it("may be the cause of another", () => {
    const outer = new MillraceError("CALLBACK_FAILED", "the function failed", { cause: invalid });
    assert.ok(isExpected("IllegalArgumentException", outer));
  });

  it("are never defects", () => {
    assert.ok(!isExpected("SparkException", new TypeError("x is not a function")));
    assert.ok(!isExpected("SparkException", new MillraceError("INTERNAL", "a defect")));
  });

  it("must come", async () => {
    await assert.rejects(
      mustFail("any", async () => 1),
      /not as expected/,
    );
    await mustFail("any", () => Promise.reject(empty));
    await assert.rejects(
      mustFail("any", () => Promise.reject(new NotYet("x"))),
      NotYet,
    );
  });
});

describe("inputs", () => {
  it("may be written as text", () => {
    assert.deepEqual(input("range 1..4").records, [1, 2, 3, 4]);
    assert.deepEqual(input("range -2..1").records, [-2, -1, 0, 1]);
    assert.deepEqual(input("0 until 3").records, [0, 1, 2]);
    assert.deepEqual(input("range 0..9 step 3").records, [0, 3, 6, 9]);
    assert.deepEqual(input("range 1..4 in 1 partition").partitions, 1);
    assert.deepEqual(input("pairs (x,x) for x in 1..2").records, [
      [1, 1],
      [2, 2],
    ]);
    assert.deepEqual(input("empty pair RDD").records, []);
    assert.deepEqual(input("2 copies of 1 then 1 copies of 'b'").records, [1, 1, "b"]);
    const shuffled = input("shuffled pairs (x,x) for x in 1..100").records as [number, number][];
    assert.notDeepEqual(shuffled[0], [1, 1]);
    assert.equal(new Set(shuffled.map(([key]) => key)).size, 100);
  });

  it("name what JSON has no number for", () => {
    assert.deepEqual(input([1, "NaN", "-Infinity"]).records, [1, Number.NaN, Number.NEGATIVE_INFINITY]);
    assert.deepEqual(input(["NaN", "b"]).records, ["NaN", "b"]);
  });

  it("are not guessed", () => {
    assert.throws(() => input("all the words"), NotYet);
  });
});

describe("chains", () => {
  it("are cut at their dots", () => {
    assert.deepEqual(chain("map(x -> (x._1, 1..4)).reduceByKey(add, 3).numPartitions"), [
      { name: "map", args: ["x -> (x._1, 1..4)"] },
      { name: "reduceByKey", args: ["add", "3"] },
      { name: "numPartitions", args: undefined },
    ]);
    assert.deepEqual(chain("groupByKey()"), [{ name: "groupByKey", args: [] }]);
    assert.deepEqual(chain("map(x -> 'a.b,c)')"), [{ name: "map", args: ["x -> 'a.b,c)'"] }]);
  });

  it("and at commas, where they prepare an input", () => {
    assert.deepEqual(preparation("pairWithOne, reduceByKey(add)"), [
      { name: "pairWithOne", args: undefined },
      { name: "reduceByKey", args: ["add"] },
    ]);
  });
});
