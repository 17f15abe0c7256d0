/** The table of cases where programs live: compiled, bundled, in a worker, under a debugger and under coverage. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type BuildOptions, build, transform } from "esbuild";
import { checkClosure, shipClosure } from "../../src/closure/shipped-closure.ts";
import { CallSite } from "../../src/core/call-site.ts";
import { ExecutorThread } from "./executor-thread.ts";

const fixtures = fileURLToPath(new URL("./fixtures/", import.meta.url));
const table = join(fixtures, "table.ts");
// Among the fixtures, so that packages resolve as theirs do.
const built = mkdtempSync(join(fixtures, ".built-"));
after(() => rmSync(built, { recursive: true }));

interface Report {
  readonly passed: number;
  readonly failures: readonly string[];
}

const CASES = 65;
/** What this is depends on where the code is. */
const IMPORT_META = ["46"];

function check({ passed, failures }: Report, without: readonly string[] = []): void {
  assert.deepEqual(failures, []);
  assert.equal(passed, CASES - without.length);
}

interface Run {
  readonly program?: string;
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  readonly onStart?: (child: ChildProcess) => void;
}

async function run<T = Report>({ program = table, flags = [], args = [], env = {}, onStart }: Run): Promise<T> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...flags, program, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onStart?.(child);
  let [out, err] = ["", ""];
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    err += data;
  });
  await new Promise((resolve) => child.on("close", resolve));
  assert.match(out, /^\{/, `${out}${err}`);
  return JSON.parse(out);
}

describe("closures are captured", () => {
  const bundles: Record<string, [options: BuildOptions, without?: readonly string[]]> = {
    "a bundle": [{ format: "esm" }],
    "a minified bundle": [{ format: "esm", minify: true }],
    "a minified bundle that keeps names": [{ format: "esm", minify: true, keepNames: true }],
    "a minified CommonJS bundle": [{ format: "cjs", minify: true }],
    // Private names are gone: what is refused for them is not.
    "a bundle for older engines": [{ format: "cjs", target: "es2020" }, ["E11"]],
  };
  for (const [name, [options, more = []]] of Object.entries(bundles)) {
    it(`in ${name}`, async () => {
      const outfile = join(built, `${name.replaceAll(" ", "-")}.${options.format === "cjs" ? "cjs" : "mjs"}`);
      await build({
        entryPoints: [join(fixtures, "cases.ts")],
        bundle: true,
        packages: "external",
        platform: "node",
        logLevel: "error",
        outfile,
        ...options,
      });
      const without = [...IMPORT_META, ...more];
      const renamed = options.minify ? ["--renamed"] : [];
      check(await run({ args: [...renamed, `--without=${without}`, outfile] }), without);
    });
  }

  it("in CommonJS", async () => {
    mkdirSync(join(built, "lib"));
    for (const file of ["lib/gauge", "cases"]) {
      const source = readFileSync(join(fixtures, `${file}.ts`), "utf8").replaceAll("./lib/gauge.ts", "./lib/gauge.cjs");
      const { code } = await transform(source, { loader: "ts", format: "cjs", platform: "node", logLevel: "error" });
      writeFileSync(join(built, `${file}.cjs`), code);
    }
    check(await run({ args: [`--without=${IMPORT_META}`, join(built, "cases.cjs")] }), IMPORT_META);
  });

  it("under tsx", async () => {
    check(await run({ flags: ["--import", "tsx"] }));
  });

  it("in a worker thread", async () => {
    const worker = new Worker(table, { workerData: [] });
    check(await new Promise<Report>((resolve, reject) => worker.on("message", resolve).on("error", reject)));
  });

  it("with a debugger attached", async () => {
    let [attached, paused] = [false, 0];
    const report = run({
      flags: ["--inspect-wait=127.0.0.1:0"],
      onStart: (child) => {
        child.stderr?.on("data", (data) => {
          const url = /ws:\S+/.exec(`${data}`)?.[0];
          if (url === undefined) return;
          const socket = new WebSocket(url);
          socket.onopen = () => {
            attached = true;
            const methods = ["Runtime.enable", "Debugger.enable", "Runtime.runIfWaitingForDebugger"];
            for (const [id, method] of methods.entries()) socket.send(JSON.stringify({ id, method }));
          };
          socket.onmessage = ({ data }) => {
            if (`${data}`.includes('"Debugger.paused"')) {
              paused++;
              socket.send(JSON.stringify({ id: 9, method: "Debugger.resume" }));
            }
            if (`${data}`.includes('"Runtime.executionContextDestroyed"')) socket.close();
          };
        });
      },
    });
    check(await report);
    assert.deepEqual([attached, paused], [true, 0]);
  });

  it("under Istanbul's coverage, with its counters left out", async () => {
    const { work } = await import("./fixtures/istanbul.mjs");
    const site = new CallSite("map", "/app/program.ts:1:2");
    checkClosure(work, site);
    const { bytes, assigned } = shipClosure(work, site);
    assert.deepEqual(assigned, ["made"]);
    assert.doesNotMatch(Buffer.from(bytes).toString("latin1"), /statementMap/);
    const executor = new ExecutorThread();
    try {
      assert.deepEqual(await executor.ask("call", [bytes], 4), [8, 14, 12, 2]);
      assert.deepEqual(await executor.ask("call", [bytes]), [2, 14, 0, 2]);
    } finally {
      await executor.stop();
    }
  });

  it("under V8's coverage", async () => {
    check(await run({ env: { NODE_V8_COVERAGE: join(built, "coverage") } }));
  });
});

describe("a program runs, and its errors show the lines of its sources", () => {
  const program = join(fixtures, "program.ts");
  const line =
    readFileSync(program, "utf8")
      .split("\n")
      .findIndex((text) => text.includes('"three"')) + 1;

  async function bundled(options: BuildOptions): Promise<string> {
    const outfile = join(built, `program-${Object.values(options).join("-")}.mjs`);
    await build({
      entryPoints: [program],
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      outfile,
      ...options,
    });
    return outfile;
  }

  const ways: Record<string, () => Promise<Run>> = {
    "under tsx": async () => ({ program, flags: ["--import", "tsx"] }),
    "in a bundle with its map inside": async () => ({ program: await bundled({ sourcemap: "inline" }) }),
    "in a minified bundle with its map beside it": async () => ({
      program: await bundled({ sourcemap: "linked", minify: true }),
      flags: ["--enable-source-maps"],
    }),
  };
  for (const [name, way] of Object.entries(ways)) {
    it(name, async () => {
      const { texts, failure } = await run<{ texts: unknown; failure: string }>(await way());
      assert.deepEqual(texts, [
        [0, ["200 C", "204 C"]],
        [1, ["202 C", "206 C"]],
      ]);
      assert.match(failure, new RegExp(`RangeError: three\n    at ${program}:${line}:\\d+\\.\n    in map`));
    });
  }
});
