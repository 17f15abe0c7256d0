import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseSource, type SourceFile, sourceFiles } from "./sources.ts";

/** What an input of millrace may import: what programs can have, too, the sources that it makes, and what is no part of the engine. */
const MAY_IMPORT = [
  /^src\/streaming\/(input-dstream|receiver-input-dstream)\.ts$/,
  /^src\/streaming\/receiver\/[a-z-]*receiver\.ts$/,
  /^src\/streaming\/file\//,
  /^src\/rdd\/(rdd|source|storage-level)\.ts$/,
  /^src\/rdd\/sources\//,
  /^src\/(core|filesystem|platform)\//,
  /^src\/errors\.ts$/,
  /^src\/streaming\/rate\/rate-controller\.ts$/,
  /^src\/testing\//,
  // Where in the program an error belongs.
  /^src\/streaming\/dstream\/stream-node\.ts$/,
];

const sources = sourceFiles("src/**/*.ts");
const inputs = [
  ...sourceFiles("src/streaming/dstream/*-input.ts"),
  ...sourceFiles("src/streaming/receiver-input-dstream.ts", "src/testing/test-input.ts"),
];

/** The members that are marked `@internal` in what a program's input can reach. */
const INTERNAL: ReadonlySet<string> = new Set(
  sources
    .filter(({ path }) => /^src\/(spark-context|rdd\/rdd-inputs|streaming\/input-dstream)\.ts$/.test(path))
    .flatMap(({ text }) => [...text.matchAll(/@internal[^*]*\*\/\n\s+(?:abstract |readonly |get |async )*(\w+)[<(:]/g)])
    .map(([, name]) => name!),
);

/** Such a member of a context, by itself or where that is taken apart. */
function usesOf(name: string): RegExp {
  return new RegExp(`parkContext\\.${name}\\b|\\{[^}]*\\b${name}\\b[^}]*\\} = [\\w.#]*parkContext`);
}

function privateDoors({ path, text, imports }: SourceFile): string[] {
  const reaching = imports
    .filter(({ file }) => file !== undefined && !MAY_IMPORT.some((pattern) => pattern.test(file)))
    .map(({ file, line }) => `${path}:${line}: imports ${file}`);
  const using = [...INTERNAL].filter((name) => usesOf(name).test(text)).map((name) => `${path}: uses .${name}`);
  return [...reaching, ...using];
}

suite("the inputs of millrace", () => {
  test("use what the inputs of programs can use, and nothing else", () => {
    assert.ok(inputs.length >= 5);
    assert.deepEqual(inputs.flatMap(privateDoors), []);
  });

  test("would be seen to reach for more", () => {
    assert.ok(
      ["engine", "clock", "captureClosure", "inBatch"].every((name) => INTERNAL.has(name)),
      [...INTERNAL].join(" "),
    );
    const reaching = parseSource(
      "src/streaming/dstream/x-input.ts",
      'import { ReceiverTracker } from "../receiver/receiver-tracker.ts";\nconst { conf, engine } = context.sparkContext;\n',
    );
    assert.deepEqual(privateDoors(reaching), [
      "src/streaming/dstream/x-input.ts:1: imports src/streaming/receiver/receiver-tracker.ts",
      "src/streaming/dstream/x-input.ts: uses .engine",
    ]);
  });
});
