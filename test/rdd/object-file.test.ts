import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { codec, isMillraceError, SparkContext } from "millrace";
import { StreamTester } from "millrace/testing";

class Reading {
  readonly plane: string;
  readonly celsius: number;

  constructor(plane: string, celsius: number) {
    this.plane = plane;
    this.celsius = celsius;
  }

  get isHot(): boolean {
    return this.celsius > 600;
  }
}

class Money {
  readonly #cents: number;

  constructor(cents: number) {
    this.#cents = cents;
  }

  get cents(): number {
    return this.#cents;
  }

  static readonly [codec] = {
    encode: (money: Money) => money.#cents,
    decode: (cents: number) => new Money(cents),
  };
}

for (const master of ["local", "local[2]"]) {
  describe(`object files (${master})`, () => {
    let sc: SparkContext;
    let folder: string;
    before(() => {
      sc = new SparkContext({ master });
      folder = mkdtempSync(join(tmpdir(), "millrace-"));
    });
    after(async () => {
      await sc.stop();
      rmSync(folder, { recursive: true });
    });

    it("give back what was saved, partition by partition, whatever it is", async () => {
      const anything = fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        maxDepth: 2,
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(anything as fc.Arbitrary<{}>, { maxLength: 8 }), async (records) => {
          const path = join(folder, `anything-${run++}`);
          const saved = sc.parallelize(records, 3);
          await saved.saveAsObjectFile(path);
          const read = sc.objectFile<{}>(path);
          assert.equal(await read.getNumPartitions(), 3);
          assert.deepEqual(await read.glom().collect(), await saved.glom().collect());
        }),
        { numRuns: 20, seed: 7 },
      );
      const many = join(folder, "many");
      await sc.range(0, 100_000, 1, 2).saveAsObjectFile(many);
      assert.equal(await sc.objectFile<number>(many).reduce((a, b) => a + b), 4_999_950_000);
    });

    it("keep the classes of records, those with a codec, too", async () => {
      const path = join(folder, "classes");
      await sc
        .parallelize([new Reading("a", 640), new Reading("b", 1)], 2)
        .map((reading) => [reading, new Money(reading.celsius)])
        .saveAsObjectFile(path);
      const read = sc.objectFile<[Reading, Money]>(path);
      assert.deepEqual(await read.map(([reading, money]) => [reading.isHot, money.cents]).collect(), [
        [true, 640],
        [false, 1],
      ]);
      assert.ok((await read.first())[0] instanceof Reading);
    });

    it("name their classes to another process", () => {
      const path = join(folder, "elsewhere");
      const program = fileURLToPath(new URL("fixtures/object-file-writer.ts", import.meta.url));
      const written = spawnSync(process.execPath, [...process.execArgv, program, path], { encoding: "utf8" });
      assert.equal(written.status, 0, written.stderr);
      return (async () => {
        const read = sc.objectFile<Reading>(path, { classes: [Reading, Money] });
        assert.deepEqual(await read.map((reading) => [reading.plane, reading.isHot]).collect(), [["EC-MIG", true]]);
        assert.ok((await read.first()) instanceof Reading);
        await assert.rejects(sc.objectFile(path).collect(), (error) => {
          return isMillraceError(error, "UNKNOWN_CLASS") && error.operator === "objectFile";
        });
      })();
    });

    it("that have lost their end, or any byte, are FILE_CORRUPT, and so is what is none", async () => {
      const path = join(folder, "torn");
      await sc.parallelize([["a", 1], ["b", 2], { c: 3 }], 1).saveAsObjectFile(path);
      const part = join(path, "part-00000");
      const whole = readFileSync(part);
      const corrupt = (error: unknown) => isMillraceError(error, "FILE_CORRUPT") && error.operator === "objectFile";
      for (let length = 0; length < whole.length; length += 3) {
        truncateSync(part, length);
        await assert.rejects(sc.objectFile(path).collect(), corrupt, `${length} of ${whole.length} bytes`);
        writeFileSync(part, whole);
      }
      for (let at = 0; at < whole.length; at += 5) {
        const damaged = Buffer.from(whole);
        damaged[at]! ^= 0x10;
        writeFileSync(part, damaged);
        await assert.rejects(sc.objectFile(path).collect(), corrupt, `byte ${at}`);
      }
      writeFileSync(part, "just some text, which is longer than the shortest file");
      await assert.rejects(sc.objectFile(path).collect(), corrupt);
      await assert.rejects(sc.objectFile(join(folder, "nothing")).collect(), (error) =>
        isMillraceError(error, "FILE_UNREADABLE"),
      );
    });

    it("refuse what cannot be saved, and paths that exist", async () => {
      const path = join(folder, "refused");
      await assert.rejects(
        sc
          .range(0, 1)
          .map(() => [() => 1])
          .saveAsObjectFile(path),
        (error) => isMillraceError(error, "UNSERIALISABLE_RECORD"),
      );
      await assert.rejects(sc.range(0, 1).saveAsObjectFile(path), (error) => isMillraceError(error, "FILE_EXISTS"));
      assert.throws(
        () => sc.objectFile(path, { classes: ["Reading" as never] }),
        (error) => isMillraceError(error, "INVALID_ARGUMENT"),
      );
    });

    it("and text files are written for each batch of a stream, into directories named by time", async () => {
      const tester = new StreamTester({ master });
      const words = tester.input([["a", "b"], ["c"]]);
      words.saveAsTextFiles(join(folder, "words"), "txt");
      words.map((word) => [word, 1]).saveAsObjectFiles(join(folder, "pairs"));
      await tester.start();
      await tester.advance("2 seconds");
      const { sparkContext } = tester.ssc;
      assert.deepEqual(await sparkContext.textFile(join(folder, "words-1000.txt")).collect(), ["a", "b"]);
      assert.deepEqual(await sparkContext.objectFile(join(folder, "pairs-2000")).collect(), [["c", 1]]);
      await tester.stop();
      assert.equal(tester.failure, undefined);
      assert.deepEqual(
        readdirSync(folder).filter((name) => /^(words|pairs)/.test(name)),
        ["pairs-1000", "pairs-2000", "words-1000.txt", "words-2000.txt"],
      );
      // The same batches once more, as after a failure.
      const again = new StreamTester({ master });
      again.input([["d"]]).saveAsTextFiles(join(folder, "words"), "txt");
      await again.start();
      await again.advance("1 second");
      assert.deepEqual(await again.ssc.sparkContext.textFile(join(folder, "words-1000.txt")).collect(), ["d"]);
      await again.stop();
    });
  });
}
