/** The live page of whole programs: on a port, found at its address, gone with its context, never in the way. */
import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { isMillraceError, SparkContext, StreamingContext } from "millrace";
import { ManualClock } from "millrace/testing";
import type { ApplicationInfo, LiveMessage } from "#millrace/ui/api.ts";
import { captureLogs, type Logs } from "../logs.ts";
import { node } from "../package/processes.ts";
import { type LiveEvent, liveEvents } from "./site.ts";

/** Of several tests at once none may take another's port. */
const ON_ANY_PORT = { "spark.ui.enabled": true, "spark.ui.port": 0 };

async function applications(url: string): Promise<ApplicationInfo[]> {
  return (await (await fetch(`${url}/api/v1/applications`)).json()) as ApplicationInfo[];
}

function listening(port = 0): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** So many neighbouring ports, the last of them free, the others taken. */
async function takenPorts(count: number): Promise<{ readonly first: number; readonly servers: readonly Server[] }> {
  for (;;) {
    const servers = [await listening()];
    const first = (servers[0]!.address() as AddressInfo).port;
    try {
      while (servers.length < count) servers.push(await listening(first + servers.length));
      if (first + count <= 65_535) {
        servers.pop()!.close();
        return { first, servers };
      }
    } catch {
      // One of them is somebody else's.
    }
    for (const server of servers) server.close();
  }
}

describe("a context", () => {
  let logs: Logs;
  beforeEach(() => {
    logs = captureLogs();
  });
  afterEach(() => logs.stop());

  it("is shown at its uiWebUrl until it stops", async () => {
    const sc = new SparkContext({ master: "local", appName: "shown", conf: ON_ANY_PORT });
    const url = (await sc.uiWebUrl)!;
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const [application] = await applications(url);
    assert.deepEqual([application!.id, application!.name], [sc.applicationId, "shown"]);
    await sc.stop();
    await assert.rejects(fetch(url));
    assert.equal(await sc.uiWebUrl, url);
  });

  it("has no page where spark.ui.enabled is false", async () => {
    const sc = new SparkContext({ master: "local", conf: { "spark.ui.enabled": false } });
    assert.equal(sc.uiWebUrl, undefined);
    await sc.stop();
  });

  it("knows all jobs, also those that ran before the server was there", async () => {
    const sc = new SparkContext({ master: "local", conf: ON_ANY_PORT });
    await sc.range(0, 10).count();
    const url = await sc.uiWebUrl;
    const jobs = await (await fetch(`${url}/api/v1/applications/${sc.applicationId}/jobs`)).json();
    assert.equal((jobs as unknown[]).length, 1);
    await sc.stop();
  });

  it("takes the next port where one is taken, and tells why where none is left", async () => {
    const { first, servers } = await takenPorts(3);
    const conf = { "spark.ui.enabled": true, "spark.ui.port": first };
    const sc = new SparkContext({ master: "local", conf });
    assert.equal(await sc.uiWebUrl, `http://127.0.0.1:${first + 2}`);
    const other = new SparkContext({ master: "local", conf: { ...conf, "spark.port.maxRetries": 2 } });
    await assert.rejects(other.uiWebUrl!, (error) => isMillraceError(error, "PORT_UNAVAILABLE"));
    assert.equal(logs.of("PORT_UNAVAILABLE").length, 1);
    // It works all the same.
    assert.equal(await other.range(0, 10).count(), 10);
    await Promise.all([sc.stop(), other.stop()]);
    for (const server of servers) server.close();
  });

  it("tells why there is no page at an address that is not this machine's", async () => {
    const conf = { ...ON_ANY_PORT, "spark.driver.bindAddress": "203.0.113.1", "millrace.ui.token": "t" };
    const sc = new SparkContext({ master: "local", conf });
    await assert.rejects(sc.uiWebUrl!, (error) => isMillraceError(error, "PORT_UNAVAILABLE"));
    await sc.stop();
  });

  it("may stop before its page is served", async () => {
    const sc = new SparkContext({ master: "local", conf: ON_ANY_PORT });
    const served = sc.uiWebUrl!.then(
      () => true,
      (error) => error,
    );
    await sc.stop();
    // Which of the two comes first is not settled.
    const outcome = await served;
    if (outcome !== true) assert.ok(isMillraceError(outcome, "CONTEXT_STOPPED"), `${outcome}`);
    assert.deepEqual(logs.of("CONTEXT_STOPPED"), []);
  });

  it("stops while browsers keep their connections, idle and in the middle of an answer", async () => {
    const sc = new SparkContext({ master: "local", conf: ON_ANY_PORT });
    const url = (await sc.uiWebUrl)!;
    const agent = new Agent({ keepAlive: true });
    await new Promise<void>((resolve, reject) => {
      get(`${url}/api/v1/version`, { agent }, (response) => response.resume().on("end", resolve)).on("error", reject);
    });
    // A page that does not read what it is told.
    const stuck = await fetch(`${url}/api/v1/applications/${sc.applicationId}/events?topics=jobs`);
    const live = liveEvents(await fetch(`${url}/api/v1/applications/${sc.applicationId}/events?topics=jobs`));
    assert.equal(((await live.next()).value as LiveEvent).event, "state");
    const began = performance.now();
    const stopping = sc.stop();
    const rest: string[] = [];
    for await (const { event } of live) rest.push(event);
    await stopping;
    assert.equal(rest.at(-1), "stopped");
    assert.ok(performance.now() - began < 10_000);
    agent.destroy();
    await stuck.body?.cancel().catch(() => {});
  });
});

