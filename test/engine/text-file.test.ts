import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError, SparkContext } from "millrace";

describe("textFile", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-text-"));
  const sc = new SparkContext({ master: "local" });
  after(async () => {
    await sc.stop();
    rmSync(folder, { recursive: true });
  });
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it("gives each line once, in order, however the file is split", async () => {
    const line = fc.oneof(
      fc.string({ maxLength: 12, unit: "grapheme" }),
      fc.constantFrom("", "é", "日本", "a".repeat(100)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        fc.constantFrom("\n", "\r\n"),
        async (raw, splits, ended, newline) => {
          const lines = raw.map((text) => text.replace(/[\r\n]/g, "").replace(/^\ufeff/, ""));
          const text = lines.join(newline) + (ended && lines.length > 0 ? newline : "");
          const expected =
            text === "" ? [] : lines.length > 0 && !ended && lines.at(-1) === "" ? lines.slice(0, -1) : lines;
          const path = file("random.txt", text);
          assert.deepEqual(
            await sc.textFile(path, splits).collect(),
            expected.map((l) => Buffer.from(l).toString("utf8")),
          );
        },
      ),
      { numRuns: 300, seed: 20260103 },
    );
  });

  it("reads a large file in several splits", async () => {
    const lines = Array.from({ length: 50_000 }, (_, i) => `line ${i} ${"x".repeat(i % 50)}`);
    const path = file("large.txt", `${lines.join("\n")}\n`);
    const rdd = sc.textFile(path, 5);
    assert.equal(await rdd.getNumPartitions(), 5);
    assert.deepEqual(await rdd.collect(), lines);
  });

  it("reads lines longer than a chunk", async () => {
    const lines = ["a".repeat(200_000), "", "b".repeat(70_000), "end"];
    assert.deepEqual(await sc.textFile(file("long.txt", lines.join("\n")), 3).collect(), lines);
  });

  it("reads the files of a directory by name, but hidden ones", async () => {
    const directory = join(folder, "directory");
    mkdirSync(directory);
    mkdirSync(join(directory, "nested"));
    for (const [name, content] of [
      ["b", "2\n"],
      ["a", "1\n"],
      [".hidden", "x\n"],
      ["_SUCCESS", "x\n"],
      ["empty", ""],
    ]) {
      writeFileSync(join(directory, name!), content!);
    }
    assert.deepEqual(await sc.textFile(directory).collect(), ["1", "2"]);
  });

  it("leaves a byte order mark out and replaces invalid UTF-8", async () => {
    const bytes = Buffer.concat([Buffer.from("\ufeffé\n"), Buffer.from([0x61, 0xff, 0x62]), Buffer.from("\n")]);
    assert.deepEqual(await sc.textFile(file("marked.txt", bytes)).collect(), ["é", "a\ufffdb"]);
  });

  it("says so when a file is not there, or has shrunk since it was planned", async () => {
    await assert.rejects(sc.textFile(join(folder, "none")).count(), (error) =>
      isMillraceError(error, "FILE_UNREADABLE"),
    );
    const path = file("shrinking.txt", "one\ntwo\nthree\n");
    const rdd = sc.textFile(path);
    await rdd.getNumPartitions();
    truncateSync(path, 5);
    await assert.rejects(
      rdd.collect(),
      (error) => isMillraceError(error, "FILE_UNREADABLE") && error.operator === "textFile",
    );
  });
});
