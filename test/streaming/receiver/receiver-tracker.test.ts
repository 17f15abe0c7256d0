/** Allocation, and the receiver thread with its life and death. */
import assert from "node:assert";
import { describe, it, type TestContext } from "node:test";
import type { Worker } from "node:worker_threads";
import { MillraceError } from "../../../src/errors.ts";
import { ManualClock } from "../../../src/platform/manual-clock.ts";
import { StorageLevel } from "../../../src/rdd/storage-level.ts";
import { eventually } from "../../eventually.ts";
import { linesOf, Receiving, receiving, seeded, sender } from "./harness.ts";

/** The threads made while the test runs. */
function threads(t: TestContext): Worker[] {
  const made: Worker[] = [];
  const note = (worker: Worker) => made.push(worker);
  process.on("worker", note);
  t.after(() => process.off("worker", note));
  return made;
}

for (const onDriverThread of [true, false]) {
  describe(onDriverThread ? "on the driver's thread" : "in a receiver thread", () => {
    it("gives each line to one batch, by stream, in order, from memory and from files", {
      timeout: 60_000,
    }, async (t) => {
      const count = 100_000;
      const servers = [await sender(t), await sender(t)];
      const conf = { "spark.streaming.blockInterval": "2ms", "millrace.receiver.memory": "20k" };
      const streams = await receiving(
        t,
        servers.map(({ port }) => port),
        { conf, onDriverThread },
      );
      const random = seeded(onDriverThread ? 1 : 2);
      const sent = servers.map(async (server, stream) => {
        const socket = await server.connection();
        const bytes = Buffer.from(Array.from({ length: count }, (_, i) => `${stream}:${i}\n`).join(""));
        for (let from = 0; from < bytes.length; ) {
          const to = from + 1 + random(20_000);
          if (!socket.write(bytes.subarray(from, to))) await new Promise((resolve) => socket.once("drain", resolve));
          from = to;
        }
        socket.end("the last one");
      });
      await eventually("all lines received", async () => {
        // Two at once must not share a block either.
        await Promise.all([streams.tick(), streams.tick()]);
        streams.release();
        return [0, 1].every((stream) => streams.lines.get(stream)!.length > count);
      });
      await Promise.all(sent);
      for (const stream of [0, 1]) {
        const expected = Array.from({ length: count }, (_, i) => `${stream}:${i}`);
        assert.deepEqual(streams.lines.get(stream), [...expected, "the last one"]);
      }
    });

    it("leaves what was received before the stop to be allocated, read and released", async (t) => {
      const server = await sender(t);
      const conf = { "spark.streaming.blockInterval": "1h" };
      const streams = await receiving(t, [server.port], { conf, onDriverThread });
      const socket = await server.connection();
      socket.write("one\n");
      await streams.receive(1);
      const closed = new Promise((resolve) => socket.once("close", resolve));
      // The second line is known to have come when the one that is too long has been told of.
      socket.write(`two\n${"x".repeat(2_000_000)}`);
      await streams.told("receiverError");
      socket.resume();
      await Promise.all([streams.tracker.stop(), streams.tracker.stop()]);
      await closed;
      const blocks = await streams.tick();
      assert.deepEqual(blocks.flatMap(linesOf), ["two"]);
      streams.release();
      assert.deepEqual(await streams.tick(), []);
      const last = streams.events.at(-1)!;
      assert.deepEqual([last.type, last.info.active, last.info.droppedLines], ["receiverStopped", false, 1]);
      assert.equal(streams.of("receiverStopped").length, 1);
      assert.equal(last.info.executorId, onDriverThread ? "driver" : "receiver");
    });

    it("counts the beginning of a line that the stop cuts off", async (t) => {
      const server = await sender(t);
      const streams = await receiving(t, [server.port], { onDriverThread });
      (await server.connection()).write("one\nand a half");
      await streams.receive(1);
      await streams.tracker.stop();
      assert.equal(streams.events.at(-1)!.info.droppedPartialLines, 1);
    });
  });
}

