/** Vite, and so vitest, rewrites the modules that it runs: names in their text are not those that Node knows. */
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isFile } from "../platform/files.ts";

/** What a variable of Vite's stands for: it makes variables of `import()` and `import.meta`. */
export function viteMeaning(name: string): "importer" | "meta" | undefined {
  if (name === "__vite_ssr_dynamic_import__") return "importer";
  return name === "__vite_ssr_import_meta__" ? "meta" : undefined;
}

/**
 * What to import where Vite has written `specifier` into the module `from`: it writes files as paths below the folder that it
 * serves, which is one of those above `from`.
 */
export function withoutVite(specifier: string, from: string): string {
  if (!specifier.startsWith("/")) return specifier;
  if (specifier.startsWith("/@fs/")) return pathToFileURL(specifier.slice("/@fs".length)).href;
  const file = from.startsWith("file:") ? fileURLToPath(from) : from;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, specifier);
    if (isFile(path)) return pathToFileURL(path).href;
    if (folder === dirname(folder)) return specifier;
  }
}
