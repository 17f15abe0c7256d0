/** The project's TypeScript files, read and parsed, as the architecture tests look at them. */
import { globSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Comment, type Node, type Program, parse } from "acorn";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Import {
  readonly specifier: string;
  /** The imported file as a path from the root, or undefined for a package or a module of Node's. */
  readonly file: string | undefined;
  readonly typeOnly: boolean;
  /** Whether the program asks for it as it runs, by `import()`. */
  readonly later?: boolean;
  /** The names of what is imported as a value; `*` for all of a module. */
  readonly names: readonly string[];
  readonly line: number;
}

export interface SourceFile {
  /** From the root, with forward slashes, as `src/core/key.ts`. */
  readonly path: string;
  readonly text: string;
  /** The syntax tree of the text without its types; lines are those of the text. */
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
}

export function sourceFiles(...globs: readonly string[]): SourceFile[] {
  return globSync(globs, { cwd: ROOT })
    .map((path) => path.split(sep).join("/"))
    .sort()
    .map((path) => parseSource(path, readFileSync(join(ROOT, path), "utf8")));
}

export function parseSource(path: string, text: string): SourceFile {
  const comments: Comment[] = [];
  const program = parse(stripTypeScriptTypes(text), {
    ecmaVersion: "latest",
    sourceType: "module",
    locations: true,
    ranges: true,
    onComment: comments,
  });
  const imports = [...staticImports(text), ...dynamicImports(program), ...importTypes(text)]
    .map((one) => ({ ...one, file: fileOf(path, one.specifier) }))
    .sort((a, b) => a.line - b.line);
  return { path, text, program, comments, imports };
}

export function lineOf(node: Node): number {
  return node.loc!.start.line;
}

/** Calls `visit` for each node below `node`, parents first. */
export function walk(node: Node, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === "string") walk(child, visit, node);
    }
  }
}

type Found = Omit<Import, "file">;

/** The formatter puts every declaration at the start of a line and in double quotes; types are gone from the tree. */
const DECLARATION = /^(?:import|export) (type )?(?:([\w\s{},*$]+?) from )?"([^"]+)"/gm;

function staticImports(text: string): Found[] {
  return [...text.matchAll(DECLARATION)].map((match) => {
    const names = match[1] ? [] : valueNames(match[2] ?? "*");
    return { specifier: match[3]!, typeOnly: names.length === 0, names, line: lineAt(text, match.index) };
  });
}

/** Of `A, { type B, C as D }` these are A's `default` and C. */
function valueNames(clause: string): string[] {
  const [, rest = "", inside = ""] = /^([^{]*)(?:\{([^}]*)\})?$/s.exec(clause.trim()) ?? [];
  const outside = rest.split(",").filter((part) => part.trim() !== "");
  const named = inside.split(",").map((part) => part.trim());
  return [
    ...outside.map((part) => (part.includes("*") ? "*" : "default")),
    ...named.filter((part) => part !== "" && !part.startsWith("type ")).map((part) => part.split(" as ")[0]!),
  ];
}

function dynamicImports(program: Program): Found[] {
  const found: Found[] = [];
  walk(program, (node) => {
    if (node.type !== "ImportExpression") return;
    const { source } = node as Node & { source: { value?: unknown } };
    if (typeof source.value === "string") {
      found.push({ specifier: source.value, typeOnly: false, later: true, names: ["*"], line: lineOf(node) });
    }
  });
  return found;
}

/** `import("./x.ts").T` in a type, and `typeof import("./x.ts")`, by which a module says what it loads later. */
function importTypes(text: string): Found[] {
  return [...text.matchAll(/^(?!\s*(?:\*|\/\/)).*\bimport\("([^"]+)"\)(?:\.[A-Z]|>)/gm)].map((match) => ({
    specifier: match[1]!,
    typeOnly: true,
    names: [],
    line: lineAt(text, match.index),
  }));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

function fileOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith("#millrace/")) return specifier.replace("#millrace/", "src/");
  if (!specifier.startsWith(".")) return undefined;
  return relative(ROOT, join(ROOT, dirname(path), specifier))
    .split(sep)
    .join("/");
}
