/** Received data that memory has no room for: where it is held, that all of it is counted, and that nothing is left of it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
  deserializeRecords,
  isMillraceError,
  Receiver,
  StorageLevel,
  type StreamInputInfo,
  serializeRecords,
} from "millrace";
import { StreamTester } from "millrace/testing";
import { isInFile } from "../../src/core/block.ts";
import { SlabPool } from "../../src/core/slab-pool.ts";
import { BlockStore } from "../../src/streaming/receiver/block-store.ts";
import { captureLogs } from "../logs.ts";
import { eventually, linesOf, Receiving, receiving, sender } from "./receiver/harness.ts";

const long = process.env.MILLRACE_LONG === "1";
const MIB = 2 ** 20;
const PACKET = 64 * 1024;

function localDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "millrace-test-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The files below a directory. */
function filesIn(directory: string): { readonly path: string; readonly bytes: number }[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0 }));
}

function bytesIn(directory: string): number {
  return filesIn(directory).reduce((sum, { bytes }) => sum + bytes, 0);
}

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

class Reading {
  readonly n: number;
  readonly note: string;

  constructor(n: number, note: string) {
    this.n = n;
    this.note = note;
  }

  get isOdd(): boolean {
    return this.n % 2 === 1;
  }
}

/** Stores `count` readings in the way that is asked for, and says when it has. */
class Readings extends Receiver<Reading> {
  readonly #how: "one" | "several" | "bytes";
  readonly #count: number;
  stored = 0;

  constructor(how: "one" | "several" | "bytes", count: number, level?: StorageLevel) {
    super(level);
    this.#how = how;
    this.#count = count;
  }

