import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import { isMillraceError, StreamingContext } from "millrace";
import { byInterval } from "../../src/streaming/input-context.ts";
import type { ReceivedBlock } from "../../src/streaming/receiver/receiver-info.ts";

/** A server that writes lines to whoever connects. */
async function serve(write: (socket: Socket) => void): Promise<{ port: number; close(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    write(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

for (const master of ["local", "local[2]"]) {
  describe(`socketTextStream (${master})`, () => {
    it("has each line in one batch, tells listeners how many, and gives their memory back", async () => {
      const total = 5000;
      const server = await serve((socket) => {
        for (let i = 0; i < total; i++) socket.write(`line ${i} ü\n`);
      });
      const ssc = new StreamingContext({ master, batchDuration: "20 ms" });
      const lines = ssc.socketTextStream("127.0.0.1", server.port);
      const seen: string[] = [];
      const counts: number[] = [];
      let windowed = 0;
      let reported = 0;
      const events: string[] = [];
      const all = Promise.withResolvers<void>();
      lines.foreachRDD(async (rdd) => {
        seen.push(...(await rdd.collect()));
      });
      lines.count().foreachRDD(async (rdd) => {
        counts.push(await rdd.first());
      });
      lines.window("60 ms").foreachRDD(async (rdd) => {
        windowed += await rdd.count();
        if (windowed >= 3 * total) all.resolve();
      });
      ssc.addStreamingListener({
        onReceiverStarted: ({ receiverInfo }) => events.push(`started ${receiverInfo.streamId}`),
        onReceiverStopped: ({ receiverInfo }) => events.push(`stopped ${receiverInfo.streamId}`),
        onBatchCompleted: ({ batchInfo }) => {
          reported += batchInfo.numRecords;
        },
      });
      await ssc.start();
      await Promise.race([all.promise, ssc.awaitTermination()]);
      await ssc.stop({ stopSparkContext: false });
      server.close();

      assert.deepEqual(
        seen,
        Array.from({ length: total }, (_, i) => `line ${i} ü`),
      );
      assert.equal(
        counts.reduce((a, b) => a + b),
        total,
      );
      // Each line is in the three windows that cover its batch.
      assert.equal(windowed, 3 * total);
      assert.equal(reported, total);
      assert.deepEqual(events, ["started 0", "stopped 0"]);
      assert.deepEqual(ssc.sparkContext.blocksInUse, { blocks: 0, bytes: 0 });
      await ssc.sparkContext.stop();
    });

    it("loses nothing that has been received when it is stopped gracefully", async () => {
      const sent = Promise.withResolvers<void>();
      const server = await serve((socket) => socket.write("a\nb\nc\n", () => sent.resolve()));
      // Long batches, so that the lines are received in the middle of one.
      const ssc = new StreamingContext({ master, batchDuration: "300 ms" });
      const seen: string[] = [];
      ssc.socketTextStream("127.0.0.1", server.port).foreachRDD(async (rdd) => {
        seen.push(...(await rdd.collect()));
      });
      const batch = new Promise<void>((resolve) => ssc.addStreamingListener({ onBatchCompleted: () => resolve() }));
      await ssc.start();
      await Promise.all([sent.promise, batch]);
      await ssc.stop({ stopGracefully: true });
      server.close();
      assert.deepEqual(seen, ["a", "b", "c"]);
    });

    it("is refused an address that is none when it starts, which stops the context", async () => {
      const ssc = new StreamingContext({ master, batchDuration: "1 second" });
      ssc.socketTextStream("localhost", 70_000).print();
      await assert.rejects(
        ssc.start(),
        (error) =>
          isMillraceError(error, "INVALID_ARGUMENT") &&
          /localhost:70000/.test(error.what) &&
          /socket-stream\.test/.test(error.site ?? ""),
      );
      assert.equal(ssc.getState(), "STOPPED");
      await ssc.stop();
    });

    it("does not start with settings by which nothing would ever come", async () => {
      for (const key of ["spark.streaming.blockInterval", "spark.streaming.backpressure.initialRate"]) {
        const ssc = new StreamingContext({ master, batchDuration: "1 second", conf: { [key]: 0 } });
        ssc.socketTextStream("localhost", 9999).print();
        await assert.rejects(ssc.start(), (error) => isMillraceError(error, "INVALID_ARGUMENT"));
        await ssc.stop();
      }
    });
  });
}

it("a partition of a socket stream has what came in one block interval, up to 8 MiB", () => {
  const MiB = 1 << 20;
  const memory = new SharedArrayBuffer(MiB);
  const block = (interval: number, length = MiB, generation = 1): ReceivedBlock => ({
    block: { slab: 0, memory, offset: 0, length },
    records: 1,
    interval,
    generation,
  });
  const partitionsOf = (blocks: readonly ReceivedBlock[]) => byInterval(blocks).map(({ length }) => length);
  assert.deepEqual(partitionsOf([]), []);
  assert.deepEqual(partitionsOf([block(0, 10), block(1, 10), block(1, 10), block(2, 10)]), [1, 2, 1]);
  assert.deepEqual(partitionsOf([block(0, 10, 1), block(0, 10, 2)]), [1, 1]);
  assert.deepEqual(partitionsOf(Array.from({ length: 20 }, () => block(0))), [8, 8, 4]);
  assert.deepEqual(partitionsOf([block(0, 10), block(0, 30 * MiB), block(0, 10)]), [1, 1, 1]);
});
