import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { type InputFile, isMillraceError, StreamingContext } from "millrace";
import { Drop } from "./drop.ts";

const numbers = (...of: number[]) => Uint8Array.from(of);
const plain = (records: readonly (readonly Uint8Array[])[]) => records.map((batch) => batch.map((bytes) => [...bytes]));

class Reading {
  readonly plane: string;
  constructor(plane: string) {
    this.plane = plane;
  }
  get isFrench() {
    return this.plane.startsWith("F-");
  }
}

for (const master of ["local", "local[2]"]) {
  describe(`formats of files (${master})`, () => {
    it("binaryRecordsStream has the records of each new file once, by the rule of all file streams", async (t) => {
      const drop = new Drop(t, { master });
      drop.write("old", numbers(9, 9, 9));
      drop.tester.clock.advance(500);
      const records = drop.tester.output(drop.tester.ssc.binaryRecordsStream(drop.folder, 3));
      await drop.tester.start();
      drop.tester.clock.advance(1);
      drop.write("b", numbers(4, 5, 6, 7, 8, 9));
      drop.write("a", numbers(1, 2, 3));
      drop.write(".hidden", numbers(0, 0, 0));
      drop.write("empty", numbers());
      await drop.next();
      drop.write("c", numbers(1, 1, 1));
      drop.write("a", numbers(1, 2, 3, 4, 5, 6));
      await drop.next();
      await drop.next();
      assert.deepEqual(plain(records.records), [
        [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
        [[1, 1, 1]],
        [],
      ]);
      assert.ok(records.records.flat().every((record) => record instanceof Uint8Array));
      assert.deepEqual([drop.names(0), drop.names(1)], [["a", "b", "empty"], ["c"]]);
      assert.equal(drop.inputs[0]!.numRecords, 0);
    });

    it("binaryRecordsStream fails the batch of a file that ends within a record, and goes on", async (t) => {
      const drop = new Drop(t, { master });
      const records = drop.tester.output(drop.tester.ssc.binaryRecordsStream(drop.folder, 4));
      await drop.tester.start();
      await drop.next();
      drop.write("torn", numbers(1, 2, 3, 4, 5));
      await drop.next();
      const failure = drop.tester.failure;
      assert.ok(isMillraceError(failure, "FILE_CORRUPT"), String(failure));
      assert.equal(failure.operator, "binaryRecordsStream");
      assert.match(failure.site!, /file-formats\.test\.ts/);
      drop.write("whole", numbers(1, 2, 3, 4));
      await drop.next();
      assert.deepEqual(plain(records.records), [[[1, 2, 3, 4]]]);
    });

    it("binaryRecordsStream refuses what is packed, as Spark does", async (t) => {
      const drop = new Drop(t, { master });
      drop.tester.output(drop.tester.ssc.binaryRecordsStream(drop.folder, 4));
      await drop.tester.start();
      await drop.next();
      drop.write("packed.gz", gzipSync(numbers(1, 2, 3, 4)));
      await drop.next();
      assert.ok(isMillraceError(drop.tester.failure, "FILE_UNREADABLE"), String(drop.tester.failure));
    });

    it("wholeText and wholeBinary have a record for each file", async (t) => {
      const drop = new Drop(t, { master });
      const { ssc } = drop.tester;
      const texts = drop.tester.output(ssc.fileStream(drop.folder, { format: "wholeText" }));
      const bytes = drop.tester.output(
        ssc.fileStream(drop.folder, { format: "wholeBinary", filter: (path) => !path.endsWith(".gz") }),
      );
      await drop.tester.start();
      await drop.next();
      drop.write("a", "\ufeffä\r\nb\n");
      drop.write("b.gz", gzipSync("packed\n"));
      drop.write("c", "");
      await drop.next();
      assert.deepEqual(texts.records.at(-1), [
        [drop.path("a"), "ä\r\nb\n"],
        [drop.path("b.gz"), "packed\n"],
        [drop.path("c"), ""],
      ]);
      assert.deepEqual(
        bytes.records.at(-1)!.map(([path, content]) => [path, [...content]]),
        [
          [drop.path("a"), [0xef, 0xbb, 0xbf, 0xc3, 0xa4, 13, 10, 98, 10]],
          [drop.path("c"), []],
        ],
      );
    });

    it("a function of the program's makes records of a file in any form, with what it captures", async (t) => {
      const drop = new Drop(t, { master });
      const { ssc } = drop.tester;
      let separator = ";";
      const readers: ((file: InputFile) => Iterable<Reading> | AsyncIterable<Reading> | Promise<Iterable<Reading>>)[] =
        [
          async (file) => (await file.text()).split(separator).map((plane) => new Reading(plane)),
          async function* (file) {
            let text = "";
            for await (const piece of file.stream()) text += Buffer.from(piece).toString("latin1");
            for (const plane of text.split(separator)) yield new Reading(plane);
          },
          async (file) => {
            const bytes = await file.bytes();
            assert.equal(bytes.length, file.size);
            return new Set(
              Buffer.from(bytes)
                .toString()
                .split(separator)
                .map((plane) => new Reading(plane)),
            );
          },
        ];
      const outputs = readers.map((format) =>
        drop.tester.output(
          ssc
            .fileStream(drop.folder, { format })
            .filter((reading) => reading.isFrench)
            .map(({ plane }) => plane),
        ),
      );
      await drop.tester.start();
      // Its value was taken at the start; under local the variable is the driver's own.
      if (master !== "local") separator = "/";
      await drop.next();
      drop.write("a", "EC-MIG;F-GRHU");
      drop.write("b", `${"x".repeat(200_000)};F-HBNA`);
      await drop.next();
      for (const { records } of outputs) assert.deepEqual(records, [["F-GRHU", "F-HBNA"]]);
    });

    it("what such a function throws, and what it must not return, fails the batch with its place", async (t) => {
      const drop = new Drop(t, { master });
      const { ssc } = drop.tester;
      const failures: unknown[] = [];
      const streams = [
        ssc.fileStream(drop.folder, { format: (file) => JSON.parse(`${file.path} is no JSON`) as string[] }),
        ssc.fileStream(drop.folder, { format: () => 5 as never }),
        ssc.fileStream(drop.folder, {
          async *format(file): AsyncGenerator<string> {
            rmSync(file.path, { force: true });
            yield await file.text();
          },
        }),
      ];
      for (const stream of streams)
        stream.foreachRDD(async (rdd) => void (await rdd.count().catch((error) => failures.push(error))));
      await drop.tester.start();
      await drop.next();
      drop.write("a", "a");
      await drop.next();
      assert.deepEqual(
        failures.map((error) => isMillraceError(error) && [error.code, error.operator, error.partition]),
        [
          ["CLOSURE_FAILED", "fileStream", 0],
          ["NOT_ITERABLE", "fileStream", 0],
          ["FILE_UNREADABLE", "fileStream", 0],
        ],
      );
      assert.match((failures[0] as Error).message, /file-formats\.test\.ts:\d+/);
    });
  });
}

it("a file that grows after it was found is read as it was, one that is cut is an error", async (t) => {
  const drop = new Drop(t);
  const { ssc } = drop.tester;
  const content = drop.tester.output(ssc.fileStream(drop.folder, { format: "wholeText" }).map(([, text]) => text));
  // Between the planning of a batch and its job.
  ssc.addStreamingListener({
    onBatchSubmitted: () => {
      if (drop.names(drop.inputs.length - 1).includes("grows")) drop.write("grows", "before and after");
      if (drop.names(drop.inputs.length - 1).includes("shrinks")) drop.write("shrinks", "sh");
    },
  });
  await drop.tester.start();
  await drop.next();
  drop.write("grows", "before");
  await drop.next();
  assert.deepEqual(content.records.at(-1), ["before"]);
  drop.write("shrinks", "longer");
  await drop.next();
  assert.ok(isMillraceError(drop.tester.failure, "FILE_UNREADABLE"), String(drop.tester.failure));
});

it("formats and lengths that cannot be are refused at the call", async () => {
  const ssc = new StreamingContext({ master: "local", batchDuration: "1 second" });
  const refused = { code: "INVALID_ARGUMENT" };
  for (const length of [0, -1, 1.5, Number.NaN, "3" as never]) {
    assert.throws(() => ssc.binaryRecordsStream("d", length), refused);
    assert.throws(() => ssc.fileStream("d", { format: { recordLength: length } }), refused);
    assert.throws(() => ssc.sparkContext.binaryRecords("d", length), refused);
  }
  assert.throws(() => ssc.fileStream("d", { format: "lines" as never }), refused);
  assert.throws(() => ssc.fileStream("d", { format: null as never }), refused);
  assert.throws(() => ssc.binaryRecordsStream("", 4), refused);
  assert.throws(() => ssc.fileStream("d", { format: () => [ssc.getState()] }), { code: "CONTEXT_IN_CLOSURE" });
  await ssc.stop();
});
