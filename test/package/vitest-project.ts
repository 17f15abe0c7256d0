/** A user's vitest suite. As text: the types of vitest are not among those of the checkout. */
export const VITEST_CONFIG = `
  export default { test: { include: ["vitest/*.test.ts"], testTimeout: 60_000 } };
`;

/** vitest rewrites imports, and names of imported things, in the text of the functions that millrace ships. */
export const VITEST_TEST = `
import { basename } from "node:path";
import { SparkContext } from "millrace";
import { testOperation } from "millrace/testing";
import { expect, test } from "vitest";
import * as helpers from "./words.ts";
import { Scale, words } from "./words.ts";

const ten = 10;

class Tag {
  readonly #name: string;
  constructor(name: string) { this.#name = name; }
  of(word: string): string { return this.#name + word; }
}

test("closures over what a test file has", async () => {
  const sc = new SparkContext({ master: "local[2]" });
  const scale = new Scale(ten);
  const lengths = await sc
    .parallelize(["to be", "or not"])
    .flatMap(words)
    .map((word) => helpers.words(word).length * scale.of(word.length) + basename("/a/bc").length)
    .collect();
  expect(lengths).toEqual([22, 22, 22, 32]);
  const seen = await sc.parallelize(["a"]).map((word) => new Tag("#").of(word)).collect();
  expect(seen).toEqual(["#a"]);
  await sc.stop();
});

test("a function that throws", async () => {
  const sc = new SparkContext({ master: "local[2]" });
  const failing = sc.parallelize([ten]).map((n) => { throw new Error("not " + n); });
  await expect(failing.count()).rejects.toThrow(/not 10[^]*words\\.test\\.ts/);
  await sc.stop();
});

test("a stream", async () => {
  await testOperation({
    input: [["a", "b"], ["c"]],
    operation: (letters) => letters.map((letter) => letter + ten),
    expected: [["a10", "b10"], ["c10"]],
    compare: "multiset",
    master: "local[2]",
  });
});
`;

/** The table of what closures capture, in a suite of the user's, against what is installed. */
export const CAPTURE_TEST = `
import { afterAll, expect, test } from "vitest";
import { refused, runs } from "../capture/cases.ts";
import { CallSite, checkClosure, ExecutorThread, shipClosure } from "captures";

const site = new CallSite("map", "/app/program.ts:1:2");
const executor = new ExecutorThread();
afterAll(() => executor.stop());

for (const { name, fn, args, expected } of runs) {
  test(name, async () => {
    checkClosure(fn, site);
    const { bytes } = shipClosure(fn, site);
    const here = expected ?? (await fn(...structuredClone(args)));
    expect(await executor.ask("call", [bytes], ...args)).toEqual(here);
  });
}

for (const { name, fn, code } of refused) {
  test(name, () => expect(() => shipClosure(fn, site)).toThrow(expect.objectContaining({ code })));
}
`;

/** What the table needs of millrace, as a package: vitest leaves packages as they are. */
export const CAPTURES_PACKAGE: Readonly<Record<string, string>> = {
  "package.json": '{ "name": "captures", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  "index.js": `
    export { CallSite } from "../millrace/dist/core/call-site.js";
    export { checkClosure, shipClosure } from "../millrace/dist/closure/shipped-closure.js";
    export { ExecutorThread } from "./executor-thread.js";`,
};
