/** Modules of millrace itself, by their names in the sources: those run as they are, and are published compiled to `.js`. */
import { createRequire } from "node:module";

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
    module ??= createRequire(from)(publishedName(from, specifier)) as Module;
    return module;
  };
}

function publishedName(from: string, specifier: string): string {
  return from.endsWith(".ts") ? specifier : specifier.replace(/\.ts$/, ".js");
}
