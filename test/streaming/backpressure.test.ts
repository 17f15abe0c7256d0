/** A sender at full speed, and a program that can do a tenth of it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { Worker } from "node:worker_threads";
import { type BatchInfo, StreamingContext } from "millrace";
import { eventually } from "../eventually.ts";

const long = process.env.MILLRACE_LONG === "1";
const RUN_MS = long ? 300_000 : 30_000;
const BATCH_MS = 1000;

/** Sends numbered lines as fast as they are taken; its thread says on which port, and how many it has written. */
const FEEDER = `
const { createServer } = require("node:net");
const { parentPort } = require("node:worker_threads");
const LINES = 1000;
let next = 0;
const server = createServer((socket) => {
  socket.on("error", () => {});
  const feed = () => {
    for (;;) {
      let text = "";
      for (let i = 0; i < LINES; i++) text += next++ + " a line of about a hundred bytes, so that ten thousand of them are a megabyte or so of data\\n";
      if (!socket.write(text)) break;
    }
    parentPort.postMessage({ written: next });
  };
  socket.on("drain", feed);
  feed();
});
server.listen(0, "127.0.0.1", () => parentPort.postMessage({ port: server.address().port }));
`;

async function feeder(t: TestContext): Promise<number> {
  const worker = new Worker(FEEDER, { eval: true });
  t.after(() => worker.terminate());
  const [{ port }] = (await once(worker, "message")) as [{ port: number }];
  return port;
}

describe("backpressure", () => {
  it("keeps memory flat and delays short, and loses nothing", { timeout: RUN_MS + 120_000 }, async (t) => {
    const port = await feeder(t);
    const ssc = new StreamingContext({ master: "local[2]", batchDuration: BATCH_MS });
    const batches: BatchInfo[] = [];
    ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => batches.push(batchInfo) });
    let next = 0;
    ssc
      .socketTextStream("127.0.0.1", port)
      .mapPartitions(function* (lines) {
        // As if a service were asked: 20,000 lines a second on two threads, where the sender writes more than ten times as many.
        const bell = new Int32Array(new SharedArrayBuffer(4));
        let n = 0;
        for (const line of lines) {
          if (++n % 200 === 0) Atomics.wait(bell, 0, 0, 20);
          yield Number.parseInt(line, 10);
        }
      })
      .foreachRDD(async (rdd) => {
        for (const n of await rdd.collect()) assert.equal(n, next++);
      });
    const memory: number[] = [];
    await ssc.start();
    const started = performance.now();
    await eventually("data", () => next > 0);
    while (performance.now() - started < RUN_MS) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      // Without the room that V8 keeps for the driver's young objects: it grows for many minutes, and nobody has put anything there.
      const { rss, heapTotal, heapUsed } = process.memoryUsage();
      memory.push(rss - (heapTotal - heapUsed));
    }
    await ssc.stop();

    const settled = batches.slice(batches.length / 5);
    const delays = settled.map(({ schedulingDelay }) => schedulingDelay!).sort((a, b) => a - b);
    const sizes = settled.map(({ numRecords }) => numRecords).sort((a, b) => a - b);
    // In the first third V8 gives each thread the room that it will have.
    const third = Math.ceil(memory.length / 3);
    const early = Math.max(...memory.slice(third, 2 * third));
    const late = Math.max(...memory.slice(-third));
    t.diagnostic(
      `${next} lines in ${batches.length} batches; scheduling delay p50 ${delays[delays.length >> 1]!.toFixed(0)} ms, most ${delays.at(-1)!.toFixed(0)} ms; ` +
        `batches of ${sizes[0]} to ${sizes.at(-1)}, median ${sizes[sizes.length >> 1]}; memory ${(early / 2 ** 20).toFixed(0)} then ${(late / 2 ** 20).toFixed(0)} MiB`,
    );
    assert.ok(next > 10_000);
    assert.ok(delays.at(-1)! < 3 * BATCH_MS, `a scheduling delay of ${delays.at(-1)} ms`);
    assert.ok(late < early + 64 * 2 ** 20, `${early} bytes grew to ${late}`);
  });
});
