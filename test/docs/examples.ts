/** The examples of the documentation and of the docstrings, found and written out as programs. */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Example {
  /** Where it is, as `README.md:27`: the line of its first line of code. */
  readonly place: string;
  readonly path: string;
  readonly line: number;
  readonly code: string;
  /** False for a block that says ```ts no-run: it needs a server, or does not end. */
  readonly runs: boolean;
}

export function documents(): string[] {
  return paths("*.md", "docs/**/*.md", "demo/**/*.md", "bench/*.md");
}

export function sources(): string[] {
  return paths("src/**/*.ts");
}

function paths(...globs: readonly string[]): string[] {
  return globSync(globs, { cwd: ROOT, exclude: (name) => name === "node_modules" })
    .map((path) => path.split(sep).join("/"))
    .sort();
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** All blocks of a document that are marked as TypeScript. */
export function documentExamples(path: string, text: string): Example[] {
  return fencedBlocks(path, text.split("\n"), 1);
}

/** The blocks of TypeScript after an `@example` in a docstring. */
export function docstringExamples(path: string, text: string): Example[] {
  const examples: Example[] = [];
  for (const match of text.matchAll(/\/\*\*.*?\*\//gs)) {
    const tag = match[0].indexOf("@example");
    if (tag === -1) continue;
    const firstLine = text.slice(0, match.index + tag).split("\n").length;
    const lines = match[0]
      .slice(tag)
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, ""));
    examples.push(...fencedBlocks(path, lines, firstLine));
  }
  return examples;
}

function fencedBlocks(path: string, lines: readonly string[], firstLine: number): Example[] {
  const examples: Example[] = [];
  let start: number | undefined;
  let info = "";
  for (const [index, line] of lines.entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (!fence) continue;
    if (start === undefined) {
      start = index + 1;
      info = fence[1]!.trim();
      continue;
    }
    if (/^ts\b/.test(info)) {
      const line = firstLine + start;
      const code = lines.slice(start, index).join("\n");
      examples.push({ place: `${path}:${line}`, path, line, code, runs: !/\bno-run\b/.test(info) });
    }
    start = undefined;
  }
  return examples;
}

/** Writes each example to a file of its own and returns their names, in the same order. */
export function writePrograms(folder: string, examples: readonly Example[]): string[] {
  const config = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  return examples.map(({ place, code }) => {
    const name = `${place.replace(/[^\w]+/g, "-")}.ts`;
    // Without an import or export it would be a script, with no top-level await.
    writeFileSync(join(folder, name), /^(import|export) /m.test(code) ? code : `${code}\nexport {};\n`);
    return name;
  });
}
