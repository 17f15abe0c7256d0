import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Node } from "acorn";
import { lineOf, parseSource, ROOT, type SourceFile } from "../architecture/sources.ts";
import { read } from "./examples.ts";

interface Export extends Node {
  readonly declaration?:
    | (Node & { readonly id?: { name: string }; readonly declarations?: { id: { name: string } }[] })
    | null;
  readonly source?: { readonly value: string } | null;
  readonly specifiers?: readonly { readonly local: { name: string }; readonly exported: { name: string } }[];
}

/** The declarations without a docstring among what a file exports, itself or from others, as `file:line: name`. */
function undocumented(
  file: SourceFile,
  wanted: (name: string) => boolean,
  open: (path: string) => SourceFile,
): string[] {
  return file.program.body.flatMap((statement) => {
    const { type, declaration, source, specifiers = [] } = statement as Export;
    if (type === "ImportDeclaration") return [];
    if (source) {
      const target = file.imports.find(({ specifier }) => specifier === source.value)?.file;
      if (target === undefined) return [];
      if (type === "ExportAllDeclaration") return undocumented(open(target), wanted, open);
      const names = new Set(specifiers.filter(({ exported }) => wanted(exported.name)).map(({ local }) => local.name));
      return names.size === 0 ? [] : undocumented(open(target), (name) => names.has(name), open);
    }
    if (type !== "ExportNamedDeclaration" || !declaration) return [];
    const names = [declaration.id?.name, ...(declaration.declarations ?? []).map(({ id }) => id.name)];
    const name = names.find((each) => each !== undefined && wanted(each));
    return name === undefined || hasDocstring(file, statement) ? [] : [`${file.path}:${lineOf(statement)}: ${name}`];
  });
}

/** Whether a docstring ends right before the node; the first overload of a function carries that of all. */
function hasDocstring({ text, comments }: SourceFile, node: Node): boolean {
  return comments.some(
    ({ type, value, end }) =>
      type === "Block" && value.startsWith("*") && end <= node.start && isBareOrTypes(text.slice(end, node.start)),
  );
}

/** Nothing but space, or signatures that are gone from the tree. */
function isBareOrTypes(between: string): boolean {
  return /^\s*(export (declare )?(abstract )?function [^{]*;\s*)*$/.test(between);
}

function open(path: string): SourceFile {
  return parseSource(path, read(path));
}

for (const entry of ["src/index.ts", "src/state/index.ts", "src/testing/index.ts"].filter((path) =>
  existsSync(join(ROOT, path)),
)) {
  test(`what ${entry} exports says what it is`, () => {
    assert.deepEqual(
      undocumented(open(entry), () => true, open),
      [],
    );
  });
}

test("a missing docstring is found through re-exports", () => {
  const files: Record<string, string> = {
    "src/index.ts": 'export { a, b as c } from "./a.ts";\nexport * from "./d.ts";\n',
    "src/a.ts": "/** Says. */\nexport function a() {}\nexport function b() {}\nexport function notExported() {}\n",
    "src/d.ts":
      "// No docstring.\nexport class D {}\n/** Says. */\nexport function e(): void;\nexport function e(n?: number): void {}\n",
  };
  const openFixture = (path: string) => parseSource(path, files[path]!);
  assert.deepEqual(
    undocumented(openFixture("src/index.ts"), () => true, openFixture),
    ["src/a.ts:3: b", "src/d.ts:2: D"],
  );
});
