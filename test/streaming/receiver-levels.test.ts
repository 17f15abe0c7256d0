/** The storage levels of receivers: where blocks are held, and what happens when there is no room. */
import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { isMillraceError, StorageLevel } from "millrace";
import { ManualClock, StreamTester } from "millrace/testing";
import { isInFile } from "../../src/core/block.ts";
import { SlabPool } from "../../src/core/slab-pool.ts";
import { type Clock, SystemClock } from "../../src/platform/clock.ts";
import { BlockStore } from "../../src/streaming/receiver/block-store.ts";
import { eventually } from "../eventually.ts";
import { linesOf, Receiving, receiving, sender } from "./receiver/harness.ts";
import { bytesIn, filesIn, localDirectory } from "./receiver/local-files.ts";
import { framing, hourConf, Readings } from "./receiver/readings.ts";

const MIB = 2 ** 20;
const PACKET = 64 * 1024;

describe("storage levels of receivers", () => {
  const LINE = `${"z".repeat(99)}\n`;

  /** Sends `bytes` to a stream of that level, with room for a mebibyte in memory. */
  async function sending(
    t: TestContext,
    level: StorageLevel,
    bytes: number,
    {
      local = localDirectory(t),
      reserve = 0,
      clock = new SystemClock(),
    }: { local?: string; reserve?: string | number; clock?: Clock } = {},
  ) {
    const server = await sender(t);
    const conf = {
      "millrace.receiver.memory": "1m",
      "millrace.receiver.diskReserve": reserve,
      "spark.local.dir": local,
    };
    const streams = await receiving(t, [server.port], { conf, level, clock });
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

  it("try a full disk again, while a batch goes on for long", async (t) => {
    const parent = localDirectory(t);
    const local = join(parent, "full");
    writeFileSync(local, "");
    const clock = new ManualClock();
    const { streams, socket, received, tickUntil } = await sending(t, StorageLevel.MEMORY_AND_DISK, ALL, {
      local,
      clock,
    });
    await tickUntil("memory is full", () => received() >= MIB);
    clock.advance(60_000);
    for (let i = 0; i < 20; i++) await streams.tick();
    assert.ok(received() < 2.5 * MIB && socket.writableLength > 0);
    rmSync(local);
    clock.advance(10_000);
    await tickUntil("all has come", () => received() === ALL);
    assert.equal(streams.of("receiverError").length, 1);
    assert.ok(bytesIn(local) > ALL - 3 * MIB);
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
