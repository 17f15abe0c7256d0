/**
 * Builds what is published: `dist/`, the sources compiled one file to one file, with their declarations, and `ui/dist/`, the pages of
 * the live UI. Modules stay apart because threads begin at files of their own, and because a program loads only those that it
 * uses.
 *
 *     npm run build
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSites } from "./build-ui.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

// tsc would leave the output of sources that are gone.
rmSync(join(root, "dist"), { recursive: true, force: true });
const tsc = join(root, "node_modules/typescript/bin/tsc");
const { status, error } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
if (error) throw error;
process.exitCode = status ?? 1;
await buildSites();
