/** The budget, and that memory is used again. */
import assert from "node:assert";
import { describe, it } from "node:test";
import type { BlockHandle } from "../../../src/core/block.ts";
import { SlabPool } from "../../../src/core/slab-pool.ts";
import { ManualClock } from "../../../src/platform/manual-clock.ts";
import { StorageLevel } from "../../../src/rdd/storage-level.ts";
import { ReceiverHost } from "../../../src/streaming/receiver/receiver-host.ts";
import type { FromReceiver } from "../../../src/streaming/receiver/receiver-protocol.ts";
import { eventually } from "../../eventually.ts";
import { receiverSettings, receiving, sender } from "./harness.ts";

const BUDGET = 1_000_000;
const { MEMORY_ONLY } = StorageLevel;
const PACKET = 64 * 1024;
const LINE = "a line of some forty bytes, more or less\n";

for (const onDriverThread of [true, false]) {
  const where = onDriverThread ? "the driver's thread" : "a receiver thread";
  it(`a used-up budget makes the sender wait in TCP until blocks are released (${where})`, {
    timeout: 60_000,
  }, async (t) => {
    const server = await sender(t);
    const conf = { "millrace.receiver.memory": BUDGET };
    const streams = await receiving(t, [server.port], { conf, onDriverThread, level: MEMORY_ONLY });
    const socket = await server.connection();
    // Far more than the sockets' own buffers take.
    const count = 1_500_000;
    const text = LINE.repeat(count);
    socket.write(text);
    let left = -1;
    let unchanged = 0;
    await eventually("the sender waits", async () => {
      await streams.tick();
      const received = streams.blocks.reduce((sum, { block }) => sum + block.length, 0);
      assert.ok(received < BUDGET + PACKET + LINE.length, `${received} bytes were received`);
      unchanged = received >= BUDGET && socket.bytesWritten - socket.writableLength === left ? unchanged + 1 : 0;
      left = socket.bytesWritten - socket.writableLength;
      return unchanged > 100;
    });
    assert.ok(socket.writableLength > 0, "the sender still has something to send");

    const lines = await streams.receive(count);
    assert.equal(lines.length, count);
    assert.ok(lines.every((line) => `${line}\n` === LINE));
    assert.deepEqual(streams.of("receiverError"), []);
  });
}

describe("ReceiverHost", () => {
  it("takes a line that is larger than the whole budget", async (t) => {
    const server = await sender(t);
    const conf = { "millrace.receiver.memory": 1 };
    const streams = await receiving(t, [server.port], { conf });
    (await server.connection()).write(`${"x".repeat(900_000)}\n${"y".repeat(900_000)}\nz\n`);
    assert.deepEqual(
      (await streams.receive(3)).map((line) => line.length),
      [900_000, 900_000, 1],
    );
  });

  it("opens streams paused while the budget is used up", async (t) => {
    const [first, second] = [await sender(t), await sender(t)];
    const messages: FromReceiver[] = [];
    const host = hostFor(t, new SlabPool(), messages);
    host.receive({ type: "open", streamId: 0, host: "127.0.0.1", port: first.port, level: MEMORY_ONLY });
    (await first.connection()).write(LINE.repeat(1000));
    await eventually("the first stream's lines", () => {
      host.receive({ type: "cut", epoch: 1, released: [] });
      return messages.some(({ type }) => type === "block");
    });
    host.receive({ type: "heldElsewhere", bytes: BUDGET });
    host.receive({ type: "open", streamId: 1, host: "127.0.0.1", port: second.port, level: MEMORY_ONLY });
    (await second.connection()).write("waits\n");
    await eventually("both are connected", () => messages.filter(({ type }) => type === "started").length === 2);
    const fromSecond = () => {
      host.receive({ type: "cut", epoch: 2, released: [] });
      return messages.some((message) => message.type === "block" && message.streamId === 1);
    };
    for (let i = 0; i < 100; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(!fromSecond());
    }
    host.receive({ type: "heldElsewhere", bytes: 0 });
    await eventually("the second stream's line", fromSecond);
  });

  it("uses the memory of released blocks again, over thousands of batches", { timeout: 60_000 }, async (t) => {
    const server = await sender(t);
    const pool = new SlabPool();
    const messages: FromReceiver[] = [];
    const host = hostFor(t, pool, messages);
    host.receive({ type: "open", streamId: 0, host: "127.0.0.1", port: server.port, level: MEMORY_ONLY });
    const socket = await server.connection();
    let records = 0;
    let highest = 0;
    for (let batch = 1; batch <= 3000; batch++) {
      socket.write(LINE.repeat(1 + (batch % 400)));
      const expected = records + 1 + (batch % 400);
      await eventually("the batch's lines", () => {
        host.receive({ type: "cut", epoch: batch, released: [] });
        for (const message of messages.splice(0)) {
          if (message.type !== "block") continue;
          records += message.records;
          host.receive({ type: "release", blocks: [message.block as BlockHandle] });
        }
        return records === expected;
      });
      highest = Math.max(highest, pool.reservedBytes);
    }
    assert.equal(pool.usedBytes, 0);
    assert.ok(highest <= 2 ** 20, `${highest} bytes were reserved`);
  });
});

function hostFor(t: { after(end: () => void): void }, pool: SlabPool, messages: FromReceiver[]): ReceiverHost {
  const settings = receiverSettings({ memoryBytes: BUDGET });
  const host = new ReceiverHost({
    settings,
    clock: new ManualClock(),
    pool,
    send: (message) => messages.push(message, ...(message.type === "cutDone" ? message.blocks : [])),
    revive: () => assert.fail("nothing was shipped"),
  });
  t.after(() => host.receive({ type: "stop" }));
  return host;
}
