/**
 * Builds the pages that are shown in a browser, each site into a `dist` of its own. Does nothing where what is there was built from
 * the same sources: set-up runs this before each `npm start` and `npm test`.
 *
 *     node scripts/build-ui.ts
 */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Site {
  readonly name: string;
  /** The folder with `index.html`. */
  readonly root: string;
  readonly dist: string;
  /** All that the result depends on, besides what is installed and this script. */
  readonly sources: readonly string[];
}

/** Those in a folder that is not there, as in the copy of a part of the checkout, are left out. */
const SITES: readonly Site[] = [
  { name: "the live UI", root: "ui", dist: "ui/dist", sources: ["ui/*.{html,json}", "ui/src/**/*.*"] },
  {
    name: "the airliners demo",
    root: "demo/airliners/page/browser",
    dist: "demo/airliners/page/dist",
    sources: [
      "demo/airliners/page/browser/**/*.*",
      "demo/airliners/geo.ts",
      "ui/src/{format,theme}.ts",
      "ui/src/styles/tokens.css",
    ],
  },
];

const root = fileURLToPath(new URL("..", import.meta.url));
const INTER = "node_modules/@fontsource-variable/inter";
/** What the site was built from; written last. */
const STAMP = ".built-from";

if (import.meta.main) await buildSites();

/** Builds those of the sites that are missing or stale. */
export async function buildSites(): Promise<void> {
  for (const site of SITES) {
    if (!existsSync(join(root, site.root))) continue;
    const sources = hashOf(site.sources);
    if (isBuiltFrom(site, sources)) continue;
    const started = performance.now();
    await build(site, sources);
    console.error(
      `millrace: built the pages of ${site.name} in ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  }
}

/** Of the names and contents of all files. The lock file stands for what the pages import. */
function hashOf(sources: readonly string[]): string {
  const hash = createHash("sha256");
  const files = globSync(sources, { cwd: root }).sort();
  for (const file of [...files, "package-lock.json", "scripts/build-ui.ts"]) {
    hash.update(`${file}\0`);
    hash.update(readFileSync(join(root, file)));
    hash.update("\0");
  }
  return hash.digest("hex");
}

function isBuiltFrom({ dist }: Site, sources: string): boolean {
  try {
    const stamp = readFileSync(join(root, dist, STAMP), "utf8");
    return stamp === sources && existsSync(join(root, dist, "index.html"));
  } catch {
    return false;
  }
}

/** Builds beside and moves into place: another run, or a server, never sees half of it. */
async function build(site: Site, sources: string): Promise<void> {
  const dist = join(root, site.dist);
  const fresh = `${dist}-${process.pid}-${Date.now()}`;
  try {
    await bundle(join(root, site.root), fresh);
    writeFileSync(join(fresh, STAMP), sources);
    replace(dist, fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function bundle(from: string, outDir: string): Promise<void> {
  // Loading Vite takes longer than all else does when there is nothing to build.
  const vite = await import("vite");
  await vite.build({
    configFile: false,
    root: from,
    base: "/",
    logLevel: "warn",
    clearScreen: false,
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir,
      emptyOutDir: true,
      // What has light-dark() and @property.
      target: ["chrome123", "firefox128", "safari17.5"],
      // A style or script in the page itself would break its Content-Security-Policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      license: { fileName: "licenses.md" },
    },
  });
  const typeface = globSync("assets/inter-*.woff2", { cwd: outDir }).length > 0;
  if (typeface) copyFileSync(join(root, INTER, "LICENSE"), join(outDir, "assets/inter-license.txt"));
}

function replace(dist: string, fresh: string): void {
  const old = `${fresh}-old`;
  try {
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
  } catch (error) {
    // Another run was quicker; it built from the same sources.
    if (!existsSync(join(dist, STAMP))) throw error;
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}
