/** Blocks that a server has encoded: stored as they come, decoded in tasks. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import {
  encodeRawBlock,
  isMillraceError,
  Milliseconds,
  type ReceiverInfo,
  StorageLevel,
  type StreamInputInfo,
  StreamingContext,
  serializeRecords,
} from "millrace";
import { SlabPool } from "../../src/core/slab-pool.ts";
import { RawRecords } from "../../src/rdd/readers/received-records.ts";
import { StoredPieces } from "../../src/rdd/readers/stored-pieces.ts";
import { rawBlocks } from "../../src/streaming/receiver/raw-socket-receiver.ts";
import { eventually } from "../eventually.ts";
import { captureLogs } from "../logs.ts";
import { type Sender, sender } from "./receiver/harness.ts";

const code = (expected: string) => (error: unknown) => isMillraceError(error) && error.code === expected;

/** Any bytes, with the length before them that a block has. */
function framed(bytes: Uint8Array, length = bytes.length): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(length);
  return Buffer.concat([head, bytes]);
}

function receive(t: TestContext, master: string, server: Sender, level?: StorageLevel, conf = {}) {
  const local = mkdtempSync(join(tmpdir(), "millrace-test-"));
  const ssc = new StreamingContext({
    master,
    batchDuration: "20 ms",
    conf: { "spark.streaming.receiverRestartDelay": "10ms", "spark.local.dir": local, ...conf },
  });
  ssc.awaitTermination().catch(() => {});
  const logs = captureLogs();
  t.after(async () => {
    await ssc.stop();
    logs.stop();
    rmSync(local, { recursive: true });
  });
  const errors: ReceiverInfo[] = [];
  const inputs: StreamInputInfo[] = [];
  const failures: string[] = [];
  ssc.addStreamingListener({
    onReceiverError: ({ receiverInfo }) => errors.push(receiverInfo),
    onOutputOperationCompleted: ({ outputOperationInfo: { failureReason } }) => {
      if (failureReason !== undefined) failures.push(failureReason);
    },
    onBatchCompleted: ({ batchInfo }) => inputs.push(...batchInfo.streamIdToInputInfo.values()),
  });
  const partitions: unknown[][] = [];
  ssc.rawSocketStream<unknown>("127.0.0.1", server.port, level).foreachRDD(async (rdd) => {
    partitions.push(...(await rdd.glom().collect()));
  });
  return { ssc, partitions, errors, inputs, failures };
}

for (const master of ["local", "local[2]"]) {
  describe(`rawSocketStream (${master})`, () => {
    for (const level of [StorageLevel.MEMORY_ONLY, StorageLevel.DISK_ONLY]) {
      it(`has the records of each block as a partition, wherever packets end (${level.name})`, async (t) => {
        const server = await sender(t);
        const { ssc, partitions, inputs } = receive(t, master, server, level);
        await ssc.start();
        const blocks: unknown[][] = [
          [1, 2, 3],
          ["one"],
          [
            ["EC-MIG", 640],
            ["F-GRHU", 615],
          ],
          [{ a: [1, { b: "ü" }] }, null, undefined, new Date(5), new Map([[1, new Set(["x"])]])],
          Array.from({ length: 50_000 }, (_, i) => `record ${i}`),
          [],
          [true],
        ];
        const bytes = Buffer.concat(blocks.map((block) => encodeRawBlock(block)));
        const socket = await server.connection();
        for (let from = 0; from < bytes.length; from += 3333) socket.write(bytes.subarray(from, from + 3333));
        await eventually("the last block", () => partitions.at(-1)?.[0] === true);
        assert.deepEqual(
          partitions,
          blocks.filter(({ length }) => length > 0),
        );
        assert.ok(inputs.every(({ numRecords }) => numRecords === 0));
      });
    }

    for (const [what, bytes, why] of [
      ["a negative length", framed(new Uint8Array(), -1), /a block of -1 bytes/],
      ["a length beyond all measure", framed(new Uint8Array(), 2 ** 31 - 1), /a block of 2147483647 bytes/],
      ["half a block", framed(new Uint8Array(5), 10), /ended within a block, after 5 of its 10 bytes/],
      ["half a length", Buffer.from([0, 0]), /ended within a block, after 2 of its length/],
    ] as const) {
      it(`keeps what came before ${what}, says so, and connects again`, async (t) => {
        const server = await sender(t);
        const { ssc, partitions, errors, failures } = receive(t, master, server);
        await ssc.start();
        (await server.connection(0)).end(Buffer.concat([encodeRawBlock(["before"]), bytes]));
        (await server.connection(1)).write(encodeRawBlock(["after"]));
        await eventually("both blocks", () => partitions.length === 2);
        assert.deepEqual(partitions, [["before"], ["after"]]);
        assert.match(errors[0]!.lastErrorMessage, why);
        assert.match(errors[0]!.lastErrorMessage, /\[RECEIVER_FAILED\]/);
        assert.deepEqual(failures, []);
      });
    }

    it("fails the batch of a block that is none, and goes on", async (t) => {
      const server = await sender(t);
      const { ssc, partitions, errors, failures } = receive(t, master, server);
      await ssc.start();
      const socket = await server.connection();
      const truncated = serializeRecords([["a", 1]]).subarray(0, 20);
      const damaged = serializeRecords([new Map([["a", 1]])]);
      damaged.fill(0xff, 16);
      for (const [i, bytes] of [
        Buffer.from("no records"),
        truncated,
        damaged,
        serializeRecords([Milliseconds(5)]),
      ].entries()) {
        socket.write(framed(bytes));
        await eventually("a failure", () => failures.length === i + 1);
        assert.match(failures[i]!, /\[UNDECODABLE_BLOCK\].*in rawSocketStream/s);
      }
      socket.write(encodeRawBlock(["fine"]));
      await eventually("a block that is one", () => partitions.length > 0);
      assert.deepEqual(partitions, [["fine"]]);
      assert.deepEqual(errors, []);
    });
  });
}

