/** Received data that memory has no room for: where it is held, that all of it is counted, and that nothing is left of it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { deserializeRecords, isMillraceError, Receiver, StorageLevel, type StreamInputInfo } from "millrace";
import { StreamTester } from "millrace/testing";
import { eventually } from "../eventually.ts";
import { captureLogs } from "../logs.ts";
import { sender } from "./receiver/harness.ts";
import { bytesIn, filesIn, localDirectory } from "./receiver/local-files.ts";
import { framing, hourConf, Readings } from "./receiver/readings.ts";

const long = process.env.MILLRACE_LONG === "1";
const MIB = 2 ** 20;
const PACKET = 64 * 1024;

/** A server that sends what `chunks` gives to whoever connects first, as fast as it is taken, and closes. */
async function serve(t: TestContext, chunks: () => Iterable<string | Uint8Array>): Promise<number> {
  let served = false;
  const server = createServer(async (socket) => {
    socket.on("error", () => {});
    t.after(() => socket.destroy());
    if (served) return;
    served = true;
    for (const chunk of chunks()) if (!socket.write(chunk)) await once(socket, "drain");
    socket.end();
  });
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

for (const master of ["local", "local[2]"]) {
  describe(`an hour-long batch whose input exceeds memory (${master})`, () => {
    it("has all lines, each once, and memory stays at its budget", { timeout: 300_000 }, async (t) => {
      const local = localDirectory(t);
      const conf = hourConf(local, "2m");
      const tester = new StreamTester({ master, batchDuration: "1 hour", conf, deadline: "120 seconds" });
      t.after(() => tester.stop());
      const lines = long ? 2_000_000 : 300_000;
      const filling = "y".repeat(150);
      let sent = 0;
      const port = await serve(t, function* () {
        for (let n = 0; n < lines; n += 1000) {
          const chunk = Array.from({ length: 1000 }, (_, i) => `${n + i} ${filling}\n`).join("");
          sent += chunk.length;
          yield chunk;
        }
      });
      let closed = 0;
      tester.ssc.addStreamingListener({ onReceiverError: () => closed++ });
      const sums: [count: number, sum: number][] = [];
      tester.ssc
        .socketTextStream("127.0.0.1", port)
        .map((line) => Number.parseInt(line, 10))
        .foreachRDD(async (rdd) => {
          const { count, sum } = await rdd.stats();
          sums.push([count, sum]);
        });
      await tester.start();
      const before = process.memoryUsage().rss;
      await eventually("the sender has been read to its end", async () => {
        // Not beyond the hour, however long the sender takes.
        if (tester.clock.now() < 3_000_000) await tester.advance("1 second");
        return closed > 0;
      });
      const grown = process.memoryUsage().rss - before;
      const inFiles = bytesIn(local);
      t.diagnostic(
        `${sent} bytes received, ${inFiles} of them in ${filesIn(local).length} files; memory grew by ${grown}`,
      );
      assert.deepEqual(sums, []);
      // What waits to be cut is a mebibyte at most.
      assert.ok(inFiles > sent - 3 * MIB - PACKET, `${inFiles} of ${sent} bytes are in files`);
      assert.ok(grown < Math.min(sent, 400 * MIB), `${grown} bytes more`);

      await tester.advance(3_600_000 - tester.clock.now());
      assert.deepEqual(sums, [[lines, (lines * (lines - 1)) / 2]]);
      // Forgotten with the next batch.
      await tester.advance("1 hour");
      assert.equal(sums.at(-1)![0], 0);
      await eventually("the files are gone", () => filesIn(local).length === 0);
      await tester.stop();
      assert.deepEqual(readdirSync(local), []);
    });

    it("has all records of framed connections and of receivers, however they are stored", {
      timeout: 120_000,
    }, async (t) => {
      const local = localDirectory(t);
      const tester = new StreamTester({
        master,
        batchDuration: "1 hour",
        conf: hourConf(local, "256k"),
        deadline: "60 seconds",
      });
      t.after(() => tester.stop());
      const logs = captureLogs();
      t.after(() => logs.stop());
      const framed = 200_000;
      const port = await serve(t, function* () {
        for (let n = 0; n < framed; n += 1000) yield Array.from({ length: 1000 }, (_, i) => `${n + i}\n`).join("");
      });
      const done = new Set<number>();
      tester.ssc.addStreamingListener({
        onReceiverError: ({ receiverInfo }) => done.add(receiverInfo.streamId),
        onReceiverStopped: ({ receiverInfo }) => done.add(receiverInfo.streamId),
      });
      const infos: StreamInputInfo[] = [];
      tester.ssc.addStreamingListener({
        onBatchCompleted: ({ batchInfo }) => infos.push(...batchInfo.streamIdToInputInfo.values()),
      });
      const found: Record<string, number[]> = {};
      const collect = (name: string) => async (rdd: { stats(): Promise<{ count: number; sum: number }> }) => {
        const { count, sum } = await rdd.stats();
        if (count > 0) found[name] = [count, sum];
      };
      tester.ssc.socketStream("127.0.0.1", port, framing).foreachRDD(collect("framed"));
      for (const how of ["one", "several"] as const) {
        // Methods of the class work on what was read from a file.
        tester.ssc
          .receiverStream(new Readings(how, 4000))
          .filter((reading) => reading.isOdd)
          .map(({ n }) => n)
          .foreachRDD(collect(how));
      }
      tester.ssc
        .receiverStream(new Readings("bytes", 4000))
        .map(({ n }) => n)
        .foreachRDD(collect("bytes"));
      await tester.start();
      await eventually("all has been stored", async () => {
        if (tester.clock.now() < 3_000_000) await tester.advance("1 second");
        return done.size === 4;
      });
      assert.ok(bytesIn(local) > 11e6);
      await tester.advance(3_600_000 - tester.clock.now());
      const sumOf = (n: number) => (n * (n - 1)) / 2;
      assert.deepEqual(found, {
        framed: [framed, sumOf(framed)],
        one: [2000, 2000 * 2000],
        several: [2000, 2000 * 2000],
        bytes: [4000, sumOf(4000)],
      });
      assert.deepEqual(
        infos.map(({ numRecords }) => numRecords),
        [framed, 4000, 4000, 0],
      );
      assert.ok(infos.some(({ metadata }) => Number(metadata.bytesInFiles) > 1e6));
      await tester.stop();
      assert.deepEqual(readdirSync(local), []);
    });
  });
}

describe("store of several records", () => {
  it("has written them when it resolves", async (t) => {
    const local = localDirectory(t);
    const tester = new StreamTester({ conf: { "spark.local.dir": local } });
    t.after(() => tester.stop());
    const seen: unknown[] = [];
    class Reliable extends Receiver<string> {
      async onStart(): Promise<void> {
        for (const records of [["a", "b"], ["c"]]) {
          await this.store(records);
          // A receiver of `local` is on the test's own thread.
          const [newest] = filesIn(local).sort((a, b) => b.path.localeCompare(a.path));
          seen.push(deserializeRecords(readFileSync(newest!.path).subarray(8)));
        }
      }
      onStop(): void {}
    }
    tester.output(tester.ssc.receiverStream(new Reliable(StorageLevel.DISK_ONLY)));
    await tester.start();
    await eventually("both are stored", () => seen.length === 2);
    assert.deepEqual(seen, [["a", "b"], ["c"]]);
  });
});

describe("files of blocks", () => {
  /** What a batch fails with whose only block is in a file of which `damage` has made something else. */
  async function failureAfter(t: TestContext, damage: (path: string) => void): Promise<unknown> {
    const local = localDirectory(t);
    const tester = new StreamTester({ conf: { "spark.local.dir": local } });
    t.after(() => tester.stop());
    const server = await sender(t);
    tester.ssc.socketTextStream("127.0.0.1", server.port, StorageLevel.DISK_ONLY).foreachRDD(async (rdd) => {
      for (const { path } of filesIn(local)) damage(path);
      await rdd.count();
    });
    await tester.start();
    (await server.connection()).write("a line\nanother\n");
    await eventually("a batch with the lines", async () => {
      await tester.advance("1 second");
      return tester.failure !== undefined;
    });
    return tester.failure;
  }

  for (const [what, code, damage] of [
    ["one byte changed", "FILE_CORRUPT", (path: string) => writeFileSync(path, readFileSync(path).fill(0x7a, 12, 13))],
    ["its end missing", "FILE_CORRUPT", (path: string) => truncateSync(path, 10)],
    ["another length", "FILE_CORRUPT", (path: string) => writeFileSync(path, readFileSync(path).fill(0xff, 0, 4))],
    ["nothing in it", "FILE_CORRUPT", (path: string) => truncateSync(path, 0)],
    ["gone", "FILE_UNREADABLE", (path: string) => rmSync(path)],
  ] as const) {
    it(`fail the batch that needs one that has ${what}: ${code}`, async (t) => {
      const failure = await failureAfter(t, damage);
      assert.ok(isMillraceError(failure, code), String(failure));
      assert.equal(failure.operator, "socketTextStream");
    });
  }

  it("stay as long as a window needs them", async (t) => {
    const local = localDirectory(t);
    const tester = new StreamTester({ conf: { "spark.local.dir": local } });
    t.after(() => tester.stop());
    const server = await sender(t);
    const lines = tester.ssc.socketTextStream("127.0.0.1", server.port, StorageLevel.DISK_ONLY);
    const windows = tester.output(lines.window("3 seconds"));
    await tester.start();
    const socket = await server.connection();
    for (const line of ["one", "two", "three", "four"]) {
      socket.write(`${line}\n`);
      await eventually("it has come", async () => {
        await tester.advance("1 second");
        return windows.records.at(-1)?.at(-1) === line;
      });
    }
    // A line may have come a tick late, so that the window has fewer.
    await eventually("what no window needs is gone", () => filesIn(local).length <= 3);
    await tester.advance("5 seconds");
    const seen = windows.records.flat();
    for (const line of ["one", "two", "three", "four"]) assert.equal(seen.filter((each) => each === line).length, 3);
    await eventually("the files are gone", () => filesIn(local).length === 0);
  });

  it("go with a process that ends without a stop", { timeout: 60_000 }, async (t) => {
    const local = localDirectory(t);
    mkdirSync(local, { recursive: true });
    const program = `
      import { Receiver, StorageLevel, StreamingContext } from "millrace";
      class One extends Receiver {
        async onStart() { await this.store(["a"]); console.log("stored"); }
        onStop() {}
      }
      const conf = { "spark.local.dir": process.argv[1], "spark.ui.enabled": false };
      const ssc = new StreamingContext({ master: "local", batchDuration: "1 hour", conf });
      ssc.receiverStream(new One(StorageLevel.DISK_ONLY)).print();
      await ssc.start();
      process.stdin.once("data", () => process.exit(0));
    `;
    const child = spawn(
      process.execPath,
      ["--input-type=module", "--disable-warning=ExperimentalWarning", "-e", program, local],
      {
        stdio: ["pipe", "pipe", "inherit"],
        cwd: join(import.meta.dirname, "../.."),
      },
    );
    t.after(() => child.kill());
    await once(child.stdout, "data");
    assert.equal(filesIn(local).length, 1);
    const ended = once(child, "exit");
    child.stdin.write("end\n");
    assert.deepEqual(await ended, [0, null]);
    assert.deepEqual(readdirSync(local), []);
  });
});
