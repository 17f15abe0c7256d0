/**
 * What package.json says in the package. In the checkout `exports` point to the sources, which run unbuilt; Node strips no types
 * below node_modules, so in the package they point to what `build.ts` made of them.
 */
export interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** Of no use to those who install the package: commands of the checkout, and names that only its tests import. */
const CHECKOUT_ONLY = new Set(["scripts", "devDependencies", "allowScripts", "imports"]);

export function publishedManifest(manifest: Manifest): Manifest {
  const kept = Object.entries(manifest).filter(([key]) => !CHECKOUT_ONLY.has(key));
  const exports = Object.entries(manifest.exports).map(([path, source]) => [path, builtFrom(source)]);
  return { ...Object.fromEntries(kept), exports: Object.fromEntries(exports) };
}

/** A file that is no module, as ./package.json, is exported as it is. */
function builtFrom(source: unknown): unknown {
  const [, name] = /^\.\/src\/(.+)\.ts$/.exec(String(source)) ?? [];
  return name === undefined ? source : { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
}