describe("a StreamingContext", () => {
  it("is shown while it runs, and the next one after it", async () => {
    const clock = new ManualClock();
    const sc = new SparkContext({ master: "local", conf: ON_ANY_PORT, clock });
    const url = `${await sc.uiWebUrl}/api/v1/applications/${sc.applicationId}`;
    const statusOf = async (path: string) => (await fetch(`${url}${path}`)).status;
    assert.equal(await statusOf("/streaming/statistics"), 404);
    const events = liveEvents(await fetch(`${url}/events?topics=streaming`));
    let last: LiveMessage | undefined;
    const until = async (holds: (message: LiveMessage) => boolean) => {
      for (;;) {
        const { message } = (await events.next()).value as LiveEvent;
        last = message;
        if (holds(message!)) return message!;
      }
    };
    for (const n of [1, 2]) {
      const ssc = new StreamingContext(sc, n * 1000);
      ssc.queueStream([sc.range(0, 5)]).foreachRDD((rdd) => rdd.count());
      await ssc.start();
      clock.advance(n * 1000);
      await ssc.run!.generator.whenIdle();
      const { streaming } = await until(({ streaming }) => streaming?.statistics.numTotalCompletedBatches === 1);
      assert.equal(streaming!.statistics.batchDuration, n * 1000);
      await ssc.stop({ stopSparkContext: false });
      assert.equal(await statusOf("/streaming/statistics"), 404);
      await until(({ application }) => !application.hasStreaming);
      assert.equal(last!.streaming, null);
    }
    await events.return();
    await sc.stop();
  });
});

describe("a program", () => {
  const index = JSON.stringify(new URL("../../src/index.ts", import.meta.url).href);
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const before = process.env.MILLRACE_CONF;
  process.env.MILLRACE_CONF = "spark.ui.port=0";
  after(() => {
    if (before === undefined) delete process.env.MILLRACE_CONF;
    else process.env.MILLRACE_CONF = before;
  });

  const run = (program: string) =>
    node(
      [
        "--disable-warning=ExperimentalWarning",
        "--input-type=module",
        "-e",
        `import { SparkContext } from ${index};\n${program}`,
      ],
      cwd,
    );

  it("ends by itself, page or not, stopped or not, and writes nothing of it to a pipe", async () => {
    const programs = [
      `const sc = new SparkContext({ master: "local" }); await sc.range(0, 9).count();`,
      `const sc = new SparkContext({ master: "local[2]" }); await sc.range(0, 9).count(); await sc.uiWebUrl;`,
      `const sc = new SparkContext({ master: "local" }); await fetch(await sc.uiWebUrl); await sc.stop();`,
      `const sc = new SparkContext({ master: "local" }); await sc.stop();`,
      // A page that is open keeps it no more than the server does.
      `const sc = new SparkContext({ master: "local" });
       const url = await sc.uiWebUrl;
       const net = await import("node:net");
       const socket = net.connect(new URL(url).port, "127.0.0.1");
       socket.write("GET /api/v1/applications/" + sc.applicationId + "/events?topics=jobs HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n");
       await new Promise((resolve) => socket.once("data", resolve));
       socket.unref();`,
    ];
    const ends = await Promise.all(programs.map(run));
    for (const [i, { code, stdout, stderr }] of ends.entries())
      assert.deepEqual([code, stdout, stderr], [0, "", ""], programs[i]);
  });

  it("says once on a terminal where its page is", async () => {
    const { code, stdout, stderr } = await run(`
      process.stderr.isTTY = true;
      const sc = new SparkContext({ master: "local" });
      const url = await sc.uiWebUrl;
      console.log(url);
      await sc.stop();
    `);
    assert.deepEqual([code, stderr], [0, `millrace: the live page of this program is at ${stdout}`]);
  });

  it("keeps its own Request and Response", async () => {
    const { code, stdout, stderr } = await run(`
      const own = [globalThis.Request, globalThis.Response];
      const sc = new SparkContext({ master: "local" });
      await sc.uiWebUrl;
      console.log(own[0] === globalThis.Request, own[1] === globalThis.Response);
      await sc.stop();
    `);
    assert.deepEqual([code, stdout, stderr], [0, "true true\n", ""]);
  });
});
