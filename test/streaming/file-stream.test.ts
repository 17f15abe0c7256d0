import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { type InputContext, isMillraceError, StreamingContext, Time } from "millrace";
import { ManualClock } from "millrace/testing";
import { CallSite } from "../../src/core/call-site.ts";
import { MillraceError } from "../../src/errors.ts";
import type { FileSystem } from "../../src/filesystem/filesystem.ts";
import { LocalFileSystem } from "../../src/filesystem/local-filesystem.ts";
import { SystemClock } from "../../src/platform/clock.ts";
import { textFormat } from "../../src/rdd/sources/text-file.ts";
import { FileInputDStream } from "../../src/streaming/dstream/file-input.ts";
import { eventually } from "../eventually.ts";
import { BATCH_MS, Drop, warnings } from "./drop.ts";

for (const master of ["local", "local[2]"]) {
  describe(`textFileStream (${master})`, () => {
    it("reads each new file once, in the batch that finds it, and says which", async (t) => {
      const drop = new Drop(t, { master });
      drop.write("old", "there before\n");
      drop.tester.clock.advance(BATCH_MS / 2);
      const lines = drop.tester.output(drop.tester.ssc.textFileStream(drop.folder));
      await drop.tester.start();
      drop.tester.clock.advance(1);
      drop.write("b", "b1\r\nb2\n");
      drop.write("a.gz", gzipSync("a ü\n"));
      await drop.next();
      drop.write("c", "no newline");
      drop.write("empty", "");
      await drop.next();
      await drop.next();
      assert.deepEqual(lines.records, [["a ü", "b1", "b2"], ["no newline"], []]);
      assert.deepEqual(
        [0, 1, 2].map((i) => drop.names(i)),
        [["a.gz", "b"], ["c", "empty"], []],
      );
      assert.equal(drop.inputs[0]!.metadata.Description, `${drop.path("a.gz")}\n${drop.path("b")}`);
      assert.equal(drop.inputs[0]!.numRecords, 0);
    });
  });
}

