/**
 * Builds the pages of the live UI, `ui/`, into `ui/dist`, which the server in `src/ui` serves. Does nothing when what is there was
 * built from the same sources: set-up runs this before each `npm start` and `npm test`.
 *
 *     node scripts/build-ui.ts
 */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = join(root, "ui");
const built = join(pages, "dist");
/** What the built pages were built from; written last. */
const STAMP = ".built-from";

if (import.meta.main) await buildUi();

export async function buildUi(): Promise<void> {
  const sources = hashOfSources();
  if (isBuiltFrom(sources)) return;
  const started = performance.now();
  // Beside, then moved into place: another run, or a server, never sees half of it.
  const fresh = join(pages, `.dist-${process.pid}-${Date.now()}`);
  try {
    await bundle(fresh);
    writeFileSync(join(fresh, STAMP), sources);
    replace(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  console.error(`millrace: built the pages of the live UI in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Of each file that the result depends on, its name and content; the lock file stands for what the pages import. */
function hashOfSources(): string {
  const hash = createHash("sha256");
  const files = globSync(["ui/*.{html,json}", "ui/src/**/*.*"], { cwd: root }).sort();
  for (const file of [...files, "package-lock.json", "scripts/build-ui.ts"])
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  return hash.digest("hex");
}

function isBuiltFrom(sources: string): boolean {
  try {
    return readFileSync(join(built, STAMP), "utf8") === sources && existsSync(join(built, "index.html"));
  } catch {
    return false;
  }
}

async function bundle(outDir: string): Promise<void> {
  // Loading Vite takes longer than all else does when there is nothing to build.
  const { build } = await import("vite");
  await build({
    configFile: false,
    root: pages,
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
  mkdirSync(join(outDir, "assets"), { recursive: true });
  copyFileSync(join(root, "node_modules/@fontsource-variable/inter/LICENSE"), join(outDir, "assets/inter-license.txt"));
}

function replace(fresh: string): void {
  const old = `${fresh}-old`;
  try {
    if (existsSync(built)) renameSync(built, old);
    renameSync(fresh, built);
  } catch (error) {
    // Another run was quicker; it built from the same sources.
    if (!existsSync(join(built, STAMP))) throw error;
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}
