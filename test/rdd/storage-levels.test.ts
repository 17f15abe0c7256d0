/** Persisted partitions in memory and in files: where they are, that they are not computed twice, and that nothing is left of them. */
import assert from "node:assert/strict";
import { readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type BlockUpdated, isMillraceError, SparkContext, StorageLevel } from "millrace";
import { StreamTester } from "millrace/testing";
import { eventually } from "../eventually.ts";
import { captureLogs } from "../logs.ts";
import { filesIn, localDirectory } from "../streaming/receiver/local-files.ts";

const PARTITIONS = 8;
/** Of each partition, and more with what encoding adds. */
const BYTES = 40_000;

class Item {
  readonly text: string;

  constructor(n: number) {
    this.text = String(n).padEnd(BYTES / 10, "x");
  }

  get n(): number {
    return Number.parseInt(this.text, 10);
  }
}

function context(t: TestContext, master: string, local = localDirectory(t)) {
  const conf = { "spark.local.dir": local, "millrace.block.memory": 2.5 * BYTES, "spark.ui.enabled": false };
  const sc = new SparkContext({ master, conf });
  const kept: BlockUpdated[] = [];
  sc.addSparkListener({ onBlockUpdated: (block) => kept.push(block) });
  t.after(() => sc.stop());
  const computed = sc.longAccumulator();
  const items = sc.range(0, 10 * PARTITIONS, 1, PARTITIONS).map((n) => {
    computed.add(1);
    return new Item(n);
  });
  const sum = () => items.map((item) => item.n).sum();
  return { sc, local, items, sum, files: () => filesIn(local), kept, computed };
}

const SUM = (80 * 79) / 2;

for (const master of ["local", "local[2]"]) {
  describe(`persisted partitions (${master})`, () => {
    it("refuse a level that is none", async () => {
      const sc = new SparkContext({ master });
      for (const wrong of ["MEMORY_ONLY", null, {}] as never[]) {
        assert.throws(
          () => sc.range(0, 1).persist(wrong),
          (error) => isMillraceError(error, "INVALID_ARGUMENT") && /storage-levels/.test(error.site ?? ""),
        );
      }
      await sc.stop();
    });

    it("are all in files at DISK_ONLY, and computed once", async (t) => {
      const { sc, items, sum, files, kept, computed, local } = context(t, master);
      items.persist(StorageLevel.DISK_ONLY);
      for (let i = 0; i < 3; i++) assert.equal(await sum(), SUM);
      assert.equal(computed.value, 80);
      assert.equal(files().length, PARTITIONS);
      assert.equal(kept.length, PARTITIONS);
      assert.ok(kept.every(({ memSize, diskSize }) => memSize === 0 && diskSize > BYTES));
      assert.equal(sc.blocksInUse.blocks, PARTITIONS);
      items.unpersist();
      await eventually("the files are gone", () => files().length === 0);
      assert.deepEqual(sc.blocksInUse, { blocks: 0, bytes: 0 });
      items.persist(StorageLevel.DISK_ONLY);
      assert.equal(await sum(), SUM);
      await sc.stop();
      assert.deepEqual(readdirSync(local), []);
    });

    it("are in files beyond memory at MEMORY_AND_DISK, and computed once", async (t) => {
      const { items, sum, files, kept, computed } = context(t, master);
      items.persist(StorageLevel.MEMORY_AND_DISK);
      for (let i = 0; i < 3; i++) assert.equal(await sum(), SUM);
      assert.equal(computed.value, 80);
      const inMemory = kept.filter(({ diskSize }) => diskSize === 0);
      assert.ok(inMemory.length > 0 && inMemory.length <= 4, `${inMemory.length} are in memory`);
      assert.ok(inMemory.every(({ memSize }) => memSize > BYTES));
      assert.equal(files().length, PARTITIONS - inMemory.length);
    });

    it("are computed again at MEMORY_ONLY where memory had no room", async (t) => {
      const { items, sum, files, kept, computed } = context(t, master);
      items.persist(StorageLevel.MEMORY_ONLY);
      assert.equal(await sum(), SUM);
      const again = 10 * (PARTITIONS - kept.length);
      assert.ok(again > 0);
      assert.equal(await sum(), SUM);
      assert.equal(computed.value, 80 + again);
      assert.deepEqual(files(), []);
    });

    it("are computed again where no file can be written, with a warning", async (t) => {
      const local = join(localDirectory(t), "full");
      writeFileSync(local, "");
      const logs = captureLogs();
      const { items, sum, kept, computed } = context(t, master, local);
      items.persist(StorageLevel.DISK_ONLY);
      for (let i = 1; i <= 2; i++) {
        assert.equal(await sum(), SUM);
        assert.equal(computed.value, i * 80);
      }
      logs.stop();
      assert.deepEqual(kept, []);
      assert.ok(logs.of("FILE_UNWRITABLE").length > 0);
    });

    it("of a stream are in files as long as its batches are remembered", async (t) => {
      const local = localDirectory(t);
      const tester = new StreamTester({ master, conf: { "spark.local.dir": local } });
      t.after(() => tester.stop());
      const batches = Array.from({ length: 10 }, (_, n) => [n, n + 1]);
      const items = tester
        .input(batches)
        .map((n) => new Item(n))
        .persist(StorageLevel.DISK_ONLY);
      const [first, second] = [tester.output(items.map((item) => item.n)), tester.output(items.count())];
      await tester.start();
      await tester.advance("10 seconds");
      assert.deepEqual([first.records, second.records], [batches, batches.map(() => [2])]);
      await eventually("the other files are gone", () => filesIn(local).length === 2);
      await tester.stop();
      assert.deepEqual(readdirSync(local), []);
    });

    it("fail the job that needs one whose file is damaged", async (t) => {
      const { items, sum, files } = context(t, master);
      items.persist(StorageLevel.DISK_ONLY);
      await sum();
      const [file] = files();
      truncateSync(file!.path, file!.bytes - 1);
      await assert.rejects(sum(), (error) => isMillraceError(error, "FILE_CORRUPT") && error.operator === "map");
      items.unpersist();
      assert.equal(await sum(), SUM);
    });
  });
}

it("persisted partitions in files, and in memory, outlive the threads that wrote them", async (t) => {
  const { sc, items, sum, kept, computed } = context(t, "local[2]");
  items.persist(StorageLevel.MEMORY_AND_DISK);
  await sum();
  const writers = new Set(kept.map(({ executorId }) => executorId));
  for (const executorId of writers) assert.equal(sc.killExecutor(executorId), true);
  assert.equal(await sum(), SUM);
  assert.equal(computed.value, 80);
});
