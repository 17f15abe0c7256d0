/** One connection's life, over real TCP, on the driver's thread. */
import assert from "node:assert";
import { describe, it } from "node:test";
import { ManualClock } from "../../../src/platform/manual-clock.ts";
import { StorageLevel } from "../../../src/rdd/storage-level.ts";
import { SocketReceiver } from "../../../src/streaming/receiver/socket-receiver.ts";
import { eventually } from "../../eventually.ts";
import { Receiving, receiverSettings, receiving, seeded, sender } from "./harness.ts";

describe("connecting", () => {
  it("tries again after the restart delay when refused, until a server is up", async (t) => {
    const server = await sender(t);
    server.server.close();
    const clock = new ManualClock(1_000);
    const conf = { "spark.streaming.receiverRestartDelay": "700ms" };
    const streams = await receiving(t, [server.port], { clock, conf });

    const { info } = await streams.told("receiverError");
    assert.match(
      info.lastErrorMessage,
      /^\[RECEIVER_FAILED\] no connection to 127\.0\.0\.1:\d+: .*ECONNREFUSED.*700 ms/s,
    );
    assert.match(info.lastError, /ECONNREFUSED/);
    assert.equal(info.lastErrorTime, 1_000);
    assert.equal(info.active, false);
    clock.advance(700);
    await streams.told("receiverError", 2);

    await server.listen();
    clock.advance(699);
    assert.equal(server.connections.length, 0);
    clock.advance(1);
    (await server.connection()).write("up\n");
    const started = await streams.told("receiverStarted");
    assert.deepEqual(
      [started.info.streamId, started.info.name, started.info.active, started.info.executorId],
      [0, "SocketReceiver-0", true, "driver"],
    );
    assert.deepEqual(await streams.receive(1), ["up"]);
  });

  it("connects again when the server closes, and when the connection breaks", async (t) => {
    const server = await sender(t);
    const streams = await receiving(t, [server.port]);
    (await server.connection(0)).end("one\n");
    assert.match((await streams.told("receiverError", 1)).info.lastErrorMessage, /closed the connection/);
    const second = await server.connection(1);
    second.write("two\n");
    await streams.receive(2);
    second.resetAndDestroy();
    assert.match((await streams.told("receiverError", 2)).info.lastErrorMessage, /broke: .*ECONNRESET/);
    (await server.connection(2)).write("three\n");
    assert.deepEqual(await streams.receive(3), ["one", "two", "three"]);
    assert.equal(streams.of("receiverStarted").length, 3);
  });

  it("says why each address of a name failed", async (t) => {
    const server = await sender(t);
    server.server.close();
    const streams = new Receiving({});
    t.after(() => streams.tracker.stop());
    streams.tracker.addSocketStream(0, "localhost", server.port);
    await streams.tracker.start();
    assert.match((await streams.told("receiverError")).info.lastErrorMessage, /localhost:\d+: .*ECONNREFUSED/);
  });

  it("stops while it waits to connect again", async (t) => {
    const server = await sender(t);
    server.server.close();
    const clock = new ManualClock();
    const streams = await receiving(t, [server.port], { clock });
    await streams.told("receiverError");
    await streams.tracker.stop();
    await server.listen();
    clock.advance(60_000);
    await streams.tracker.stop();
    assert.deepEqual(
      streams.events.map(({ type }) => type),
      ["receiverError", "receiverStopped"],
    );
    assert.equal(server.connections.length, 0);
  });
});

describe("lines", () => {
  it("are whole where packets cut characters and line ends", async (t) => {
    const server = await sender(t);
    const streams = await receiving(t, [server.port]);
    const socket = await server.connection();
    socket.setNoDelay(true);
    // A byte at a time, each flushed by itself.
    for (const byte of Buffer.from("grün\r\n€uro\n\r\n😀\n")) {
      await new Promise<void>((resolve) => socket.write(Buffer.of(byte), () => resolve()));
    }
    assert.deepEqual(await streams.receive(4), ["grün", "€uro", "", "😀"]);
    assert.deepEqual(streams.of("receiverError"), []);
  });

  it("over the limit are dropped whole, counted and told of once, then together", async (t) => {
    const server = await sender(t);
    const clock = new ManualClock();
    const streams = await receiving(t, [server.port], { clock, conf: { "millrace.receiver.maxLineBytes": 10 } });
    const socket = await server.connection();
    socket.write(`0123456789\r\n${"x".repeat(500_000)}`);
    const first = await streams.told("receiverError");
    assert.equal(first.info.droppedLines, 1);
    assert.equal(first.info.active, true);
    assert.match(
      first.info.lastErrorMessage,
      /^\[RECEIVER_FAILED\] .*1 line was dropped, being longer than 10 bytes.*maxLineBytes/s,
    );
    socket.write("\nmore\n01234567890\n01234567890\nlast\n");
    assert.deepEqual(await streams.receive(3), ["0123456789", "more", "last"]);
    assert.equal(streams.of("receiverError").length, 1);
    clock.advance(10_000);
    assert.equal(streams.of("receiverError").length, 2);
    assert.equal(streams.events.at(-1)?.info.droppedLines, 3);
  });

  it("that are not UTF-8 are repaired, counted and told of; the connection goes on", async (t) => {
    const server = await sender(t);
    const streams = await receiving(t, [server.port]);
    const socket = await server.connection();
    socket.write(Buffer.from("gr\xfcn\nok\n", "latin1"));
    assert.deepEqual(await streams.receive(2), ["gr\ufffdn", "ok"]);
    const { info } = await streams.told("receiverError");
    assert.deepEqual([info.invalidUtf8Lines, info.active], [1, true]);
    assert.match(info.lastErrorMessage, /1 line was not UTF-8/);
    socket.write("on\n");
    await streams.receive(3);
    assert.equal(server.connections.length, 1);
  });

  it("without a newline at the end count when the sender closes in order", async (t) => {
    const server = await sender(t);
    const streams = await receiving(t, [server.port]);
    (await server.connection(0)).end("one\ntwo");
    (await server.connection(1)).end("three\r");
    (await server.connection(2)).end("four\n");
    assert.deepEqual(await streams.receive(4), ["one", "two", "three", "four"]);
    await streams.told("receiverError", 3);
    assert.equal(streams.events.at(-1)?.info.droppedPartialLines, 0);
  });

  it("without a newline at the end are dropped and counted when the connection breaks", async (t) => {
    const server = await sender(t);
    const streams = await receiving(t, [server.port]);
    const socket = await server.connection(0);
    socket.write("one\ntw");
    await streams.receive(1);
    socket.resetAndDestroy();
    const { info } = await streams.told("receiverError");
    assert.equal(info.droppedPartialLines, 1);
    assert.match(info.lastErrorMessage, /broke.*1 line was dropped, having no newline/s);
    // The beginning of the lost line does not run into the next connection's first one.
    (await server.connection(1)).write("o\nthree\n");
    assert.deepEqual(await streams.receive(3), ["one", "o", "three"]);
  });
});

