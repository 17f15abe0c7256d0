/** Batches of 5 ms for a long time, while the server that lines come from goes away and comes back as it likes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { it, type TestContext } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { StreamingContext } from "millrace";
import { eventually } from "../eventually.ts";
import { captureLogs } from "../logs.ts";
import { seeded } from "./receiver/harness.ts";

const long = process.env.MILLRACE_LONG === "1";
const RUN_MS = long ? 600_000 : 30_000;
const MiB = 2 ** 20;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What became of a connection: which lines were sent on it, and whether TCP promises that they arrive. */
interface Connection {
  lines: number;
  end: "open" | "in order" | "broken";
}

/** Sends lines that say on which connection they are, and which ones of it they are: `connection:line`. */
class Server5ms {
  readonly connections: Connection[] = [];
  readonly #random: (n: number) => number;
  #server: Server | undefined;
  #socket: Socket | undefined;
  port = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  async listen(): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** Some lines, of which the last may be sent in two parts. */
  send(): void {
    const connection = this.connections.at(-1);
    if (connection?.end !== "open" || this.#socket!.writableNeedDrain) return;
    const text = Array.from(
      { length: 1 + this.#random(60) },
      () => `${this.connections.length - 1}:${connection.lines++} ${"x".repeat(this.#random(40))}\n`,
    ).join("");
    const cut = this.#random(text.length);
    this.#socket!.write(text.slice(0, cut));
    this.#socket!.write(text.slice(cut));
  }

  /** Ends the connection, in order or not, and perhaps is away for a while. */
  async restart(): Promise<void> {
    const connection = this.connections.at(-1);
    if (connection?.end === "open") {
      connection.end = this.#random(2) === 0 ? "in order" : "broken";
      if (connection.end === "in order") this.#socket!.end();
      else {
        this.#socket!.write(`${this.connections.length - 1}:half a line`);
        this.#socket!.resetAndDestroy();
      }
    }
    if (this.#random(2) === 0) return;
    const closed = once(this.#server!, "close");
    this.#server!.close();
    if (connection?.end === "in order") this.#socket!.destroySoon();
    await closed;
    await new Promise((resolve) => setTimeout(resolve, this.#random(30)));
    await this.listen();
  }

  close(): void {
    this.#server!.close();
    this.#socket?.destroy();
  }

  #accept(socket: Socket): void {
    socket.on("error", () => {});
    socket.setNoDelay(true);
    this.#socket = socket;
    this.connections.push({ lines: 0, end: "open" });
  }
}

/** What has been counted: of each connection the lines up to the next one. */
class Counted {
  readonly next: number[] = [];
  readonly wrong: string[] = [];

  add(line: string): void {
    const [, connection, n] = /^(\d+):(\d+) x*$/.exec(line) ?? [];
    if (n === undefined) {
      this.wrong.push(line);
      return;
    }
    const expected = this.next[Number(connection)] ?? 0;
    if (Number(n) !== expected) this.wrong.push(`${line}, where ${expected} was due`);
    this.next[Number(connection)] = expected + 1;
  }
}

async function soak(t: TestContext, master: string, runMs: number): Promise<void> {
  const server = new Server5ms(5);
  await server.listen();
  const ssc = new StreamingContext({
    master,
    batchDuration: "5 ms",
    // A received block that is not given back would soon be one too many.
    conf: {
      "spark.streaming.receiverRestartDelay": "5ms",
      "spark.ui.enabled": false,
      "millrace.receiver.memory": "1m",
    },
  });
  const counted = new Counted();
  let batches = 0;
  ssc.addStreamingListener({ onBatchCompleted: () => void batches++ });
  ssc.socketTextStream("127.0.0.1", server.port).foreachRDD(async (rdd) => {
    for (const line of await rdd.collect()) counted.add(line);
  });
  const logs = captureLogs();
  await ssc.start();
  const sending = setInterval(() => server.send(), 1);
  t.after(async () => {
    clearInterval(sending);
    server.close();
    await ssc.stop();
    logs.stop();
  });

  const memory: number[] = [];
  const heap: number[] = [];
  const random = seeded(6);
  const started = performance.now();
  for (let restarts = 0; performance.now() - started < runMs; restarts++) {
    await new Promise((resolve) => setTimeout(resolve, 20 + random(200)));
    await server.restart();
    // Those are all that may be kept: what was logged is a test's own memory.
    (logs.records as unknown[]).length = 0;
    if (restarts % 10 !== 0) continue;
    collectGarbage();
    const { rss, heapUsed } = process.memoryUsage();
    memory.push(rss);
    heap.push(heapUsed);
  }
  clearInterval(sending);
  const connection = () => server.connections.at(-1)!;
  await eventually("a last connection", () => connection().end === "open");
  server.send();
  await eventually("its lines", () => counted.next[server.connections.length - 1] === connection().lines);

  assert.deepEqual(counted.wrong, []);
  for (const [i, { lines, end }] of server.connections.entries()) {
    const got = counted.next[i] ?? 0;
    if (end === "broken") assert.ok(got <= lines, `${got} of ${lines} lines of the broken connection ${i}`);
    else assert.equal(got, lines, `the lines of connection ${i}`);
  }
  const [memoryBefore, memoryAfter] = thirds(memory);
  const [heapBefore, heapAfter] = thirds(heap);
  const total = counted.next.reduce((sum, n) => sum + n, 0);
  t.diagnostic(
    `${total} lines of ${server.connections.length} connections in ${batches} batches; ` +
      `memory ${memoryBefore} to ${memoryAfter} MiB, the driver's heap ${heapBefore} to ${heapAfter} MiB`,
  );
  assert.ok(heapAfter < heapBefore + 8, `the driver's heap grew from ${heapBefore} to ${heapAfter} MiB`);
  // In the first minute V8 gives each thread the room that it will have.
  const growth = long ? 48 : 128;
  assert.ok(memoryAfter < memoryBefore + growth, `memory grew from ${memoryBefore} to ${memoryAfter} MiB`);
}

/** The most in the second third and in the last, in MiB. */
function thirds(samples: readonly number[]): [before: number, after: number] {
  const third = Math.ceil(samples.length / 3);
  const most = (part: readonly number[]) => Math.round(Math.max(...part) / MiB);
  return [most(samples.slice(third, 2 * third)), most(samples.slice(-third))];
}

it("counts each complete line once, in flat memory, however the server restarts", { timeout: RUN_MS + 60_000 }, (t) =>
  soak(t, "local[2]", RUN_MS),
);
