/** What a script imports, read from its text: the one thing about a variable that its value does not tell. */
import type { Node, Pattern, Program, VariableDeclarator } from "acorn";
import { acorn } from "./parsers.ts";

export interface ImportedName {
  readonly specifier: string;
  readonly via: "import" | "require";
  /** The way from the module to the variable's value: empty for the module itself. */
  readonly path: readonly string[];
}

export interface ModuleFacts {
  readonly strict: boolean;
  /** By the local variable's name. */
  readonly imports: ReadonlyMap<string, ImportedName>;
}

/** Reads only the top level; a text that does not parse has no facts. */
export function readModule(source: string, isModule: boolean): ModuleFacts {
  const imports = new Map<string, ImportedName>();
  let program: Program;
  try {
    program = acorn().parse(source, {
      ecmaVersion: "latest",
      sourceType: isModule ? "module" : "script",
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      allowHashBang: true,
    });
  } catch {
    return { strict: isModule, imports };
  }
  let strict = isModule;
  for (const statement of program.body) {
    if (statement.type === "ExpressionStatement" && statement.directive === "use strict") strict = true;
    if (statement.type === "VariableDeclaration") for (const one of statement.declarations) noteRequire(one, imports);
    if (statement.type !== "ImportDeclaration") continue;
    const specifier = String(statement.source.value);
    for (const part of statement.specifiers) {
      const path =
        part.type === "ImportNamespaceSpecifier"
          ? []
          : [part.type === "ImportDefaultSpecifier" ? "default" : exportedName(part.imported)];
      imports.set(part.local.name, { specifier, via: "import", path });
    }
  }
  return { strict, imports };
}

function exportedName(node: Node): string {
  const { name, value } = node as { name?: string; value?: unknown };
  return name ?? String(value);
}

/** `const x = require("y")` and `const { a, b: c } = require("y")`. */
function noteRequire({ id, init }: VariableDeclarator, imports: Map<string, ImportedName>): void {
  if (init?.type !== "CallExpression" || init.callee.type !== "Identifier" || init.callee.name !== "require") return;
  const [argument] = init.arguments;
  if (argument?.type !== "Literal" || typeof argument.value !== "string") return;
  for (const [name, path] of boundNames(id)) imports.set(name, { specifier: argument.value, via: "require", path });
}

function* boundNames(pattern: Pattern): Generator<[string, string[]]> {
  if (pattern.type === "Identifier") yield [pattern.name, []];
  if (pattern.type !== "ObjectPattern") return;
  for (const part of pattern.properties) {
    if (part.type === "Property" && !part.computed && part.value.type === "Identifier") {
      yield [part.value.name, [exportedName(part.key)]];
    }
  }
}
