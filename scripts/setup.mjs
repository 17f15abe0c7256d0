// Makes the checkout ready to run: installs the dependencies when they are missing or the lock file has changed.
// Plain JavaScript, because it also runs on the Node of a fresh machine (>= 18), before the pinned one is there.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stampFile = `${root}node_modules/.millrace-setup`;
const wanted = createHash("sha256").update(readFileSync(`${root}package-lock.json`)).digest("hex");

if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== wanted) {
  const pinned = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8")).packages["node_modules/node"].version;
  console.error(`millrace: first run here, installing the dependencies (npm ci); programs run on Node ${pinned}, pinned by`);
  console.error(`millrace: this project, whatever the machine has (now Node ${process.versions.node}). About 20 s ...`);
  const started = Date.now();
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) {
    console.error("millrace: npm ci failed; its message is above. Check the network and the npm registry, then run this again.");
    process.exit(npm.status ?? 1);
  }
  writeFileSync(stampFile, wanted);
  console.error(`millrace: ready after ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}
