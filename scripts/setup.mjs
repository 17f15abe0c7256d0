// Makes the checkout ready to run: installs the dependencies when they are missing or not those of the lock file, and builds
// the pages of the live UI when they are missing or not of these sources.
// Plain JavaScript, because it also runs on the Node of a fresh machine (>= 18), before the pinned one is there.
//
// npm installs into a directory below `.setup/`, and the finished `node_modules` is moved into place: so it is whole or
// not there, even where a run is killed midway. `.setup/` itself is the lock: a second run waits while it is there, and
// takes it over when its holder has not touched it for a while.
import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const setup = join(root, ".setup");
// The npm of a run that was killed may live on for a while: it must not meet the next one's.
const staging = join(setup, `${process.pid}-${Date.now()}`);
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
const pinned = lock.packages["node_modules/node"].version;

const BEAT_MS = 500;
const ABANDONED_MS = 10_000;
const POLL_MS = 100;
const INTERRUPTED = 130;

if (!isInstalled(modules)) await setUp();
if (!process.exitCode) buildPages();

/** Whether a `node_modules` holds all that the lock file asks for. npm writes its own copy of the lock file last. */
function isInstalled(directory) {
  try {
    const { packages } = JSON.parse(readFileSync(join(directory, ".package-lock.json"), "utf8"));
    return (
      Object.entries(lock.packages).every(([path, wanted]) => {
        if (path === "" || (wanted.optional && packages[path] === undefined)) return true;
        return packages[path]?.version === wanted.version && existsSync(join(dirname(directory), path, "package.json"));
      }) && existsSync(pinnedNode(directory))
    );
  } catch {
    return false;
  }
}

/** On the pinned Node, which runs TypeScript. It looks by itself whether there is anything to do. */
function buildPages() {
  const script = join(root, "scripts/build-ui.ts");
  if (!existsSync(script)) return;
  const args = ["--disable-warning=ExperimentalWarning", script];
  process.exitCode = spawnSync(pinnedNode(modules), args, { stdio: "inherit" }).status ?? 1;
}

/** Where the package `node` puts the executable; it is a script of the package that puts it there. */
function pinnedNode(directory) {
  return join(directory, "node", "bin", process.platform === "win32" ? "node.exe" : "node");
}

async function setUp() {
  if (!(await takeLock())) return;
  const beat = setInterval(() => touch(setup), BEAT_MS);
  try {
    if (!isInstalled(modules)) process.exitCode = await install();
  } finally {
    clearInterval(beat);
    // Fails where the npm of a killed run still writes there; whoever needs the lock next takes it over.
    tryTo(() => rmSync(setup, { recursive: true, force: true, maxRetries: 3 }));
  }
}

/** Installs beside, moves into place; returns the exit code. */
async function install() {
  mkdirSync(staging, { recursive: true });
  writeFileSync(join(setup, ".gitignore"), "*\n");
  for (const file of ["package.json", "package-lock.json", ".npmrc"]) {
    if (existsSync(join(root, file))) copyFileSync(join(root, file), join(staging, file));
  }
  say(`installing the dependencies (npm ci); programs run on Node ${pinned}, which this project pins, whatever the`);
  say(`machine has (now Node ${process.versions.node}). About 20 s ...`);
  const started = Date.now();
  const failed = await npmCi();
  if (failed === "SIGINT" || failed === "SIGTERM" || failed === "SIGHUP") return INTERRUPTED;
  if (failed !== 0) {
    say(`npm ci failed (${failed}), see above. Check the network and the npm registry, then run this again.`);
    return 1;
  }
  const fresh = join(staging, "node_modules");
  if (!isInstalled(fresh)) {
    say(`npm ci went through, but not all is there. The package "node" brings Node ${pinned} by an install script:`);
    say(
      "is npm set to ignore scripts? Allow them, as with `npm config set ignore-scripts false`, then run this again.",
    );
    return 1;
  }
  if (existsSync(modules)) renameSync(modules, join(staging, "replaced"));
  renameSync(fresh, modules);
  say(`ready after ${((Date.now() - started) / 1000).toFixed(0)} s.`);
  return 0;
}

/** Resolves to 0, or to what went wrong: an exit code, the signal that this process or npm got, or a message. */
function npmCi() {
  return new Promise((resolve) => {
    const npm = startNpm(["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]);
    let interrupted;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        interrupted ??= signal;
        npm.kill(signal);
      });
    }
    npm.on("error", (error) => resolve(error.message));
    npm.on("close", (code, signal) => resolve(interrupted ?? signal ?? code));
  });
}

/** True once the lock is this run's; false when another run has installed everything meanwhile. */
async function takeLock() {
  for (let waiting = false; !tryLock(); waiting = true) {
    if (!waiting) say("another run is installing the dependencies; waiting for it ...");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (isInstalled(modules)) return false;
  }
  return true;
}

function tryLock() {
  try {
    mkdirSync(setup);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const touched = statSync(setup, { throwIfNoEntry: false })?.mtimeMs;
  if (touched === undefined || Date.now() - touched <= ABANDONED_MS) return false;
  try {
    // Of all who have seen the same last touch, one makes this directory; that touches the lock.
    mkdirSync(join(setup, `claim-${touched}`));
    return true;
  } catch {
    return false;
  }
}

function touch(path) {
  const now = new Date();
  tryTo(() => utimesSync(path, now, now));
}

function tryTo(action) {
  try {
    action();
  } catch {}
}

/** The npm that runs this script, on the Node that it runs on: the pinned one may be about to be replaced. */
function startNpm(args) {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env;
  const options = { cwd: staging, stdio: ["ignore", "inherit", "inherit"] };
  if (cli?.endsWith("npm-cli.js") && node) return spawn(node, [cli, ...args], options);
  return spawn("npm", args, { ...options, shell: process.platform === "win32" });
}

function say(text) {
  console.error(`millrace: ${text}`);
}
