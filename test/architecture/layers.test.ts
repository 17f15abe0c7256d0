import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { suite, test } from "node:test";
import { importCycles, layerViolations } from "./layers.ts";
import { parseSource, ROOT, sourceFiles } from "./sources.ts";

const sources = sourceFiles("src/**/*.ts");

/** Fails with one line for each finding. */
function none(findings: readonly string[], rule: string): void {
  assert.ok(findings.length === 0, `${rule}\n${findings.map((finding) => `  ${finding}`).join("\n")}`);
}

suite("imports", () => {
  test("point downward only; types count", () => {
    none(layerViolations(sources), "An import may only point to the same layer or a lower one (ARCHITECTURE.md):");
  });

  test("of values make no cycle", () => {
    none(
      importCycles(sources).map((cycle) => cycle.join(" -> ")),
      "Files that import each other's values depend on the order in which they load:",
    );
  });

  test("of packages are declared as dependencies", () => {
    // A peer that nobody must install is loaded when it is asked for, or else all would have to install it.
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const undeclared = sources.flatMap(({ path, imports }) =>
      imports
        .filter(({ file, specifier, typeOnly }) => file === undefined && !typeOnly && !isBuiltin(specifier))
        .filter(({ specifier, later }) => {
          const name = packageOf(specifier);
          return !(name in dependencies) && !(later && name in peerDependencies);
        })
        .map(({ specifier, line }) => `${path}:${line}: ${specifier} is not among the dependencies in package.json`),
    );
    none(undeclared, "What src/ imports is there for those who install millrace:");
  });

  test("of the demo and the benchmark go through the public surface", () => {
    const reaching = sourceFiles("demo/**/*.ts", "bench/*.ts").flatMap(({ path, imports }) =>
      imports
        .filter(({ file, specifier }) => file?.startsWith("src/") || specifier.startsWith("millrace/src"))
        .map(({ specifier, line }) => `${path}:${line}: imports ${specifier}; use "millrace" or "millrace/testing"`),
    );
    none(reaching, "The demo and the benchmark are programs like any user's:");
  });
});

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

suite("the rules see what they are for", () => {
  const errors = parseSource("src/errors.ts", "export const a = 1;\n");

  test("an import from a layer above, of values and of types", () => {
    const rdd = parseSource("src/rdd/rdd.ts", "export class RDD {}\n");
    const upward = parseSource(
      "src/core/key.ts",
      'import { RDD } from "../rdd/rdd.ts";\nimport type { RDD as T } from "../rdd/rdd.ts";\n',
    );
    assert.deepEqual(layerViolations([rdd, upward]), [
      "src/core/key.ts:1: imports src/rdd/rdd.ts from a layer above (L0 -> L2)",
      "src/core/key.ts:2: imports the type of src/rdd/rdd.ts from a layer above (L0 -> L2)",
    ]);
  });

  test("an import within a type, a dynamic one and one over several lines", () => {
    const text = [
      "import {",
      "  type A,",
      '} from "../streaming/a.ts";',
      'type B = import("../streaming/b.ts").B;',
      'const c = import("../streaming/c.ts");',
    ].join("\n");
    assert.deepEqual(
      parseSource("src/rdd/x.ts", text).imports.map(({ file, typeOnly, line }) => [file, typeOnly, line]),
      [
        ["src/streaming/a.ts", true, 1],
        ["src/streaming/b.ts", true, 4],
        ["src/streaming/c.ts", false, 5],
      ],
    );
  });

  test("a file of no layer, a missing file and a rule within the layers", () => {
    const found = layerViolations([
      errors,
      parseSource("src/stray/x.ts", ""),
      parseSource("src/engine/embedded/dag.ts", ""),
      parseSource("src/streaming/x.ts", 'import "../engine/embedded/dag.ts";\nexport * from "../gone.ts";\n'),
    ]);
    assert.equal(found.length, 3);
    assert.match(found[0]!, /stray\/x.ts: belongs to no layer/);
    assert.match(found[1]!, /x.ts:1: imports .*dag.ts: streaming makes RDDs/);
    assert.match(found[2]!, /x.ts:2: imports src\/gone.ts, which is not there/);
  });

  test("a cycle of values, but not one closed by a type", () => {
    const a = parseSource("src/rdd/a.ts", 'import { b } from "./b.ts";\nimport { e } from "../errors.ts";\n');
    const b = parseSource("src/rdd/b.ts", 'import { a } from "./a.ts";\n');
    const typed = parseSource("src/rdd/b.ts", 'import type { a } from "./a.ts";\n');
    assert.deepEqual(importCycles([a, b, errors]), [["src/rdd/a.ts", "src/rdd/b.ts", "src/rdd/a.ts"]]);
    assert.deepEqual(importCycles([a, typed, errors]), []);
  });
});
