import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, type SourceFile, sourceFiles } from "./sources.ts";

const MANY_LINES = 400;
const TOO_MANY_LINES = 600;

const sources = sourceFiles("src/**/*.ts");

function none(findings: readonly string[], rule: string): void {
  assert.ok(findings.length === 0, `${rule}\n${findings.map((finding) => `  ${finding}`).join("\n")}`);
}

test(`no file is over ${TOO_MANY_LINES} lines`, (t) => {
  const sizes = sources.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }));
  for (const { path, lines } of sizes) {
    if (lines > MANY_LINES) t.diagnostic(`${path} has ${lines} lines; ${MANY_LINES} are many`);
  }
  const tooLong = sizes.filter(({ lines }) => lines > TOO_MANY_LINES).map(({ path, lines }) => `${path}: ${lines}`);
  none(tooLong, "A file of that size does more than one thing:");
});

test("nothing is a default export", () => {
  const found = sources.flatMap(({ path, program }) =>
    program.body
      .filter(({ type }) => type === "ExportDefaultDeclaration")
      .map((node) => `${path}:${lineOf(node)}: export it by its name`),
  );
  none(found, "What is exported has one name, the same everywhere:");
});

test("no file or folder is a drawer for whatever", () => {
  const found = sources
    .map(({ path }) => path)
    .filter((path) => /(^|[/.-])(utils?|helpers?|common|misc)([/.-]|$)/.test(path));
  none(found, "A name says what is inside:");
});

test("no type is any", () => {
  const found = sources.flatMap(({ path, text, comments }) =>
    withoutComments(text, comments)
      .split("\n")
      .flatMap((line, index) =>
        /(:|\bas|<|\||&|=>|,)\s*any\b(?!["'`])/.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
  none(found, "Use unknown, or a type parameter:");
});

/** The text with its comments blank; those within types, which the parser does not see, are lines that begin with a star. */
function withoutComments(text: string, comments: SourceFile["comments"]): string {
  let rest = text;
  for (const { start, end } of comments)
    rest = rest.slice(0, start) + rest.slice(start, end).replace(/[^\n]/g, " ") + rest.slice(end);
  return rest.replace(/^\s*(\/\*\*|\*|\/\/).*$/gm, "").replace(/\/\/.*$/gm, "");
}