describe("blocks", () => {
  it("end a block interval after their first line, and at a cut", async (t) => {
    const server = await sender(t);
    const clock = new ManualClock();
    const records: number[] = [];
    const intervals: number[] = [];
    let packets = 0;
    const level = StorageLevel.MEMORY_ONLY;
    const receiver = new SocketReceiver(
      { type: "open", streamId: 0, host: "127.0.0.1", port: server.port, level },
      {
        settings: receiverSettings({ maxLineBytes: 1000 }),
        clock,
        send: () => {},
        pushLines: (_owner, _lines, count, interval) => {
          records.push(count);
          intervals.push(interval);
        },
        pushRecords: () => assert.fail("there are lines only"),
        received: () => packets++,
      },
    );
    t.after(() => receiver.end());
    receiver.open();
    const socket = await server.connection();
    const arrive = async (text: string) => {
      const before = packets;
      socket.write(text);
      await eventually("the packet has come", () => packets > before);
    };
    clock.advance(1000);
    await arrive("only the beginning of a line");
    clock.advance(1000);
    await arrive("\n");
    clock.advance(199);
    await arrive("second\n");
    assert.deepEqual(records, []);
    clock.advance(1);
    assert.deepEqual(records, [2]);
    clock.advance(1000);
    await arrive("third\nand the beginning of");
    clock.advance(100);
    receiver.cut();
    assert.deepEqual(records, [2, 1]);
    await arrive(" the fourth\n");
    // The interval counts from the first line after the cut.
    clock.advance(199);
    assert.deepEqual(records, [2, 1]);
    clock.advance(1);
    assert.deepEqual(records, [2, 1, 1]);
    assert.equal(receiver.waitingBytes, 0);
    // What is much is cut before its interval ends.
    const large = `${"x".repeat(999)}\n`.repeat(2500);
    socket.write(large);
    const cutLines = () => records.slice(3).reduce((a, b) => a + b, 0);
    await eventually("the lines have come", () => receiver.waitingBytes + 1000 * cutLines() === large.length);
    assert.ok(records.length > 3);
    clock.advance(200);
    assert.equal(cutLines(), 2500);
    assert.deepEqual(new Set(intervals.slice(0, 4)).size, 4);
    assert.deepEqual(new Set(intervals.slice(3)).size, 1);
  });

  it("end after 200 ms, or a batch if that is shorter, or what the configuration says", async (t) => {
    const server = await sender(t);
    for (const [batchDuration, conf, expected] of [
      [1000, {}, 200],
      [50, {}, 50],
      [1000, { "spark.streaming.blockInterval": "80ms" }, 80],
    ] as const) {
      const delays: number[] = [];
      class NotingClock extends ManualClock {
        override at(time: number, callback: () => void) {
          delays.push(time - this.now());
          return super.at(time, callback);
        }
      }
      const streams = await receiving(t, [server.port], { clock: new NotingClock(), batchDuration, conf });
      (await server.connection(server.connections.length)).write("line\n");
      await eventually("a block is to end", () => delays.length > 0);
      assert.deepEqual(delays, [expected]);
      await streams.tracker.stop();
    }
  });

  it("lose no line and change no order, wherever packets, blocks and ticks end", async (t) => {
    const random = seeded(7);
    const server = await sender(t);
    const conf = { "spark.streaming.blockInterval": "1ms" };
    const streams = await receiving(t, [server.port], { conf });
    const socket = await server.connection();
    const count = 50_000;
    const expected = Array.from({ length: count }, (_, i) => `${i} ${"é".repeat(random(40))}`);
    const bytes = Buffer.from(`${expected.join("\r\n")}\r\n`);
    for (let from = 0; from < bytes.length; ) {
      const to = from + 1 + random(random(10) === 0 ? 200_000 : 3000);
      if (!socket.write(bytes.subarray(from, to))) await streams.tick();
      from = to;
    }
    assert.deepEqual(await streams.receive(count), expected);
  });
});