  async onStart(): Promise<void> {
    const note = "x".repeat(1000);
    for (let n = 0; n < this.#count; n += 1000) {
      const readings = Array.from({ length: 1000 }, (_, i) => new Reading(n + i, note));
      if (this.#how === "several") await this.store(readings);
      else if (this.#how === "bytes") await this.store(serializeRecords(readings.map(({ n }) => ({ n, note }))));
      else for (const reading of readings) await this.store(reading);
      this.stored += 1000;
    }
    this.stop("all stored");
  }

  onStop(): void {}
}

/** Records of lines, for `socketStream`. */
async function* framing(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<number> {
  let held = "";
  for await (const chunk of chunks) {
    const lines = (held + Buffer.from(chunk).toString("latin1")).split("\n");
    held = lines.pop()!;
    for (const line of lines) yield Number.parseInt(line, 10);
  }
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

function hourConf(local: string, memory: string) {
  return {
    "spark.local.dir": local,
    "millrace.receiver.memory": memory,
    "millrace.receiver.diskReserve": 0,
    "spark.streaming.backpressure.enabled": false,
    "spark.streaming.receiverRestartDelay": "2 hours",
  };
}

describe("storage levels of receivers", () => {
  const LINE = `${"z".repeat(99)}\n`;

  /** Sends `bytes` to a stream of that level, with room for a mebibyte in memory. */
  async function sending(
    t: TestContext,
    level: StorageLevel,
    bytes: number,
    { local = localDirectory(t), reserve = 0 }: { local?: string; reserve?: string | number } = {},
  ) {
    const server = await sender(t);
    const conf = {
      "millrace.receiver.memory": "1m",
      "millrace.receiver.diskReserve": reserve,
      "spark.local.dir": local,
    };
    const streams = await receiving(t, [server.port], { conf, level });
    const socket = await server.connection();
    socket.write(LINE.repeat(bytes / LINE.length));
    const received = () => streams.blocks.reduce((sum, { records }) => sum + records * LINE.length, 0);
    const tickUntil = (what: string, condition: () => boolean) =>
      eventually(what, async () => {
        await streams.tick();
        return condition();
      });
    return { streams, socket, local, received, tickUntil };
  }

  const ALL = 20_000_000;

  it("MEMORY_AND_DISK uses memory first, and files beyond it", async (t) => {
    const { streams, local, received, tickUntil } = await sending(t, StorageLevel.MEMORY_AND_DISK, ALL);
    await tickUntil("all has come", () => received() === ALL);
    const inFiles = bytesIn(local);
    assert.ok(inFiles < ALL && inFiles > ALL - MIB - PACKET, `${inFiles} bytes are in files`);
    assert.equal(streams.blocks.flatMap(linesOf).length, ALL / LINE.length);
    streams.release();
    await eventually("the files are gone", () => filesIn(local).length === 0);
  });

  it("DISK_ONLY has all in files at once", async (t) => {
    const { local, received, tickUntil } = await sending(t, StorageLevel.DISK_ONLY, 100_000);
    await tickUntil("all has come", () => received() === 100_000);
    assert.ok(bytesIn(local) > 100_000);
  });

  it("MEMORY_ONLY makes the sender wait, and writes nothing", async (t) => {
    const { streams, socket, local, received, tickUntil } = await sending(t, StorageLevel.MEMORY_ONLY, ALL);
    await tickUntil("memory is full", () => received() >= MIB);
    assert.ok(received() < MIB + 2 * PACKET && socket.writableLength > 0);
    assert.deepEqual(readdirSync(local), []);
    await streams.receive(ALL / LINE.length);
  });

  for (const how of ["one", "several", "bytes"] as const) {
    it(`MEMORY_ONLY makes a receiver wait that stores ${how} at a time, and awaits it`, async (t) => {
      const local = localDirectory(t);
      const tester = new StreamTester({ batchDuration: "1 hour", conf: hourConf(local, "3m") });
      t.after(() => tester.stop());
      // Of a kilobyte each. Under `local` it is on the test's own thread.
      const readings = new Readings(how, 20_000, StorageLevel.MEMORY_ONLY);
      const batches: number[] = [];
      tester.ssc.receiverStream(readings).foreachRDD(async (rdd) => {
        batches.push(await rdd.count());
      });
      await tester.start();
      await eventually("it waits", () => readings.stored >= 2000);
      for (let i = 0; i < 100; i++) await new Promise((resolve) => setImmediate(resolve));
      assert.ok(readings.stored <= 5000, `${readings.stored} are stored`);
      await eventually("all are stored", async () => {
        await tester.advance("1 hour");
        return batches.reduce((sum, n) => sum + n, 0) === 20_000;
      });
      assert.ok(Math.max(...batches) <= 6000);
      assert.deepEqual(readdirSync(local), []);
    });
  }

  it("say by their names where the first blocks are, and where those that memory has no room for", (t) => {
    const places = Object.values(StorageLevel).map((level: StorageLevel) => {
      const store = new BlockStore({
        pool: new SlabPool(),
        memoryBytes: 10,
        directory: localDirectory(t),
        diskReserveBytes: 0,
      });
      const place = () =>
        isInFile(store.store([new Uint8Array(8)], level, (error) => assert.fail(String(error)))) ? "file" : "memory";
      return [level.name, level.useDisk || level.useMemory ? `${place()}, ${place()}` : "nowhere"];
    });
    const [beyond, always, never] = ["memory, file", "file, file", "memory, memory"];
    assert.deepEqual(Object.fromEntries(places), {
      NONE: "nowhere",
      DISK_ONLY: always,
      DISK_ONLY_2: always,
      DISK_ONLY_3: always,
      MEMORY_ONLY: never,
      MEMORY_ONLY_2: never,
      MEMORY_ONLY_SER: never,
      MEMORY_ONLY_SER_2: never,
      MEMORY_AND_DISK: beyond,
      MEMORY_AND_DISK_2: beyond,
      MEMORY_AND_DISK_SER: beyond,
      MEMORY_AND_DISK_SER_2: beyond,
      OFF_HEAP: beyond,
    });
  });

  it("leave a half of memory to receivers that can use nothing else", async (t) => {
    const local = localDirectory(t);
    const servers = [await sender(t), await sender(t)];
    const conf = { "millrace.receiver.memory": "1m", "spark.local.dir": local };
    const streams = new Receiving({ conf });
    t.after(() => streams.tracker.close());
    const levels = [StorageLevel.MEMORY_AND_DISK, StorageLevel.MEMORY_ONLY];
    servers.forEach(({ port }, i) => {
      streams.tracker.addSocketStream(i, "127.0.0.1", port, levels[i]);
    });
    await streams.tracker.start();
    const arrive = (stream: number, lines: number) =>
      eventually("all has come", async () => {
        await streams.tick();
        return (streams.lines.get(stream)?.length ?? 0) === lines;
      });
    (await servers[0]!.connection()).write(LINE.repeat(50_000));
    await arrive(0, 50_000);
    const inMemory = 5_000_000 - bytesIn(local);
    assert.ok(inMemory <= MIB / 2, `${inMemory} bytes are in memory`);
    (await servers[1]!.connection()).write(LINE.repeat(4000));
    await arrive(1, 4000);
  });

  it("are refused where they keep nothing", async (t) => {
    const tester = new StreamTester();
    t.after(() => tester.stop());
    const { ssc } = tester;
    const refused = (error: unknown) => isMillraceError(error, "INVALID_ARGUMENT");
    assert.throws(() => ssc.socketTextStream("localhost", 1, StorageLevel.NONE), refused);
    assert.throws(() => ssc.socketStream("localhost", 1, framing, "MEMORY_ONLY" as never), refused);
    assert.throws(() => ssc.receiverStream(new Readings("one", 1, StorageLevel.NONE)), refused);
  });

  it("have a full disk held back as full memory is, until there is room again; nothing is lost", async (t) => {
    const parent = localDirectory(t);
    const local = join(parent, "full");
    // A file where the directory should be: nothing can be written there.
    writeFileSync(local, "");
    const count = ALL / LINE.length;
    const { streams, socket, received, tickUntil } = await sending(t, StorageLevel.MEMORY_AND_DISK, ALL, { local });
    await tickUntil("memory is full", () => received() >= MIB);
    const { info } = await streams.told("receiverError");
    assert.match(info.lastErrorMessage, /\[FILE_UNWRITABLE\]/);
    for (let i = 0; i < 20; i++) await streams.tick();
    assert.ok(received() < 2.5 * MIB, `${received()} bytes are in memory`);
    assert.ok(socket.writableLength > 0);

    rmSync(local);
    const held = received();
    await tickUntil("more has come", () => {
      // A batch has been processed: the disk is tried again as soon as memory is full again.
      if (received() <= held) streams.releaseBatches(...streams.blocks.splice(0, 1));
      return bytesIn(local) > 0;
    });
    await streams.receive(count);
    assert.equal(streams.lines.get(0)!.length, count);
  });

  it("leave what they are told to of the disk, and make the sender wait then", async (t) => {
    const { streams, socket, local, received, tickUntil } = await sending(t, StorageLevel.DISK_ONLY, ALL, {
      reserve: "1000000g",
    });
    await tickUntil("memory is full", () => received() >= MIB);
    const { info } = await streams.told("receiverError");
    assert.match(info.lastErrorMessage, /\[FILE_UNWRITABLE\].*millrace.receiver.diskReserve/);
    assert.ok(received() < 2.5 * MIB && socket.writableLength > 0);
    assert.deepEqual(filesIn(local), []);
    await streams.receive(ALL / LINE.length);
    assert.equal(streams.of("receiverError").length, 1);
  });

  it("keep what a thread that died had written, until it is given back", async (t) => {
    const local = localDirectory(t);
    const server = await sender(t);
    const made: import("node:worker_threads").Worker[] = [];
    const note = (worker: import("node:worker_threads").Worker) => made.push(worker);
    process.on("worker", note);
    t.after(() => process.off("worker", note));
    const conf = { "millrace.receiver.memory": "1m", "spark.local.dir": local };
    const streams = await receiving(t, [server.port], { conf, onDriverThread: false, level: StorageLevel.DISK_ONLY });
    (await server.connection(0)).write("first\n");
    await eventually("the first line", async () => (await streams.tick()).length === 1);
    await made[0]!.terminate();
    (await server.connection(1)).write("second\n");
    await eventually("the second line", async () => (await streams.tick()).length === 1);
    assert.deepEqual(streams.blocks.flatMap(linesOf), ["first", "second"]);
    assert.equal(filesIn(local).length, 2);
    streams.release();
    await eventually("the files are gone", () => filesIn(local).length === 0);
  });
});

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
    await eventually("what no window needs is gone", () => filesIn(local).length === 3);
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
