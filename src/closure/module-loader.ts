/** Loads, in an executor, the modules that a closure refers to: the same ones that the closure's own file would get. */
import { createRequire } from "node:module";
import vm from "node:vm";
import { MillraceError } from "../errors.ts";
import type { GraphNode } from "./graph.ts";

type ImportNode = Extract<GraphNode, { kind: "import" }>;

/** The modules of one closure, loaded. */
export class LoadedModules {
  readonly #modules = new Map<string, unknown>();

  static async of(nodes: readonly GraphNode[]): Promise<LoadedModules> {
    const loaded = new LoadedModules();
    const imports = nodes.filter((node) => node.kind === "import");
    await Promise.all(
      imports.map(async (node) => {
        const key = keyOf(node);
        if (loaded.#modules.has(key)) return;
        loaded.#modules.set(key, undefined);
        loaded.#modules.set(key, await load(node));
      }),
    );
    return loaded;
  }

  exportOf(node: ImportNode): unknown {
    const module = this.#modules.get(keyOf(node)) as Record<string, unknown>;
    const [name, ...rest] = node.path;
    if (name === undefined) return module;
    // The names of a CommonJS module's exports are not always known to `import`; on its default export they all are.
    const holder = name in module ? module : Object(module.default);
    return rest.reduce((at, key) => Reflect.get(Object(at), key), holder[name]);
  }
}

function keyOf({ specifier, from, via }: ImportNode): string {
  return `${via} ${specifier} ${from}`;
}

async function load({ specifier, from, via }: ImportNode): Promise<unknown> {
  try {
    if (via === "require") return createRequire(from)(specifier);
    return await (from === "" ? import(specifier) : importFrom(from, specifier));
  } catch (cause) {
    throw new MillraceError(
      "UNSHIPPABLE_CLOSURE",
      `An executor cannot import '${specifier}'${from && ` for ${from}`}`,
      {
        remedy:
          "Make sure that the module can be imported in a worker thread, and that importing it does not fail there.",
        cause,
      },
    );
  }
}

/** Code compiled under a file's name resolves its imports as that file does. */
export function importFrom(from: string, specifier: string): Promise<unknown> {
  const importer = vm.compileFunction("return import(specifier)", ["specifier"], {
    filename: from,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return importer(specifier) as Promise<unknown>;
}
