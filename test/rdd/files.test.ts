import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { isMillraceError, SparkContext, StreamingContext } from "millrace";
import { Folder } from "./folder.ts";

for (const master of ["local", "local[2]"]) {
  describe(`files (${master})`, () => {
    const files = new Folder();
    const folder = files.path;
    const sc = new SparkContext({ master });
    after(async () => {
      await sc.stop();
      files.remove();
    });
    const file = (name: string, content: string | Uint8Array) => files.file(name, content);
    const saved = (directory: string): Record<string, string> =>
      Object.fromEntries(
        readdirSync(directory)
          .sort()
          .map((name) => [name, readFileSync(join(directory, name), "utf8")]),
      );

    it("a pattern stands for the files that it matches, and for those in directories that it matches", async () => {
      for (const name of [
        "in/2/b",
        "in/2/a",
        "in/10/c",
        "in/.hidden/d",
        "in/_skip/e",
        "in/top",
        "in/2/deep/f",
        "in/2/_x",
      ])
        file(name, `${name}\n`);
      const read = async (pattern: string) => (await sc.textFile(join(folder, pattern)).collect()).sort();
      assert.deepEqual(await read("in/*"), ["in/10/c", "in/2/a", "in/2/b", "in/top"]);
      assert.deepEqual(await read("in/*/[ab]"), ["in/2/a", "in/2/b"]);
      assert.deepEqual(await read("in/{10,top}"), ["in/10/c", "in/top"]);
      assert.deepEqual(await read("in/?/*"), ["in/2/a", "in/2/b", "in/2/deep/f"]);
      assert.deepEqual(await read("in/**/f"), ["in/2/deep/f"]);
      assert.deepEqual(await sc.textFile(join(folder, "in/*/*")).collect(), [
        "in/10/c",
        "in/2/a",
        "in/2/b",
        "in/2/deep/f",
        "in/_skip/e",
      ]);
      file("odd/[1]", "literal\n");
      assert.deepEqual(await read("odd/[1]"), ["literal"]);
      await assert.rejects(
        sc.textFile(join(folder, "in/*.csv")).count(),
        (error) =>
          isMillraceError(error, "FILE_UNREADABLE") && error.operator === "textFile" && /\.csv/.test(error.message),
      );
    });

    it("gzip files are unpacked as they are read, a partition each", async () => {
      const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i} ${"é".repeat(i % 40)}`);
      const long = "x".repeat(300_000);
      file("gz/a.gz", gzipSync(`\ufeff${[...lines, long].join("\n")}\n`));
      file("gz/b.gz", gzipSync("last, unended"));
      file("gz/c.gz", Buffer.concat([gzipSync("member 1\n"), gzipSync("member 2\r\n")]));
      file("gz/d.gz", gzipSync(""));
      file("gz/e.txt", "plain\n");
      const all = sc.textFile(join(folder, "gz"), 1);
      assert.equal(await all.getNumPartitions(), 5);
      assert.deepEqual(await all.collect(), [...lines, long, "last, unended", "member 1", "member 2", "plain"]);
      assert.deepEqual(await all.take(2), lines.slice(0, 2));
      assert.deepEqual(await all.mapPartitions((part) => [[...part].length]).collect(), [30_001, 1, 2, 0, 1]);
    });

    it("a gzip file that is damaged, cut short or none at all is FILE_UNREADABLE, and named", async () => {
      const content = gzipSync("line\n".repeat(5000));
      const damaged = Buffer.from(content);
      damaged.fill(0, 20, 40);
      for (const path of [
        file("bad/damaged.gz", damaged),
        file("bad/short.gz", content.subarray(0, content.length - 12)),
        file("bad/text.gz", "no gzip at all"),
      ]) {
        await assert.rejects(
          sc.textFile(path).count(),
          (error) =>
            isMillraceError(error, "FILE_UNREADABLE") && error.message.includes(path) && error.operator === "textFile",
          path,
        );
      }
      const gone = file("bad/gone.gz", content);
      const rdd = sc.textFile(gone);
      await rdd.getNumPartitions();
      rmSync(gone);
      await assert.rejects(rdd.count(), (error) => isMillraceError(error, "FILE_UNREADABLE"));
    });

    it("saveAsTextFile writes a file for each partition, and the mark that they are whole", async () => {
      const out = join(folder, "out/plain");
      await sc
        .parallelize<unknown & {}>(["a", 1.5, true, [1, "x"], { n: 2n, m: new Map([[1, 2]]) }, 7n], 3)
        .saveAsTextFile(out);
      assert.deepEqual(saved(out), {
        _SUCCESS: "",
        "part-00000": "a\n1.5\n",
        "part-00001": 'true\n[1,"x"]\n',
        "part-00002": '{"n":"2","m":[[1,2]]}\n7\n',
      });
      const many = join(folder, "out/many");
      const numbers = sc.range(0, 100_000, 1, 2).map((n) => `number ${n}`);
      await numbers.saveAsTextFile(many);
      assert.deepEqual(await sc.textFile(many).collect(), await numbers.collect());
      const empty = join(folder, "out/empty");
      await sc.parallelize<number>([], 2).saveAsTextFile(empty);
      assert.deepEqual(saved(empty), { _SUCCESS: "", "part-00000": "", "part-00001": "" });
    });

    it("saveAsTextFile refuses a path that exists, and leaves no mark where it failed", async () => {
      const taken = join(folder, "taken");
      mkdirSync(taken);
      const there = (error: unknown) => isMillraceError(error, "FILE_EXISTS") && error.operator === "saveAsTextFile";
      await assert.rejects(sc.range(0, 3).saveAsTextFile(taken), there);
      await assert.rejects(sc.range(0, 3).saveAsTextFile(file("a file", "")), there);
      assert.deepEqual(readdirSync(taken), []);
      const failing = join(folder, "failing");
      await assert.rejects(
        sc
          .range(0, 4, 1, 2)
          .map((n) => {
            if (n === 3) throw new Error("three");
            return n;
          })
          .saveAsTextFile(failing),
        (error) => isMillraceError(error, "CLOSURE_FAILED"),
      );
      assert.ok(!existsSync(join(failing, "_SUCCESS")) && !existsSync(join(failing, "part-00001")));
      await assert.rejects(sc.range(0, 3).saveAsTextFile(join(file("in the way", ""), "below")), (error) =>
        isMillraceError(error, "FILE_UNWRITABLE"),
      );
    });

    it("a streaming batch may save where it has saved before", async () => {
      const out = join(folder, "batches");
      const ssc = new StreamingContext({ master, batchDuration: 20 });
      const times: number[] = [];
      ssc.queueStream([1, 2].map((n) => ssc.sparkContext.parallelize([n], 1))).foreachRDD(async (rdd) => {
        if (times.length === 2) return;
        await rdd.saveAsTextFile(out);
        times.push(Date.now());
        if (times.length === 2) void ssc.stop();
      });
      await ssc.start();
      await ssc.awaitTermination();
      assert.equal(times.length, 2);
      assert.deepEqual(saved(out), { _SUCCESS: "", "part-00000": "2\n" });
    });
  });
}
