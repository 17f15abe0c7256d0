import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SparkContext } from "millrace";
import { compile } from "./expressions.ts";
import { NotYet } from "./not-yet.ts";

function value(text: string, ...args: readonly unknown[]): unknown {
  return compile(text).call(...args);
}

describe("expressions", () => {
  const rows: readonly [text: string, args: readonly unknown[], result: unknown][] = [
    ["x -> x+4", [1], 5],
    ["v => v+10", [1], 11],
    ["x > 2", [3], true],
    ["x%2==0", [3], false],
    ["x -> 1..x", [3], [1, 2, 3]],
    ["x -> 1 to x", [3], [1, 2, 3]],
    ["x -> 1 until x", [3], [1, 2]],
    ["x -> [x,x]", [1], [1, 1]],
    ["x -> (x%10,1)", [12], [2, 1]],
    ["x -> Seq(x, x * 2)", [3], [3, 6]],
    ["[k,v] -> v != 0", [["a", 0]], false],
    ["(k,v) -> k+v", [["a", "b"]], "ab"],
    ["(k,v) -> k+v", ["a", "b"], "ab"],
    ["[k,[a,b]] -> a*b", [["k", [2, 3]]], 6],
    ["y-x", [10, 3], -7],
    ["x-y", [10, 3], 7],
    ["_ + _", [10, 3], 13],
    ["_.toString", [1], "1"],
    ["x -> x._2", [["a", 7]], 7],
    ["x -> x[0]", [["a", 7]], "a"],
    ["x -> -x * 2 + 1", [3], -5],
    ["(1 + x) * 2", [3], 8],
    ["x > 1 and not (x == 3)", [2], true],
    ["x > 1 && x != 3 || x == 0", [3], false],
    ["state or 0", [null], 0],
    ["x -> if x > 1 then 'big' else 'small'", [1], "small"],
    ["if x>=3: toString(x)", [3], "3"],
    ["x > 1 ? 'big' : 'small'", [2], "big"],
    ["xs -> xs.map(x -> x*2).sum", [[1, 2, 3]], 12],
    ["x max y", [3, 4], 4],
    ["x -> x.split('|')[1]", ["a|b"], "b"],
    ["field 2 of split on |", ["5|50|A"], "A"],
    ["age number", ["Bob|Smith|50"], 50],
    ["if values non-empty: t else 0", [[1], 5], 5],
  ];
  for (const [text, args, result] of rows) {
    it(`reads ${text}`, () => {
      const parameters = text.startsWith("if values") ? ["values", "t"] : undefined;
      assert.deepEqual(compile(text, {}, parameters).call(...args), result);
    });
  }

  it("knows the names that every table uses", () => {
    assert.equal(value("add", 1, 2), 3);
    assert.equal(value("subtract", 3, 2), 1);
    assert.deepEqual(value("pairWithOne", "a"), ["a", 1]);
    assert.deepEqual(value("pairWith('x')", "a"), ["a", "x"]);
    assert.equal(value("isEven", 3), false);
    assert.equal(value("toString", 3), "3");
    assert.equal(value("valueNotZero", ["a", 0]), false);
    assert.deepEqual(value("sumOfPartition", new Set([1, 2, 3])), [6]);
  });

  it("takes further names from the vocabulary of the table", () => {
    const vocabulary = { triple: "x -> x*3", thrice: "triple" };
    assert.equal(compile("thrice", vocabulary).call(2), 6);
  });

  it("says how many parameters a function has", () => {
    assert.equal(compile("add").parameters, 2);
    assert.equal(compile("x -> x").parameters, 1);
    assert.equal(compile("toString").parameters, 1);
  });

  it("does not guess what it cannot read", () => {
    for (const text of ["x ->", "x +", "one # two", "the sum of all", "(x", "x y"]) {
      assert.throws(() => compile(text), NotYet, text);
    }
    assert.throws(() => value("x -> y", 1), /what y is/);
  });

  it("makes functions that travel to executor threads", async () => {
    const sc = new SparkContext({ master: "local[2]" });
    try {
      const f = compile("x -> [x, x*2]").call as (x: number) => number[];
      assert.deepEqual(await sc.parallelize([1, 2], 2).flatMap(f).collect(), [1, 2, 2, 4]);
    } finally {
      await sc.stop();
    }
  });
});