describe("rawBlocks", () => {
  it("finds the same blocks wherever the chunks end", async () => {
    const byteArrays = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(byteArrays, fc.infiniteStream(fc.integer({ min: 1, max: 30 })), async (blocks, sizes) => {
        const bytes = Buffer.concat(blocks.map((block) => framed(block)));
        async function* chunks() {
          for (let from = 0; from < bytes.length; ) {
            const size = sizes.next().value!;
            yield bytes.subarray(from, from + size);
            from += size;
          }
        }
        const found: Uint8Array[] = [];
        for await (const block of rawBlocks(chunks(), 20)) found.push(Uint8Array.from(block));
        assert.deepEqual(
          found,
          blocks.filter(({ length }) => length > 0),
        );
      }),
      { seed: 3 },
    );
  });
});

describe("encoded records of others", () => {
  const pool = new SlabPool();

  /** What comes of bytes: the records, or the code of what they fail with. */
  function decoded(bytes: Uint8Array): readonly unknown[] | string {
    const block = pool.store([bytes]);
    const source = new RawRecords(new StoredPieces([block]));
    const records: unknown[] = [];
    try {
      for (let chunk = source.nextSync(); chunk !== undefined; chunk = source.nextSync()) records.push(...chunk);
      return records;
    } catch (failure) {
      assert.ok(isMillraceError(failure));
      return failure.code;
    } finally {
      source.close();
      pool.free(block);
    }
  }

  it("are records or an error, whatever the bytes", () => {
    const records = fc.array(
      fc.oneof(
        fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true }),
        fc.tuple(fc.string(), fc.integer()),
        fc.double(),
      ),
      { minLength: 1, maxLength: 5 },
    );
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    let failed = 0;
    fc.assert(
      fc.property(records, changes, fc.option(fc.uint8Array({ minLength: 1 })), (given, changed, noise) => {
        const bytes = noise === null ? serializeRecords(given) : noise;
        for (const [place, value] of changed) bytes[place % bytes.length] = value;
        const found = decoded(bytes);
        if (found === "UNDECODABLE_BLOCK") failed++;
        else assert.ok(Array.isArray(found) || found === "UNSERIALISABLE_RECORD", String(found));
      }),
      { seed: 4, numRuns: 500 },
    );
    assert.ok(failed > 100);
  });
});

it("encodeRawBlock takes plain data only", () => {
  class Plane {}
  assert.throws(() => encodeRawBlock([new Plane()]), code("UNSERIALISABLE_RECORD"));
  assert.throws(() => encodeRawBlock([() => 1]), code("UNSERIALISABLE_RECORD"));
});

it("refuses at the start an address that is none", async () => {
  const ssc = new StreamingContext({ master: "local", batchDuration: "1 second" });
  ssc.rawSocketStream("localhost", 70_000).print();
  await assert.rejects(ssc.start(), code("INVALID_ARGUMENT"));
  await ssc.stop();
});
