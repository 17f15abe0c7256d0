import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SystemClock } from "../../../src/platform/clock.ts";
import { ManualClock } from "../../../src/platform/manual-clock.ts";
import { StorageLevel } from "../../../src/rdd/storage-level.ts";
import { ReadPace } from "../../../src/streaming/receiver/read-pace.ts";
import { ReceiverHost } from "../../../src/streaming/receiver/receiver-host.ts";
import type { FromReceiver } from "../../../src/streaming/receiver/receiver-protocol.ts";
import { SocketReceiver } from "../../../src/streaming/receiver/socket-receiver.ts";
import { eventually } from "../../eventually.ts";
import { receiverSettings, sender } from "./harness.ts";

describe("the pace of reads", () => {
  const paced = () => {
    const clock = new ManualClock(0);
    const changes: boolean[] = [];
    const pace: ReadPace = new ReadPace({
      mostBytes: 1000,
      onChange: () => void changes.push(pace.isResting),
      clock,
    });
    return { clock, changes, pace };
  };

  it("rests after a read while little comes, until it is woken, and 20 ms at most", () => {
    const { clock, changes, pace } = paced();
    clock.advance(1);
    // At this rate a rest brings 1000 bytes.
    pace.hasRead(50);
    assert.equal(pace.isResting, true);
    clock.advance(19);
    assert.deepEqual(changes, [true]);
    clock.advance(1);
    assert.deepEqual(changes, [true, false]);
    pace.hasRead(500);
    clock.advance(5);
    pace.wake();
    pace.wake();
    assert.deepEqual(changes, [true, false, true, false]);
    // The alarm of the rest that was cut short is not one of the next.
    pace.hasRead(1);
    clock.advance(16);
    assert.equal(pace.isResting, true);
  });

  it("does not rest after a read that is large, however long it has been in coming", () => {
    const { clock, changes, pace } = paced();
    clock.advance(10_000);
    pace.hasRead(501);
    assert.deepEqual(changes, []);
    pace.hasRead(500);
    assert.deepEqual(changes, [true]);
  });

  it("does not rest while a rest would bring more than one read takes", () => {
    const { clock, changes, pace } = paced();
    clock.advance(1);
    pace.hasRead(51);
    clock.advance(1);
    pace.hasRead(60);
    assert.deepEqual(changes, []);
    clock.advance(1);
    pace.hasRead(39);
    assert.deepEqual(changes, [true]);
  });
});

describe("a socket that is read seldom", () => {
  it("is read when its lines are to be cut, and when the rest is over", async (t) => {
    const server = await sender(t);
    const lines: string[] = [];
    let reads = 0;
    const receiver = new SocketReceiver(
      { type: "open", streamId: 0, host: "127.0.0.1", port: server.port, level: StorageLevel.MEMORY_ONLY },
      {
        settings: receiverSettings({ maxLineBytes: 1000 }),
        clock: new ManualClock(),
        send: () => {},
        pushLines: (_owner, bytes) => void lines.push(...String(bytes).trimEnd().split("\n")),
        pushRecords: () => assert.fail("there are lines only"),
        received: () => void reads++,
      },
    );
    t.after(() => receiver.end());
    receiver.open();
    const socket = await server.connection();
    const written = (text: string) => new Promise((resolve) => socket.write(text, resolve));
    const expected: string[] = [];
    let waited = 0;
    for (let i = 0; i < 50; i++) {
      const before = reads;
      await written(`${i} first\n`);
      await eventually("the first line is read", () => reads > before);
      // Now it rests, unless the machine is slow.
      await written(`${i} second\n`);
      expected.push(`${i} first`, `${i} second`);
      const caughtUp = Promise.withResolvers<void>();
      if (receiver.catchUp(caughtUp.resolve)) {
        waited++;
        await caughtUp.promise;
        receiver.cut();
        assert.deepEqual(lines, expected);
      } else {
        await eventually("the second line is read", () => {
          receiver.cut();
          return lines.length === expected.length;
        });
      }
    }
    assert.ok(waited > 0, "it has never rested");
    // Nobody cuts: the rest ends by itself.
    const before = reads;
    await written("more\n");
    await eventually("it is read", () => reads > before);
    await written("and more\n");
    await eventually("all is read", () => receiver.waitingBytes === "more\nand more\n".length);
  });

  it("is not waited for where it is paused", async (t) => {
    const server = await sender(t);
    let reads = 0;
    const receiver = new SocketReceiver(
      { type: "open", streamId: 0, host: "127.0.0.1", port: server.port, level: StorageLevel.MEMORY_ONLY },
      {
        settings: receiverSettings({}),
        clock: new ManualClock(),
        send: () => {},
        pushLines: () => {},
        pushRecords: () => {},
        received: () => void reads++,
      },
    );
    t.after(() => receiver.end());
    receiver.open();
    const socket = await server.connection();
    socket.write("a line\n");
    await eventually("it is read", () => reads > 0);
    receiver.pause();
    assert.equal(
      receiver.catchUp(() => assert.fail("nothing can come")),
      false,
    );
  });

  it("is cut for each cut that was asked for, in order", async (t) => {
    const server = await sender(t);
    const cuts: number[] = [];
    let records = 0;
    const host = new ReceiverHost({
      settings: receiverSettings({}),
      clock: new SystemClock(),
      send: (message: FromReceiver) => {
        if (message.type !== "cutDone") return;
        cuts.push(message.epoch);
        for (const block of message.blocks) records += block.records;
      },
      revive: () => assert.fail("there are none"),
    });
    t.after(() => host.receive({ type: "stop" }));
    host.receive({ type: "open", streamId: 0, host: "127.0.0.1", port: server.port, level: StorageLevel.MEMORY_ONLY });
    const socket = await server.connection();
    let epoch = 0;
    const cut = () => host.receive({ type: "cut", epoch: ++epoch, released: [] });
    for (let lines = 2; lines <= 40; lines += 2) {
      socket.write("a line\n");
      await eventually("the first line is cut", () => {
        cut();
        return records === lines - 1;
      });
      // Now it rests, mostly, and both wait until it has been read.
      socket.write("a line\n");
      cut();
      cut();
      await eventually("the second line is cut", () => {
        if (cuts.length === epoch) cut();
        return records === lines;
      });
    }
    await eventually("all cuts are done", () => cuts.length === epoch);
    assert.deepEqual(
      cuts,
      Array.from({ length: epoch }, (_, i) => i + 1),
    );
  });
});
