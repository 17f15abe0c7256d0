import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { readOptions } from "../../demo/airliners/command-line.ts";
import { FEED_START, Feed, TICK_MS } from "../../demo/airliners/feed.ts";
import { everythingAt } from "./page/messages.ts";

const startFile = fileURLToPath(new URL("../../demo/airliners/start.ts", import.meta.url));
const flags = ["--disable-warning=ExperimentalWarning"];

describe("npm start", () => {
  it("explains itself", () => {
    const { status, stdout } = spawnSync(process.execPath, [...flags, startFile, "--help"], { encoding: "utf8" });
    assert.equal(status, 0);
    for (const option of [
      "--speed",
      "--planes",
      "--seed",
      "--connect",
      "--watch",
      "--page-port",
      "--no-page",
      "--help",
    ])
      assert.ok(stdout.includes(option));
  });

  for (const [args, complaint] of [
    [["--sped", "3"], /--sped/],
    [["--speed", "fast"], /--speed must be a number from 0.01 to 300, not "fast"/],
    [["--connect", "somewhere"], /--connect must be host:port, not "somewhere"/],
    [["--watch", "no/such/folder"], /--watch: there is no directory no\/such\/folder/],
    [["--watch", ".", "--connect", "a:1"], /from one place only/],
    [["--page-port", "70000"], /--page-port must be a number from 0 to 65535, not "70000"/],
    [["surplus"], /surplus/],
  ] as const) {
    it(`refuses ${args.join(" ")}`, () => assert.throws(() => readOptions(args), complaint));
  }

  it("prints what is wrong, and the help", () => {
    const { status, stderr } = spawnSync(process.execPath, [...flags, startFile, "--sped", "3"], { encoding: "utf8" });
    assert.equal(status, 2);
    assert.match(stderr, /--sped/);
    assert.match(stderr, /--connect <host:port>/);
  });

  it("stops cleanly on Ctrl-C, with a summary, and leaves no process behind", { timeout: 60_000 }, async (t) => {
    const { child, output } = start(t, ["--speed", "300", "--planes", "40", "--page-port", "0"]);
    await output.has(/HEALTH .*lines\/s/);
    const page = await linkIn(output, "the map");
    assert.match(await (await fetch(page)).text(), /<title>Airliners<\/title>/);
    assert.equal((await fetch(await linkIn(output, "the engine at work"))).status, 200);
    await until(async () => ((await everythingAt(page)).health?.feedTime ?? 0) > 0);
    child.kill("SIGINT");
    await output.ended;
    assert.deepEqual([child.exitCode, child.signalCode], [0, null], output.text());
    assert.match(output.text(), /\nstopped at \d\d:\d\d:\d\d feed time: [\d,]+ lines, \d+ bad lines?, \d+ alerts?\n$/);
  });

  it("runs on somebody else's lines", { timeout: 60_000 }, async (t) => {
    const clients = new Set<Socket>();
    const server = createServer((client) => {
      clients.add(client);
      client.on("error", () => {});
      client.write(linesWithFault.text);
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
    const { child, output } = start(t, ["--connect", `127.0.0.1:${port}`, "--speed", "120", "--page-port", "0"]);
    await output.has(linesWithFault.alert);
    const page = await linkIn(output, "the map");
    await until(async () => {
      const { alerts, health } = await everythingAt(page);
      return alerts.length === 1 && health?.badLines === 1;
    });
    child.kill("SIGTERM");
    await output.ended;
    for (const client of clients) client.destroy();
    server.close();
    assert.equal(child.exitCode, 0, output.text());
    assert.match(output.text(), linesWithFault.summary);
  });

  it("runs on the files that are dropped in a directory", { timeout: 60_000 }, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "millrace-watch-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const { child, output } = start(t, ["--watch", directory, "--speed", "120", "--no-page"]);
    await output.has(/watching the lines of files that appear in/);
    writeFileSync(join(directory, ".lines"), linesWithFault.text);
    renameSync(join(directory, ".lines"), join(directory, "lines"));
    await output.has(linesWithFault.alert);
    child.kill("SIGINT");
    await output.ended;
    assert.equal(child.exitCode, 0, output.text());
    assert.match(output.text(), /1 alert$/m);
    assert.doesNotMatch(output.text(), /the map/);
  });
});

/** All that is sent at the beginning of a plane's detour, after a line of nonsense, and what must come of it. */
const linesWithFault = (() => {
  const feed = new Feed({ seed: 4, planes: 30 });
  const fault = feed.faultsUntil(FEED_START + 3_600_000).find(({ kind }) => kind === "off plan")!;
  const lines = feed.linesAt((fault.begins - FEED_START) / TICK_MS);
  return {
    text: `nonsense\n${lines.join("\n")}\n`,
    alert: new RegExp(`OFF PLAN +${fault.subject} +60 km from its route`),
    summary: new RegExp(`: ${lines.length + 1} lines, 1 bad line, 1 alert`),
  };
})();

/** The link to something that a child has printed. */
async function linkIn(output: ReturnType<typeof collect>, what: string): Promise<string> {
  const link = new RegExp(`^${what}: (http://127\\.0\\.0\\.1:\\d+/?)$`, "m");
  await output.has(link);
  return link.exec(output.text())![1]!;
}

/** Asks again and again. The test has a timeout. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Runs it, with the engine's page on any port, until the test ends; what it has written is in the report of a test that failed. */
function start(t: TestContext, args: readonly string[]) {
  const child = spawn(process.execPath, [...flags, startFile, ...args], {
    env: { ...process.env, MILLRACE_CONF: "spark.ui.port=0" },
  });
  const output = collect(child);
  t.after(() => {
    child.kill("SIGKILL");
    if (!Reflect.get(t, "passed")) t.diagnostic(output.text());
  });
  return { child, output };
}

/** What a child has written so far, and a way to wait for more. */
function collect(child: ChildProcess) {
  let text = "";
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface(stream).on("line", (line) => {
      text += `${stripVTControlCharacters(line)}\n`;
      for (const check of waiting) check();
    });
  }
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    text: () => text,
    ended,
    has: (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const check = () => pattern.test(text) && resolve();
        waiting.add(check);
        check();
        ended.then(() => reject(new Error(`ended without ${pattern}:\n${text}`)));
      }),
  };
}
