/**
 * The public interface as text: what an entry point of the package exports, and what those declarations name of the package without
 * its being exported (base classes above all, for they have the operators). A change of the surface is then a change of a file.
 *
 * Made of the declarations that are published, through the API of TypeScript, which is called unstable: the lock file holds it.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Node, type SourceFile, SyntaxKind } from "typescript/unstable/ast";
import { API, type Project, SymbolFlags, type Symbol as TsSymbol } from "typescript/unstable/sync";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface ApiReport {
  /** As `millrace/testing`. */
  readonly entryPoint: string;
  /** Where it is kept, from the root. */
  readonly path: string;
  readonly text: string;
}

/** The reports of all entry points, of the sources as they are. Each has what those before it do not. */
export function apiReports(): ApiReport[] {
  const folder = mkdtempSync(join(tmpdir(), "millrace-api-"));
  try {
    emitDeclarations(folder);
    const api = new API({ cwd: folder });
    try {
      const project = api.updateSnapshot({ openProjects: [join(folder, "tsconfig.json")] }).getProjects()[0]!;
      const reported = new Set<number>();
      return entryPoints().map(({ name, module }) => {
        const declarations = new Declarations(project, folder, join(folder, `${module}.d.ts`), reported);
        for (const id of declarations.ids) reported.add(id);
        return {
          entryPoint: name,
          path: `api/${name.split("/").at(-1)}.api.md`,
          text: reportOf(name, declarations),
        };
      });
    } finally {
      api.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The entry points that have types: by the name that programs import, and the module below `src/`. */
function entryPoints(): { name: string; module: string }[] {
  const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Object.entries(exports as Record<string, string>).flatMap(([path, source]) => {
    const module = /^\.\/src\/(.+)\.ts$/.exec(source)?.[1];
    return module === undefined ? [] : [{ name: name + path.slice(1), module }];
  });
}

/** Without comments: a sentence that is put better changes no interface. */
function emitDeclarations(folder: string): void {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const options = ["--emitDeclarationOnly", "--removeComments", "--outDir", folder];
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", ...options], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the sources do not compile:\n${stdout}`);
  mkdirSync(folder, { recursive: true });
  const compilerOptions = { module: "nodenext", target: "es2024", types: [], noEmit: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["**/*.d.ts"] }));
}

/** The declarations that can be reached from one entry point and that no earlier report has. */
class Declarations {
  readonly ids: Iterable<number>;
  readonly exported: readonly string[];
  /** What the exported ones name, directly or not. */
  readonly named: readonly string[];
  readonly #project: Project;
  readonly #folder: string;
  readonly #reported: ReadonlySet<number>;
  readonly #found = new Map<number, { readonly name: string; readonly text: string }>();

  constructor(project: Project, folder: string, file: string, reported: ReadonlySet<number>) {
    this.#project = project;
    this.#reported = reported;
    this.#folder = folder;
    const { checker, program } = project;
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
    const roots = checker.getExportsOfModule(module).map((symbol) => this.#original(symbol));
    for (const symbol of roots) this.#visit(symbol);
    const isRoot = new Set(roots.map(({ id }) => id));
    this.ids = this.#found.keys();
    this.exported = this.#texts((id) => isRoot.has(id));
    this.named = this.#texts((id) => !isRoot.has(id));
  }

  #texts(which: (id: number) => boolean): string[] {
    return [...this.#found]
      .filter(([id]) => which(id))
      .map(([, declaration]) => declaration)
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.text < b.text ? -1 : 1))
      .map(({ text }) => text);
  }

  #visit(symbol: TsSymbol): void {
    if (this.#found.has(symbol.id) || this.#reported.has(symbol.id)) return;
    const statements = symbol.declarations
      .map((handle) => statementOf(handle.resolve(this.#project)!))
      .filter((statement) => statement !== undefined)
      .filter((statement) => this.#isOwn(statement.getSourceFile()));
    if (statements.length === 0) return;
    this.#found.set(symbol.id, { name: symbol.name, text: statements.map(textOf).join("\n") });
    for (const statement of statements) for (const name of identifiers(statement)) this.#follow(name);
  }

  #follow(name: Node): void {
    const symbol = this.#project.checker.getSymbolAtLocation(name);
    if (symbol !== undefined) this.#visit(this.#original(symbol));
  }

  #original(symbol: TsSymbol): TsSymbol {
    return symbol.flags & SymbolFlags.Alias ? this.#project.checker.getAliasedSymbol(symbol) : symbol;
  }

  #isOwn({ fileName }: SourceFile): boolean {
    return fileName.split("/").join(sep).startsWith(this.#folder);
  }
}

/** The statement of a module that declares a thing; undefined for members, parameters and the like. */
function statementOf(declaration: Node): Node | undefined {
  let node = declaration;
  if (node.kind === SyntaxKind.VariableDeclaration) node = node.parent.parent;
  return node.parent?.kind === SyntaxKind.SourceFile ? node : undefined;
}

function textOf(statement: Node): string {
  return statement.getText().replace(/^export (declare )?/, "");
}

function* identifiers(node: Node): Generator<Node> {
  const below: Node[] = [];
  node.forEachChild((child) => void below.push(child));
  for (const child of below) {
    if (child.kind === SyntaxKind.Identifier) yield child;
    else yield* identifiers(child);
  }
}

function reportOf(name: string, { exported, named }: Declarations): string {
  return [
    `# What \`${name}\` exports`,
    "Written by `npm run api` and held by a test. Read what changes here as those do who upgrade.",
    block(exported),
    "## What these declarations name, too",
    "Not exported: a program has such values, but cannot name their types.",
    block(named),
  ].join("\n\n");
}

function block(declarations: readonly string[]): string {
  return `\`\`\`ts\n${declarations.join("\n\n")}\n\`\`\``;
}