describe("fileStream", () => {
  it("reads files that were there before, too, where it is told to, if they are not too old", async (t) => {
    const drop = new Drop(t);
    drop.write("young", "young\n", 50_000);
    drop.write("old", "old\n", 40_000);
    const lines = drop.tester.output(drop.tester.ssc.fileStream(drop.folder, { newFilesOnly: false }));
    await drop.tester.start();
    assert.deepEqual(await warnings(async () => drop.tester.advance(BATCH_MS)), []);
    assert.deepEqual(lines.records, [["young"]]);
  });

  it("leaves out names that begin with a dot, unless a filter says otherwise, and never looks into subdirectories", async (t) => {
    const drop = new Drop(t);
    const { ssc } = drop.tester;
    const visible = drop.tester.output(ssc.textFileStream(drop.folder));
    const filtered = drop.tester.output(ssc.fileStream(drop.folder, { filter: (path) => !path.endsWith(".tmp") }));
    await drop.tester.start();
    await drop.next();
    for (const name of [".hidden", "_marked", "x.tmp", "deep/er"]) drop.write(name, `${name}\n`);
    drop.touch("deep");
    await drop.next();
    assert.deepEqual(visible.records, [["_marked", "x.tmp"]]);
    assert.deepEqual(filtered.records, [[".hidden", "_marked"]]);
  });

  it("reads a file that gets its name when it is whole, and one that is renamed again", async (t) => {
    const drop = new Drop(t);
    const lines = drop.tester.output(drop.tester.ssc.textFileStream(drop.folder));
    await drop.tester.start();
    await drop.next();
    drop.write(".unfinished", "whole\n");
    await drop.next();
    renameSync(drop.path(".unfinished"), drop.path("finished"));
    await drop.next();
    renameSync(drop.path("finished"), drop.path("renamed"));
    await drop.next();
    // Another name is another file, as in Spark.
    assert.deepEqual(lines.records, [[], ["whole"], ["whole"]]);
  });

  it("does not read what is appended to a file that it has found, until that is new again", async (t) => {
    const drop = new Drop(t, { conf: { "spark.streaming.fileStream.minRememberDuration": "2" } });
    const lines = drop.tester.output(drop.tester.ssc.textFileStream(drop.folder));
    await drop.tester.start();
    await drop.next();
    drop.write("growing", "first\nhalf ");
    await drop.next();
    for (let i = 0; i < 3; i++) {
      appendFileSync(drop.path("growing"), "a line\n");
      drop.touch("growing");
      await drop.next();
    }
    assert.deepEqual(lines.records, [["first", "half "], [], ["first", "half a line", "a line"], []]);
  });

  it("takes the old name of the window's key, and its numbers as seconds", async (t) => {
    const drop = new Drop(t, { conf: { "spark.streaming.minRememberDuration": "3" } });
    drop.write("in time", "in time\n", 98_001);
    drop.write("too old", "too old\n", 98_000);
    const lines = drop.tester.output(drop.tester.ssc.fileStream(drop.folder, { newFilesOnly: false }));
    await drop.tester.start();
    await drop.tester.advance(BATCH_MS);
    assert.deepEqual(lines.records, [["in time"]]);
  });

  it("warns of a file that is moved in with a time that is too old", async (t) => {
    const drop = new Drop(t);
    const lines = drop.tester.output(drop.tester.ssc.textFileStream(drop.folder));
    await drop.tester.start();
    await drop.next();
    await drop.next();
    const heard = await warnings(async () => {
      drop.write("moved", "lost\n", 30_000);
      await drop.next();
      await drop.next();
    });
    assert.equal(heard.length, 1);
    assert.match(heard[0]!, /moved is not read.*touch it/);
    assert.equal((drop.inputs[1]!.metadata.problems as string[]).length, 1);
    assert.equal(drop.inputs[2]!.metadata.problems, undefined);
    assert.deepEqual(lines.records, [[], [], []]);
  });

  it("waits for a directory that is not there, warns of it once, and watches all that a pattern matches", async (t) => {
    const drop = new Drop(t);
    const missing = drop.tester.output(drop.tester.ssc.textFileStream(drop.path("later")));
    const matching = drop.tester.output(drop.tester.ssc.textFileStream(drop.path("day-*/")));
    await drop.tester.start();
    drop.write("day-1/x", "seen before\n", 0);
    const heard = await warnings(async () => {
      await drop.tester.advance(2 * BATCH_MS);
      await drop.next();
    });
    assert.deepEqual(
      heard.map((text) => /there is no directory .*\/(later|day)/.test(text)),
      [true],
    );
    drop.write("day-1/a", "a\n");
    drop.write("day-2/b", "b\n");
    drop.write("other/c", "c\n");
    drop.write("later/d", "d\n");
    await drop.next();
    assert.deepEqual(missing.records, [[], [], ["d"]]);
    assert.deepEqual(matching.records, [[], [], ["a", "b"]]);
  });

  it("fails the batch, and no other, whose file vanishes before it is read", async (t) => {
    const drop = new Drop(t);
    const lines: string[][] = [];
    drop.tester.ssc.textFileStream(drop.folder).foreachRDD(async (rdd, time) => {
      if (time.milliseconds === 101_000) rmSync(drop.path("vanishing"));
      lines.push(await rdd.collect());
    });
    await drop.tester.start();
    await drop.next();
    drop.write("vanishing", "gone\n");
    await drop.next();
    assert.ok(isMillraceError(drop.tester.failure, "FILE_UNREADABLE"));
    assert.match(drop.tester.failure.message, /vanishing/);
    drop.write("staying", "here\n");
    await drop.next();
    assert.deepEqual(lines, [["here"]]);
  });

  it("leaves broken links alone, and tells of those that lead nowhere for good", async (t) => {
    const drop = new Drop(t);
    const lines = drop.tester.output(drop.tester.ssc.textFileStream(drop.folder));
    await drop.tester.start();
    await drop.next();
    symlinkSync(drop.path("nothing"), drop.path("broken"));
    symlinkSync(drop.path("loop"), drop.path("loop"));
    drop.write("fine", "fine\n");
    const heard = await warnings(() => drop.next());
    assert.deepEqual(lines.records, [["fine"]]);
    assert.equal(heard.length, 1);
    assert.match(heard[0]!, /loop cannot be read/);
  });

  it("says that a filter threw, and reads the files when it does not", async (t) => {
    const drop = new Drop(t);
    let broken = true;
    const filter = () => {
      if (broken) throw new Error("filters break");
      return true;
    };
    const lines = drop.tester.output(drop.tester.ssc.fileStream(drop.folder, { filter }));
    await drop.tester.start();
    await drop.next();
    drop.write("a", "a\n");
    await drop.next();
    assert.ok(isMillraceError(drop.tester.failure, "CALLBACK_FAILED"));
    assert.equal(drop.tester.failure.operator, "fileStream");
    broken = false;
    await drop.next();
    assert.deepEqual(lines.records, [["a"]]);
  });

  it("refuses a path or a filter that is none", async () => {
    const ssc = new StreamingContext({ master: "local", batchDuration: "1 second" });
    assert.throws(
      () => ssc.textFileStream(""),
      (error) => isMillraceError(error, "INVALID_ARGUMENT"),
    );
    assert.throws(
      () => ssc.fileStream("drop", { filter: "*.log" as never }),
      (error) => isMillraceError(error, "INVALID_ARGUMENT"),
    );
    await ssc.stop();
  });

  it("reads what is written while the machine's own clock runs", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-file-stream-"));
    const ssc = new StreamingContext({ master: "local", batchDuration: "5 ms" });
    t.after(async () => {
      await ssc.stop();
      rmSync(folder, { recursive: true });
    });
    const seen: string[] = [];
    ssc.textFileStream(folder).foreachRDD(async (rdd) => {
      seen.push(...(await rdd.collect()));
    });
    // At once: the file system's clock may be a tick behind.
    writeFileSync(join(folder, "0"), "0\n");
    await ssc.start();
    for (let i = 1; i < 20; i++) {
      writeFileSync(join(folder, `.${i}`), `${i}\n`);
      renameSync(join(folder, `.${i}`), join(folder, `${i}`));
      await eventually(`line ${i}`, () => seen.length > i);
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, (_, i) => `${i}`),
    );
  });
});

