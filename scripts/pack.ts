/**
 * What `npm pack` runs before and after: builds, and has package.json say what the package's must say while npm reads it.
 *
 *     prepack     node scripts/pack.ts prepare
 *     postpack    node scripts/pack.ts restore
 *
 * npm runs no postpack when packing fails or is interrupted. So `prepare` first starts a process of its own that waits for npm to
 * end and then puts the checkout's package.json back, if that is still to do.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { publishedManifest } from "./manifest.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = join(root, "package.json");
/** The checkout's own package.json, as long as the package's is in its place. */
const kept = join(root, ".package.json.kept");

const POLL_MS = 100;
/** For machines on which npm's process cannot be found: packing takes a second or two. */
const LONGEST_PACK_MS = 30_000;

const [, , command, argument] = process.argv;
if (command === "prepare") prepare();
else if (command === "restore") restore();
else if (command === "guard") guard(Number(argument));
else throw new Error(`pack.ts: prepare or restore, not ${command}`);

function prepare(): void {
  if (existsSync(kept)) restore();
  const build = spawnSync(process.execPath, [join(root, "scripts/build.ts")], { stdio: "inherit" });
  if (build.status !== 0) process.exit(build.status ?? 1);
  const source = readFileSync(manifest, "utf8");
  replace(kept, source);
  spawn(process.execPath, [fileURLToPath(import.meta.url), "guard", String(npmProcess())], {
    detached: true,
    stdio: "ignore",
  }).unref();
  replace(manifest, published(source));
}

/** Puts the checkout's package.json back, unless someone edited the other one meanwhile. */
function restore(): void {
  if (!existsSync(kept)) throw new Error("pack.ts: package.json was put back before npm had packed; pack again");
  const [own, now] = [readFileSync(kept, "utf8"), readFileSync(manifest, "utf8")];
  // The two are the same where `prepare` was killed in between.
  if (now !== published(own) && now !== own) {
    throw new Error(`pack.ts: package.json was edited while npm packed; merge it with ${kept} and delete that`);
  }
  renameSync(kept, manifest);
}

function published(source: string): string {
  return `${JSON.stringify(publishedManifest(JSON.parse(source)), undefined, 2)}\n`;
}

function guard(npm: number): void {
  const started = Date.now();
  const timer = setInterval(() => {
    if (isAlive(npm) && Date.now() - started < LONGEST_PACK_MS) return;
    clearInterval(timer);
    if (existsSync(kept)) restore();
  }, POLL_MS);
}

/** The process that runs this script, or that runs the shell which does; 0 where that cannot be told. */
function npmProcess(): number {
  const { stdout } = spawnSync("ps", ["-o", "ppid=,comm=", "-p", String(process.ppid)], { encoding: "utf8" });
  const [, parent, name] = /^\s*(\d+)\s+(\S+)/.exec(stdout ?? "") ?? [];
  if (name === undefined) return 0;
  return /(^|\/)-?(sh|bash|dash|zsh|ash)$/.test(name) ? Number(parent) : process.ppid;
}

function isAlive(pid: number): boolean {
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whole or not at all. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
