import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { isMillraceError, SparkContext } from "millrace";
import { LARGEST_SPLIT } from "../../src/rdd/sources/file-splits.ts";
import { fixedLengthFormat } from "../../src/rdd/sources/fixed-length.ts";
import { Folder } from "./folder.ts";

for (const master of ["local", "local[2]"]) {
  describe(`formats of files (${master})`, () => {
    const files = new Folder();
    const folder = files.path;
    const sc = new SparkContext({ master, conf: { "spark.ui.enabled": false } });
    after(async () => {
      await sc.stop();
      files.remove();
    });
    const file = (name: string, content: string | Uint8Array) => files.file(name, content);

    it("binaryRecords has all records of all files, each in memory of its own", async () => {
      const all = Uint8Array.from({ length: 3000 }, (_, i) => i);
      file("records/a", all);
      file("records/b", all.subarray(0, 30));
      file("records/_skipped", all.subarray(0, 7));
      const rdd = sc.binaryRecords(join(folder, "records"), 6);
      const records = await rdd.collect();
      assert.equal(records.length, 505);
      assert.deepEqual([...Buffer.concat(records)], [...all, ...all.subarray(0, 30)]);
      assert.ok(await rdd.map((bytes) => bytes.buffer.byteLength === 6).reduce((a, b) => a && b));
      assert.ok((await rdd.getNumPartitions()) >= 2);
      assert.equal(
        await sc
          .binaryRecords(join(folder, "records/{a,b}"), 3000)
          .count()
          .catch((error) => error.code),
        "FILE_CORRUPT",
      );
      assert.equal(await sc.binaryRecords(file("empty", ""), 8).count(), 0);
      assert.equal(await sc.binaryRecords(file("one", all), 3000).count(), 1);
      assert.deepEqual([...(await sc.binaryRecords(join(folder, "one"), 300).first())], [...all.subarray(0, 300)]);
    });

    it("binaryRecords refuses a file that ends within a record, and one that is packed", async () => {
      const torn = file("torn", new Uint8Array(10));
      await assert.rejects(sc.binaryRecords(torn, 4).count(), (error) => {
        return (
          isMillraceError(error, "FILE_CORRUPT") && error.operator === "binaryRecords" && error.message.includes(torn)
        );
      });
      await assert.rejects(sc.binaryRecords(file("p.gz", gzipSync("abcd")), 4).count(), { code: "FILE_UNREADABLE" });
      await assert.rejects(sc.binaryRecords(join(folder, "nowhere"), 4).count(), { code: "FILE_UNREADABLE" });
    });

    it("wholeTextFiles and binaryFiles have a record for each file", async () => {
      file("whole/a", "a\nä\n");
      file("whole/b.gz", gzipSync("b"));
      file("whole/c", "");
      const path = (name: string) => join(folder, "whole", name);
      assert.deepEqual(await sc.wholeTextFiles(join(folder, "whole")).collect(), [
        [path("a"), "a\nä\n"],
        [path("b.gz"), "b"],
        [path("c"), ""],
      ]);
      assert.equal(await sc.wholeTextFiles(join(folder, "whole"), 1).getNumPartitions(), 1);
      const lengths = await sc
        .binaryFiles(join(folder, "whole/[ac]"))
        .mapValues((bytes) => [...bytes])
        .collectAsMap();
      assert.deepEqual([lengths.get(path("a")), lengths.get(path("c")), lengths.size], [[97, 10, 195, 164, 10], [], 2]);
      await assert.rejects(sc.wholeTextFiles(file("no.gz", "no gzip")).count(), { code: "FILE_UNREADABLE" });
    });
  });
}

it("splits of records begin where a record does, whatever their lengths", () => {
  const files = fc.array(fc.nat(200), { maxLength: 5 });
  fc.assert(
    fc.property(
      files,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 2000 }),
      (counts, recordLength, goal) => {
        const infos = counts.map((count, i) => ({
          path: `f${i}`,
          size: count * recordLength,
          mtimeMs: 0,
          isDirectory: false,
          isFile: true,
        }));
        for (const bytes of [goal, LARGEST_SPLIT]) {
          const parts = fixedLengthFormat(recordLength).split(infos, bytes);
          for (const { path, size } of infos) {
            let end = 0;
            for (const part of parts.filter((one) => one.path === path)) {
              assert.equal(part.start, end);
              assert.equal((part.end - part.start) % recordLength, 0);
              end = part.end;
            }
            assert.equal(end, size);
          }
        }
      },
    ),
    { seed: 7 },
  );
});
