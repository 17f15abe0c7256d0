/**
 * Runs the tests on each Node that millrace is for, one after the other, and says which of them failed.
 *
 *     npm run test:matrix
 *     npm run test:matrix -- test/core test/rdd     only these tests, as with `npm test`
 */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The oldest, as package.json says; the pinned one's line; the newest. */
const VERSIONS = ["22.22", "24", "26"];

const root = fileURLToPath(new URL("..", import.meta.url));
const filters = process.argv.slice(2);

const outcomes: string[] = [];
for (const version of VERSIONS) {
  const node = await install(version);
  const exact = node === undefined ? undefined : await versionOf(node);
  if (node === undefined || exact === undefined) {
    outcomes.push(`Node ${version}: not installed`);
    continue;
  }
  console.log(`\n=== Node ${exact} ===`);
  const code = await run(node, ["--disable-warning=ExperimentalWarning", "scripts/test.ts", ...filters], {
    // What tests start by name is this Node, too.
    PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
  });
  outcomes.push(`Node ${exact}: ${code === 0 ? "passed" : "FAILED"}`);
}

console.log(`\n${outcomes.join("\n")}`);
if (!outcomes.every((outcome) => outcome.endsWith("passed"))) process.exitCode = 1;

/** The executable of a version's newest release, which is kept for the next time; undefined when it cannot be had. */
async function install(version: string): Promise<string | undefined> {
  const folder = join(root, "node_modules/.cache/millrace-nodes", version);
  mkdirSync(folder, { recursive: true });
  // It is a script of the package that puts the executable into place.
  const manifest = { private: true, dependencies: { node: version }, allowScripts: { node: true } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  const code = await run("npm", ["install", "--prefix", folder, "--prefer-offline", ...quiet], {}, folder);
  const executable = process.platform === "win32" ? "node.exe" : "node";
  return code === 0 ? join(folder, "node_modules/node/bin", executable) : undefined;
}

function versionOf(node: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(node, ["--version"], { stdio: ["ignore", "pipe", "inherit"] });
    let version = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      version += text;
    });
    child.on("error", () => resolve(undefined));
    child.on("close", (code) => resolve(code === 0 ? version.trim().slice(1) : undefined));
  });
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd = root): Promise<number | null> {
  return new Promise((resolve) => {
    const shell = process.platform === "win32" && command === "npm";
    const child = spawn(command, args, { cwd, shell, stdio: "inherit", env: { ...process.env, ...env } });
    child.on("error", (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on("close", resolve);
  });
}
