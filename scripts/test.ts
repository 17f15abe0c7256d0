/**
 * What `npm test` runs once set-up is done: the type check, the linter and the tests. All three run, whatever fails.
 *
 *     npm test                                everything
 *     npm test -- test/core test/rdd/x.test.ts    only the tests below a folder, or in a file, or that a glob matches
 *     npm run test:long                       with MILLRACE_LONG=1: more and longer runs of the same tests
 */
import { spawn } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

type TestEvent = { readonly type: string; readonly data: unknown };
type Summary = { readonly file?: string; readonly duration_ms: number; readonly counts: Record<string, number> };
type Written = { readonly file: string; readonly message: string };

/** A message of millrace's log, and the lines below it that say where something was called. */
const LOG_LINE = /^(\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d [A-Z]+ |\s+(in|at) )/;

/** What the compact report leaves out; the rest is failures, diagnostics and the closing summary. */
const QUIET = new Set(["test:pass", "test:start", "test:plan", "test:enqueue", "test:dequeue", "test:complete"]);

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const long = process.argv.includes("--long");
const filters = process.argv.slice(2).filter((argument) => argument !== "--long");
/** How long one test file may take. */
const deadlineMs = long ? 3_600_000 : 300_000;
if (long) process.env.MILLRACE_LONG = "1";
// Contexts would open ports by the hundred. Tests of the live page ask for one.
process.env.MILLRACE_CONF ??= "spark.ui.enabled=false";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.abort(new Error(signal)));

const failed: string[] = [];
await step("types", "tsc --noEmit", () => typesAgree("."));
for (const pages of ["ui", "test/ui", "demo/airliners/page/browser"])
  await step(`types of ${pages}`, `tsc --noEmit -p ${pages}`, () => typesAgree(pages));
await step("lint", "biome check", () => succeeds("node_modules/@biomejs/biome/bin/biome", ["check"]));
await step("tests", `node --test ${filters.join(" ") || "test"}${long ? ", long" : ""}`, runTests);

if (failed.length > 0) {
  console.log(`\nFAILED: ${failed.join(", ")}.`);
  process.exitCode = 1;
} else console.log("\nAll passed: types, lint, tests.");

async function step(name: string, command: string, work: () => Promise<boolean>): Promise<void> {
  if (interrupted.signal.aborted) return void failed.push(`${name} (not run)`);
  console.log(`${name}: ${command} ...`);
  const started = performance.now();
  const ok = await work();
  if (!ok) failed.push(name);
  console.log(`${name}: ${ok ? "ok" : "FAILED"} after ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function typesAgree(project: string): Promise<boolean> {
  return succeeds("node_modules/typescript/bin/tsc", ["--noEmit", "-p", project]);
}

/** Runs a package's own script on this Node, whatever `node` is on the path. */
function succeeds(script: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: "inherit", signal: interrupted.signal });
    child.on("error", (error) => {
      console.error(`${script}: ${error.message}`);
      resolve(false);
    });
    child.on("close", (code) => resolve(code === 0));
  });
}

async function runTests(): Promise<boolean> {
  const files = filters.length === 0 ? matching("test/**/*.test.ts") : filters.flatMap(testFiles);
  if (files.length === 0) return false;
  let success = false;
  const events = run({
    files: [...new Set(files)],
    concurrency: Math.max(2, Math.min(4, availableParallelism())),
    execArgv: ["--disable-warning=ExperimentalWarning", "--import", endAfter(deadlineMs)],
    signal: interrupted.signal,
  });
  // A file that keeps its thread busy for ever does not get to end itself.
  const silence = () =>
    setTimeout(() => interrupted.abort(new Error("no test has reported for too long")), 1.2 * deadlineMs);
  let watchdog = silence();
  events.on("test:summary", (summary) => {
    if (summary.file === undefined) success = summary.success;
    clearTimeout(watchdog);
    watchdog = silence();
  });
  const output = new Writable({ write: (chunk, _, done) => void process.stdout.write(chunk, () => done()) });
  await pipeline(events, process.stdout.isTTY ? everything : compact, new spec(), output);
  clearTimeout(watchdog);
  return success;
}

/** A module that ends its process when a test file is still there after its deadline, naming what keeps it alive. */
function endAfter(ms: number): string {
  const code = `setTimeout(() => {
    console.error("still running after ${ms / 1000} s, kept alive by:", process.getActiveResourcesInfo());
    process.exit(1);
  }, ${ms}).unref();`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

function testFiles(filter: string): string[] {
  const isFolder = statSync(filter, { throwIfNoEntry: false })?.isDirectory();
  const files = matching(isFolder ? `${filter}/**/*.test.ts` : filter);
  if (files.length === 0) console.error(`no test file matches ${filter}`);
  return files;
}

function matching(glob: string): string[] {
  return globSync(glob).sort();
}

async function* everything(events: AsyncIterable<TestEvent>): AsyncIterable<TestEvent> {
  yield* events;
}

/** For a pipe or a log: one line for each file instead of one for each test, and what was logged only where a test failed. */
async function* compact(events: AsyncIterable<TestEvent>): AsyncIterable<TestEvent> {
  const logged = new Map<string, TestEvent[]>();
  for await (const event of events) {
    if (QUIET.has(event.type)) continue;
    if (event.type === "test:stderr") {
      const { file, message } = event.data as Written;
      if (LOG_LINE.test(message)) {
        logged.set(file, [...(logged.get(file) ?? []), event]);
        continue;
      }
    }
    if (event.type === "test:summary") {
      const { file, duration_ms: ms, counts } = event.data as Summary;
      if (file !== undefined) {
        console.log(`${relative(root, file)}: ${counts.passed}/${counts.tests} in ${ms.toFixed(0)} ms`);
        if (counts.passed! + counts.skipped! < counts.tests!) yield* logged.get(file) ?? [];
        logged.delete(file);
      }
    }
    yield event;
  }
}