describe("ReceiverTracker", () => {
  it("is idle without streams", async (t) => {
    const made = threads(t);
    const streams = await receiving(t, [], { onDriverThread: false });
    assert.deepEqual(await streams.tick(), []);
    await streams.tracker.stop();
    assert.equal(made.length, 0);
  });

  it("refuses streams after the start, a second start, and what is no address", async (t) => {
    const streams = await receiving(t, []);
    const code = (expected: string) => (error: unknown) => error instanceof MillraceError && error.code === expected;
    assert.throws(() => streams.tracker.addSocketStream(0, "localhost", 1), code("CONTEXT_STATE"));
    await assert.rejects(streams.tracker.start(), code("CONTEXT_STATE"));
    for (const [host, port] of [
      ["", 1],
      ["localhost", 0],
      ["localhost", 65_536],
      ["localhost", 1.5],
    ] as const) {
      assert.throws(() => new Receiving({}).tracker.addSocketStream(0, host, port), code("INVALID_ARGUMENT"));
    }
  });

  it("gives one thread to all streams, and ends it", async (t) => {
    const made = threads(t);
    const servers = [await sender(t), await sender(t)];
    const streams = await receiving(
      t,
      servers.map(({ port }) => port),
      { onDriverThread: false },
    );
    await streams.told("receiverStarted", 2);
    assert.equal(made.length, 1);
    const ended = new Promise((resolve) => made[0]!.once("exit", resolve));
    await streams.tracker.stop();
    await ended;
  });
});

describe("a receiver thread that dies", () => {
  it("is replaced after the delay; its blocks can still be read and released, and count towards the budget", async (t) => {
    const made = threads(t);
    const server = await sender(t);
    const clock = new ManualClock(5_000);
    const conf = { "millrace.receiver.memory": 1_000_000, "spark.streaming.receiverRestartDelay": "300ms" };
    const streams = await receiving(t, [server.port], {
      clock,
      conf,
      onDriverThread: false,
      level: StorageLevel.MEMORY_ONLY,
    });
    const first = await server.connection(0);
    first.write(`${"a".repeat(899_999)}\n`);
    const before: string[] = [];
    await eventually("the first line", async () => {
      before.push(...(await streams.tick()).flatMap(linesOf));
      return before.length === 1;
    });

    const [cut] = await Promise.all([streams.tick(), made[0]!.terminate()]);
    assert.deepEqual(cut, []);
    const { info } = await streams.told("receiverError");
    assert.match(info.lastErrorMessage, /^\[RECEIVER_FAILED\] the receiver thread ended/);
    assert.deepEqual([info.active, info.lastErrorTime], [false, 5_000]);
    assert.deepEqual(await streams.tick(), []);
    assert.equal(made.length, 1);

    clock.advance(300);
    await streams.told("receiverStarted", 2);
    assert.equal(made.length, 2);
    const second = await server.connection(1);
    const sent = Array.from({ length: 1000 }, (_, i) => String(i).padEnd(19_999, "b"));
    second.write(`${sent.join("\n")}\n`);
    // The dead thread's 900,000 bytes leave 100,000 to the new one, which one packet may exceed.
    await eventually("the next line", async () => {
      await streams.tick();
      return (streams.lines.get(0)?.length ?? 0) > 1;
    });
    await stalled(second);
    await streams.tick();
    assert.ok(streams.blocks.reduce((sum, { block }) => sum + block.length, 0) < 1_000_000 + 64 * 1024);
    const [old] = streams.blocks.splice(0, 1);
    assert.equal(linesOf(old!)[0], "a".repeat(899_999));

    // Given back, it makes room for others, and not in the memory of those that are held.
    streams.releaseBatches(old!);
    await eventually("more lines", async () => {
      await streams.tick();
      return streams.blocks.reduce((sum, { block }) => sum + block.length, 0) > 900_000;
    });
    const held = streams.blocks.flatMap(linesOf);
    assert.deepEqual(held, sent.slice(0, held.length));
    await eventually("all lines", async () => {
      await streams.tick();
      streams.release();
      return streams.lines.get(0)!.length === 1001;
    });
    assert.deepEqual(streams.lines.get(0)!.slice(1), sent);
  });

  it("is not replaced after the stop, and does not hold it up", async (t) => {
    const made = threads(t);
    const server = await sender(t);
    const clock = new ManualClock();
    const streams = await receiving(t, [server.port], { clock, onDriverThread: false });
    await Promise.all([made[0]!.terminate(), streams.tick(), streams.tracker.stop()]);
    clock.advance(1e6);
    await turn();
    assert.equal(made.length, 1);

    const again = await receiving(t, [server.port], { clock, onDriverThread: false });
    await made[1]!.terminate();
    await again.told("receiverError");
    await again.tracker.stop();
    clock.advance(1e6);
    await turn();
    assert.equal(made.length, 2);
  });
});

/** A new thread is noted a turn of the event loop after it was made. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when what is left to send has not become less for many turns of the event loop. */
async function stalled(socket: { readonly writableLength: number }): Promise<void> {
  let left = -1;
  let since = 0;
  await eventually("the sender waits", () => {
    since = socket.writableLength === left ? since + 1 : 0;
    left = socket.writableLength;
    assert.ok(left > 0, "all was sent");
    return since > 50;
  });
}
