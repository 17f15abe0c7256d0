/** Set-up against an npm that is a stand-in: what it does around npm, in a second and with no network. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

const SETUP = new URL("../../scripts/setup.mjs", import.meta.url).pathname;

/** Does what `npm ci` would, as the environment tells it, and notes each call. */
const STAND_IN = `
  import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
  appendFileSync(process.env.CALLS, "call\\n");
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  delete lock.packages["node_modules/other-platform"];
  const put = (path, text) => { mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true }); writeFileSync(path, text); };
  put("node_modules/node/package.json", "{}");
  if (process.env.HANG) { writeFileSync(process.env.HANG, ""); const parent = process.ppid; setInterval(() => process.ppid === parent || process.exit(), 20); }
  else if (process.env.FAIL) process.exitCode = 7;
  else setTimeout(() => {
    if (!process.env.NO_SCRIPTS) put("node_modules/node/bin/" + (process.platform === "win32" ? "node.exe" : "node"), "");
    put("node_modules/.package-lock.json", JSON.stringify(lock));
  }, 300);
`;

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

class Checkout {
  readonly root = mkdtempSync(join(tmpdir(), "millrace-setup-"));
  readonly #children: ChildProcess[] = [];

  constructor(t: TestContext) {
    t.after(() => this.#remove());
    mkdirSync(join(this.root, "scripts"));
    cpSync(SETUP, join(this.root, "scripts/setup.mjs"));
    writeFileSync(join(this.root, "package.json"), "{}");
    this.lock("1.0.0");
    writeFileSync(join(this.root, "npm-cli.mjs"), STAND_IN);
    // The name by which set-up knows npm's own entry point.
    mkdirSync(join(this.root, "bin"));
    writeFileSync(join(this.root, "bin/npm-cli.js"), `import("../npm-cli.mjs");`);
  }

  lock(version: string): void {
    const packages = {
      "": {},
      "node_modules/node": { version },
      "node_modules/other-platform": { version, optional: true },
    };
    writeFileSync(join(this.root, "package-lock.json"), JSON.stringify({ packages }));
  }

  start(env: Record<string, string> = {}): { child: ChildProcess; outcome: Promise<Outcome> } {
    const child = spawn(process.execPath, [join(this.root, "scripts/setup.mjs")], {
      env: {
        ...process.env,
        npm_execpath: join(this.root, "bin/npm-cli.js"),
        npm_node_execpath: process.execPath,
        CALLS: join(this.root, "calls"),
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.push(child);
    let output = "";
    child.stderr!.on("data", (text) => {
      output += text;
    });
    const outcome = once(child, "exit").then(([code]) => ({ code: code as number | null, output }));
    return { child, outcome };
  }

  run(env: Record<string, string> = {}): Promise<Outcome> {
    return this.start(env).outcome;
  }

  get npmCalls(): number {
    return existsSync(join(this.root, "calls"))
      ? readFileSync(join(this.root, "calls"), "utf8").trim().split("\n").length
      : 0;
  }

  /** What set-up leaves beside the files that were there. */
  get left(): string[] {
    return readdirSync(this.root).filter((name) => name === "node_modules" || name.startsWith(".setup"));
  }

  #remove(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, "it did not come about within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("a fresh checkout is installed, once", async (t) => {
  const checkout = new Checkout(t);
  assert.deepEqual((await checkout.run()).code, 0);
  assert.deepEqual(checkout.left, ["node_modules"]);
  const again = await checkout.run();
  assert.deepEqual(again, { code: 0, output: "" });
  assert.equal(checkout.npmCalls, 1);
});

test("a changed lock file is installed anew", async (t) => {
  const checkout = new Checkout(t);
  await checkout.run();
  writeFileSync(join(checkout.root, "node_modules/old"), "");
  checkout.lock("1.0.1");
  assert.equal((await checkout.run()).code, 0);
  assert.equal(checkout.npmCalls, 2);
  assert.ok(!existsSync(join(checkout.root, "node_modules/old")));
  assert.deepEqual(checkout.left, ["node_modules"]);
});

test("what somebody installed by hand is accepted when it is whole, and replaced when it is not", async (t) => {
  const checkout = new Checkout(t);
  await checkout.run();
  rmSync(join(checkout.root, "node_modules/node/package.json"));
  assert.equal((await checkout.run()).code, 0);
  assert.equal(checkout.npmCalls, 2);
});

test("a run that is killed midway leaves no half node_modules, and the next run repairs", async (t) => {
  const checkout = new Checkout(t);
  const hangs = join(checkout.root, "hangs");
  const { child, outcome } = checkout.start({ HANG: hangs });
  await until(() => existsSync(hangs));
  child.kill("SIGKILL");
  await outcome;
  assert.deepEqual(checkout.left, [".setup"]);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(join(checkout.root, ".setup"), longAgo, longAgo);
  assert.equal((await checkout.run()).code, 0);
  assert.deepEqual(checkout.left, ["node_modules"]);
});

test("an interrupted run tidies up after itself", { skip: process.platform === "win32" }, async (t) => {
  const checkout = new Checkout(t);
  const hangs = join(checkout.root, "hangs");
  const { child, outcome } = checkout.start({ HANG: hangs });
  await until(() => existsSync(hangs));
  child.kill("SIGINT");
  assert.equal((await outcome).code, 130);
  assert.deepEqual(checkout.left, []);
});

test("of several runs at once one installs and the others wait for it", async (t) => {
  const checkout = new Checkout(t);
  const outcomes = await Promise.all([checkout.run(), checkout.run(), checkout.run()]);
  assert.deepEqual(
    outcomes.map(({ code }) => code),
    [0, 0, 0],
  );
  assert.equal(checkout.npmCalls, 1);
  assert.deepEqual(checkout.left, ["node_modules"]);
});

test("of several runs that find an abandoned set-up one takes it over", async (t) => {
  const checkout = new Checkout(t);
  mkdirSync(join(checkout.root, ".setup"));
  utimesSync(join(checkout.root, ".setup"), 0, 0);
  const outcomes = await Promise.all([checkout.run(), checkout.run(), checkout.run()]);
  assert.deepEqual(
    outcomes.map(({ code }) => code),
    [0, 0, 0],
  );
  assert.equal(checkout.npmCalls, 1);
});

test("a failure of npm is passed on, and what was installed before stays", async (t) => {
  const checkout = new Checkout(t);
  await checkout.run();
  checkout.lock("1.0.1");
  const { code, output } = await checkout.run({ FAIL: "1" });
  assert.equal(code, 1);
  assert.match(output, /npm ci failed \(7\)/);
  assert.deepEqual(checkout.left, ["node_modules"]);
});

test("an npm that ignores install scripts is told of", async (t) => {
  const checkout = new Checkout(t);
  const { code, output } = await checkout.run({ NO_SCRIPTS: "1" });
  assert.equal(code, 1);
  assert.match(output, /ignore-scripts false/);
  assert.deepEqual(checkout.left, []);
});
