import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { functionCode } from "../../src/closure/function-code.ts";
import { Reviver } from "../../src/closure/revive.ts";
import { resultShapeOf } from "../../src/closure/revive-function.ts";
import { shipClosure } from "../../src/closure/shipped-closure.ts";
import { CallSite } from "../../src/core/call-site.ts";
import type { RecordShape } from "../../src/core/record-shape.ts";

describe("the shape of what a function returns", () => {
  const told: [text: string, shape: RecordShape][] = [
    ["(a, b) => [a[0] + b[0], a[1]]", 2],
    ["(a) => ([a])", 1],
    ["(a, b) => a ? [a, b] : b ? [b, a] : [0, 0]", 2],
    ["(a) => ({ a, count: 1, 'odd name': [...a] })", ["a", "count", "odd name"]],
    ["function (a) { const inner = () => a; function other() { return 1; } return [inner, other]; }", 2],
    ["function named(a) { if (a) return { a }; else { throw a; } }", ["a"]],
    ["(a) => { for (const b of a) { if (b) return [b]; } return [a]; }", 1],
    ["(a) => { try { return [a()]; } finally { a.close(); } return [0]; }", 1],
    ["method(a) { return { a, b: 1 }; }", ["a", "b"]],
    ["get() { return [() => { return 5; }]; }", 1],
  ];
  for (const [text, shape] of told) {
    it(`is told by ${text}`, () => assert.deepEqual(functionCode(text).returns?.shape, shape));
  }

  const untold = [
    "(a) => a",
    "(a) => { return [a], a; }",
    "(a) => []",
    "(a) => [...a]",
    "(a) => [a, , 1]",
    "(a) => a ? [a] : [a, a]",
    "(a) => a ? [a] : { a }",
    "(a) => a ? [a] : a",
    "(a) => a && [a]",
    "(a) => { if (a) return [a]; }",
    "(a) => { if (a) return; return [a]; }",
    "(a) => { while (a) return [a]; }",
    "(a) => { const r = [a]; r.more = 1; return r; }",
    "async (a) => [a]",
    "async function (a) { return [a]; }",
    "function* (a) { return [a]; }",
    "(a) => [a, 2, 3, 4, 5, 6, 7, 8, 9]",
    "(a) => ({})",
    "(a) => ({ ...a })",
    "(a) => ({ [a]: 1 })",
    "(a) => ({ get a() { return 1; } })",
    "(a) => ({ a, a: 2 })",
    "(a) => ({ b: a, 1: a })",
    "(a) => ({ b: a, '1': a })",
    "(a) => ({ __proto__: a })",
    "(a) => ({ then: a })",
    "class { constructor() { return [1]; } }",
  ];
  for (const text of untold) {
    it(`is not told by ${text}`, () => assert.equal(functionCode(text).returns, undefined));
  }

  it("is told of the literals inside, where all returns have them", () => {
    const fields = (text: string) => functionCode(text).returns?.fields;
    const a = { shape: ["a"], fields: [undefined] };
    assert.deepEqual(fields("(a) => [a.key, { a }]"), [undefined, a]);
    assert.deepEqual(fields("(a) => ({ a: [a, { a }], b: a ? { a } : { a: 1 }, c() {} })"), [
      { shape: 2, fields: [undefined, a] },
      a,
      undefined,
    ]);
    assert.deepEqual(fields("(a) => { if (a) return [a, { a }]; return [a, null]; }"), [undefined, undefined]);
    assert.deepEqual(fields("(a) => [[[[a]]]]"), [{ shape: 1, fields: [{ shape: 1, fields: [undefined] }] }]);
  });

  it("travels with the function", async () => {
    const revived = async (f: (...args: never[]) => unknown) => {
      const { bytes } = shipClosure(f, new CallSite("map", "/app/program.ts:1:2"));
      return resultShapeOf((await new Reviver().prepare(bytes)).instantiate());
    };
    assert.equal(await revived((a: number): [number, number] => [a, a]), 2);
    assert.deepEqual(await revived((a: number) => ({ a })), ["a"]);
    assert.equal(await revived((a: number[]) => a), undefined);
  });
});
