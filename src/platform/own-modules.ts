/** Modules of millrace itself, by their names in the sources: those run as they are, and are published compiled to `.js`. */
import { createRequire, Module, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

/** Where a module is that the one at `from`, an `import.meta.url`, names relative to itself, as `./executor-worker.ts`. */
export function ownModule(from: string, specifier: string): URL {
  return new URL(publishedName(from, specifier), from);
}

/**
 * A module of millrace, or of Node, that is loaded when it is first asked for, synchronously. What a program may never need, or not before its
 * first job, must not make `import "millrace"` slower: each file costs a fraction of a millisecond.
 */
export function lazyModule<Module>(from: string, specifier: string): () => Module {
  let module: Module | undefined;
  return () => {
    module ??= load(from, publishedName(from, specifier)) as Module;
    return module;
  };
}

function load(from: string, name: string): unknown {
  const require = createRequire(from);
  return name.startsWith(".") && !requireSharesModules() ? loadAsImported(from, name) : require(name);
}

let sharesModules: boolean | undefined;

/**
 * Whether `require` gives the modules that `import` gives. Under tsx it makes CommonJS modules of their texts: others than
 * the imported ones, whose classes have nothing to do with theirs. Where millrace itself is one of those, that is right.
 */
function requireSharesModules(): boolean {
  sharesModules ??=
    typeof module === "object" ||
    (createRequire(import.meta.url)(fileURLToPath(import.meta.url)) as Record<string, unknown>).lazyModule ===
      lazyModule;
  return sharesModules;
}

interface Compiling {
  filename: string;
  _compile(text: string, file: string, format: string): void;
}

/** What Node's own `require` does with a module that may have been imported already, behind the one that is in its place. */
function loadAsImported(from: string, name: string): unknown {
  const file = fileURLToPath(new URL(name, from));
  // An import of node:fs would load all the streams of Node's with it, in every program.
  const text = process.getBuiltinModule("node:fs").readFileSync(file, "utf8");
  const loaded = new Module(file);
  const compiling = loaded as unknown as Compiling;
  compiling.filename = file;
  compiling._compile(file.endsWith(".ts") ? stripTypeScriptTypes(text) : text, file, "module");
  return loaded.exports;
}

function publishedName(from: string, specifier: string): string {
  return from.endsWith(".ts") ? specifier : specifier.replace(/\.ts$/, ".js");
}