describe("a file system that fails", () => {
  const site = new CallSite("textFileStream");
  const rule = { batchMs: 10, minRememberMs: 50, ignoreUntil: 0, filter: () => true };
  const failure = new MillraceError("FILE_UNREADABLE", "the disk is on fire");
  const file = (path: string) => ({ path, size: 1, mtimeMs: 5, isDirectory: false, isFile: true });

  /** The files of two batches, and the problems of each. */
  async function twoBatches(filesystem: Partial<FileSystem>, clock = new ManualClock()) {
    const files = Object.assign(new LocalFileSystem(), { directories: async () => ["d"] }, filesystem);
    const input = new FileInputDStream("d", rule, { filesystem: files, clock, format: textFormat }, site);
    input.start({ source() {} } as unknown as InputContext);
    const found: unknown[] = [];
    const heard = await warnings(async () => {
      for (const time of [10, 20]) found.push((await input.plan(new Time(time))).metadata?.files);
    });
    return { found, heard };
  }

  it("makes an empty batch of a listing that fails, and finds the files in the next", async () => {
    let failing = true;
    const { found, heard } = await twoBatches({
      async list() {
        if (!failing) return [file("d/a")];
        failing = false;
        throw failure;
      },
      isReadable: async () => true,
    });
    assert.deepEqual(found, [[], ["d/a"]]);
    assert.equal(heard.length, 1);
    assert.match(heard[0]!, /on fire/);
  });

  it("leaves a file that may not be read for a later batch, and one that has just vanished alone", async () => {
    let failing = true;
    const { found, heard } = await twoBatches({
      list: async () => [file("d/a"), file("d/locked"), file("d/vanished")],
      async isReadable(path) {
        if (path === "d/vanished") return false;
        if (path === "d/locked" && failing) {
          failing = false;
          throw failure;
        }
        return true;
      },
    });
    assert.deepEqual(found, [["d/a"], ["d/locked"]]);
    assert.equal(heard.length, 1);
  });

  it("warns of a listing that takes longer than a batch", async () => {
    const clock = new ManualClock();
    const { heard } = await twoBatches(
      {
        async list() {
          clock.advance(25);
          return [];
        },
      },
      clock,
    );
    assert.equal(heard.length, 1);
    assert.match(heard[0]!, /longer than a batch/);
  });
});

describe("the times of files", () => {
  it("are never before what the clock says for them", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-file-stream-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const clock = new SystemClock();
    const files = new LocalFileSystem();
    for (let i = 0; i < 50; i++) {
      const least = clock.fileTime(clock.now());
      writeFileSync(join(folder, "file"), String(i));
      const [written] = await files.list(folder, () => {});
      assert.ok(written!.mtimeMs >= least, `${written!.mtimeMs} >= ${least}`);
    }
  });
});
