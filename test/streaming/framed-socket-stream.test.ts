import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { isMillraceError, type ReceiverInfo, StreamingContext } from "millrace";
import { eventually } from "../eventually.ts";
import { captureLogs } from "../logs.ts";
import { type Sender, sender } from "./receiver/harness.ts";

interface Message {
  readonly n: number;
  readonly text: string;
}

/** Each message: its length, as 4 bytes, and then JSON. */
function framed(message: Message): Buffer {
  const json = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(json.length);
  return Buffer.concat([head, json]);
}

const LONGEST = 1000;

async function* messages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Message> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const end = 4 + held.readUInt32BE(0);
      if (end > LONGEST) throw new Error(`a message of ${end} bytes`);
      yield JSON.parse(held.toString("utf8", 4, end));
      held = held.subarray(end);
    }
  }
}

function receive(t: TestContext, master: string, server: Sender, conf = {}) {
  const ssc = new StreamingContext({
    master,
    batchDuration: "20 ms",
    conf: { "spark.streaming.receiverRestartDelay": "10ms", ...conf },
  });
  const logs = captureLogs();
  t.after(async () => {
    await ssc.stop();
    logs.stop();
  });
  const errors: ReceiverInfo[] = [];
  const stops: ReceiverInfo[] = [];
  ssc.addStreamingListener({
    onReceiverError: ({ receiverInfo }) => errors.push(receiverInfo),
    onReceiverStopped: ({ receiverInfo }) => stops.push(receiverInfo),
  });
  const received: Message[] = [];
  ssc.socketStream("127.0.0.1", server.port, messages).foreachRDD(async (rdd) => {
    received.push(...(await rdd.collect()));
  });
  return { ssc, received, errors, stops };
}

for (const master of ["local", "local[2]"]) {
  describe(`socketStream (${master})`, () => {
    it("makes records of bytes by the program's framing, wherever packets end, and connects again", async (t) => {
      const server = await sender(t);
      const { ssc, received, stops } = receive(t, master, server);
      await ssc.start();
      const sent = Array.from({ length: 300 }, (_, n) => ({ n, text: "ü".repeat(n) }));
      for (const [i, half] of [sent.slice(0, 150), sent.slice(150)].entries()) {
        const socket = await server.connection(i);
        const bytes = Buffer.concat(half.map(framed));
        for (let from = 0; from < bytes.length; from += 333) {
          socket.write(bytes.subarray(from, from + 333));
          if (from % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        socket.end(Buffer.from([0, 0]));
      }
      await eventually("all messages", () => received.length === sent.length);
      assert.deepEqual(received, sent);
      await eventually("both ends", () => stops.length >= 2);
      assert.match(stops[0]!.lastErrorMessage, /closed the connection/);
    });

    it("connects again when refused, and when the framing throws, and says why", async (t) => {
      const server = await sender(t);
      server.server.close();
      const { ssc, received, errors } = receive(t, master, server);
      await ssc.start();
      await eventually("a refusal", () => errors.length > 0);
      assert.match(errors[0]!.lastErrorMessage, /Error connecting to 127.0.0.1:\d+: .*ECONNREFUSED/);
      await server.listen();
      (await server.connection(0)).write(framed({ n: 0, text: "x".repeat(2000) }));
      (await server.connection(1)).write(framed({ n: 1, text: "" }));
      await eventually("the message", () => received.length > 0);
      assert.deepEqual(received, [{ n: 1, text: "" }]);
      assert.match(errors.at(-1)!.lastErrorMessage, /Error receiving from .*: a message of/);
    });

    it("lets the sender wait in TCP at the rate limit, and loses nothing", async (t) => {
      const server = await sender(t);
      const { ssc, received } = receive(t, master, server, { "spark.streaming.receiver.maxRate": 1000 });
      await ssc.start();
      const started = performance.now();
      const socket = await server.connection();
      // Far more than the sockets' own buffers take.
      const message = framed({ n: 7, text: "x".repeat(900) });
      for (let i = 0; i < 20_000; i++) socket.write(message);
      await eventually("some messages", () => received.length > 200);
      assert.ok(received.length <= performance.now() - started + 200, `${received.length} messages`);
      assert.ok(socket.writableLength > 0, "the sender still has something to send");
    });
  });
}

it("refuses a framing that is none, or cannot travel, and at the start an address that is none", async () => {
  const ssc = new StreamingContext({ master: "local", batchDuration: "1 second" });
  const code = (expected: string) => (error: unknown) => isMillraceError(error) && error.code === expected;
  assert.throws(() => ssc.socketStream("localhost", 9999, "lines" as never), code("INVALID_ARGUMENT"));
  const capturing = async function* (): AsyncGenerator<unknown> {
    yield ssc;
  };
  assert.throws(() => ssc.socketStream("localhost", 9999, capturing), code("CONTEXT_IN_CLOSURE"));
  ssc.socketStream("localhost", 70_000, messages).print();
  await assert.rejects(ssc.start(), code("INVALID_ARGUMENT"));
  await ssc.stop();
});
