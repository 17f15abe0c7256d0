/** What travels as the name of a module and of an export: Node's built-in modules, packages, and millrace itself. */
import { builtinModules, createRequire, isBuiltin } from "node:module";
import { pathToFileURL } from "node:url";
import { globalPath } from "./intrinsics.ts";
import type { ImportedName } from "./module-imports.ts";
import { plainPath } from "./scripts.ts";

export interface ExportReference {
  readonly specifier: string;
  readonly path: readonly string[];
}

const require = createRequire(import.meta.url);
const OWN_SOURCES = new URL("..", import.meta.url).href;

/** Whether the module of this url is loaded by the executors themselves. */
export function isModuleByReference(url: string): boolean {
  return url.startsWith(OWN_SOURCES) || /[\\/]node_modules[\\/]/.test(url) || url.startsWith("node:");
}

/** Whether an import of the script at `from` is one of a package or a built-in module, not of the user's own code. */
export function isImportByReference({ specifier }: ImportedName, from: string): boolean {
  if (isBuiltin(specifier)) return true;
  if (!/^(\.|\/|#|file:|data:|[A-Za-z]:\\)/.test(specifier)) return true;
  try {
    const url = specifier.startsWith("#")
      ? pathToFileURL(createRequire(from).resolve(specifier)).href
      : new URL(specifier, from).href;
    return isModuleByReference(url);
  } catch {
    return false;
  }
}

let builtins: Map<unknown, ExportReference> | undefined;
let loadedWhenSurveyed = 0;

/** The built-in module and export that `value` is. */
export function builtinReference(value: unknown): ExportReference | undefined {
  const loaded = (process as unknown as { moduleLoadList: readonly string[] }).moduleLoadList;
  if (builtins === undefined || loadedWhenSurveyed !== loaded.length) {
    builtins = surveyBuiltins(new Set(loaded));
    loadedWhenSurveyed = loaded.length;
  }
  return builtins.get(value);
}

/** Only modules that are loaded can have been the source of a value, and the others would cost time to load. */
function surveyBuiltins(loaded: ReadonlySet<string>): Map<unknown, ExportReference> {
  const found = new Map<unknown, ExportReference>();
  const note = (value: unknown, specifier: string, path: readonly string[]) => {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    if (isObject && !found.has(value) && !globalPath(value)) found.set(value, { specifier, path });
  };
  for (const name of builtinModules) {
    if (name.startsWith("_") || !loaded.has(`NativeModule ${name}`)) continue;
    const specifier = name.startsWith("node:") ? name : `node:${name}`;
    const exported = require(specifier) as object;
    note(exported, specifier, ["default"]);
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(exported))) {
      note(value, specifier, [key]);
      if (typeof value === "function") note(value.prototype, specifier, [key, "prototype"]);
    }
  }
  return found;
}

let packageExports: Map<unknown, string> | undefined;
let modulesWhenSurveyed = 0;

/** For the `module.exports` of a CommonJS package, which compiled programs hold as a variable: the module. */
export function packageModuleReference(value: object): ExportReference | undefined {
  const modules = Object.values(require.cache);
  if (packageExports === undefined || modulesWhenSurveyed !== modules.length) {
    modulesWhenSurveyed = modules.length;
    const ofPackages = modules.filter((module) => module?.loaded && isModuleByReference(module.filename));
    packageExports = new Map(ofPackages.map((module) => [module!.exports, module!.filename]));
  }
  const file = packageExports.get(value);
  return file === undefined ? undefined : { specifier: pathToFileURL(file).href, path: ["default"] };
}

const exportsOf = new Map<string, Map<unknown, readonly string[]>>();

/** The export of the module at `url` that `value` is; undefined when the module keeps it to itself. */
export function packageReference(value: unknown, url: string): ExportReference | undefined {
  let paths = exportsOf.get(url);
  if (paths === undefined) {
    paths = surveyExports(url);
    exportsOf.set(url, paths);
  }
  const path = paths.get(value);
  return path && { specifier: url.startsWith("file:") ? url : pathToFileURL(url).href, path };
}

/** What {@link packageReference} refers to. */
export function loadExport({ specifier, path }: ExportReference): unknown {
  const loaded: unknown = require(plainPath(specifier));
  const [first, ...rest] = path;
  const start = first === "default" && !isNamespace(loaded) ? loaded : Reflect.get(Object(loaded), first ?? "");
  return rest.reduce((at, key) => Reflect.get(Object(at), key), start);
}

function surveyExports(url: string): Map<unknown, readonly string[]> {
  const paths = new Map<unknown, readonly string[]>();
  const visit = (value: unknown, path: readonly string[], depth: number) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || paths.has(value)) return;
    paths.set(value, path);
    if (depth === 0) return;
    for (const key of Object.keys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key)!;
      if ("value" in property || path.length === 0)
        visit(Reflect.get(value, key), [...path, key], key === "default" ? depth : depth - 1);
    }
  };
  try {
    const loaded = require(plainPath(url));
    // A CommonJS module's exports are the `default` of the namespace that `import` gives.
    visit(loaded, isNamespace(loaded) ? [] : ["default"], 1);
  } catch {
    // A module with top-level await cannot be had synchronously: what it exports then travels by value.
  }
  return paths;
}

function isNamespace(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Module]";
}
