import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type RDD, StorageLevel, StreamingContext } from "millrace";
import { ManualClock, StreamTester } from "millrace/testing";
import { PlannedInput } from "./planned-input.ts";

const long = process.env.MILLRACE_LONG === "1";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("what a batch leaves behind", () => {
  it("is remembered as long as later windows need it, cumulatively (S6)", async () => {
    const tester = new StreamTester();
    tester.ssc.remember("3 seconds");
    const numbers = tester.input<number>([]);
    const mapped = numbers.map((n) => [n % 10, 1]);
    const inner = mapped.window("2 seconds", "1 second");
    const outer = inner.window("4 seconds", "2 seconds");
    tester.output(outer);
    await tester.start();
    await tester.advance("10 seconds");
    // Beyond 10 s: outer keeps 3 s, inner 3 + 4 s, what is above 7 + 2 s.
    assert.deepEqual(tester.rememberedTimes(outer), [8000, 10_000]);
    assert.deepEqual(tester.rememberedTimes(inner), [4000, 5000, 6000, 7000, 8000, 9000, 10_000]);
    const since2s = Array.from({ length: 9 }, (_, i) => 2000 + i * 1000);
    assert.deepEqual(tester.rememberedTimes(mapped), since2s);
    assert.deepEqual(tester.rememberedTimes(numbers), since2s);
    await tester.stop();
  });

  it("is only the newest RDD where nothing needs more", async () => {
    const tester = new StreamTester();
    const numbers = tester.input<number>([]);
    const mapped = numbers.map((n) => n);
    tester.output(mapped);
    await tester.start();
    await tester.advance("10 seconds");
    assert.deepEqual([tester.rememberedTimes(numbers), tester.rememberedTimes(mapped)], [[10_000], [10_000]]);
    await tester.stop();
  });

  it("is unpersisted, and what the program persists itself is not", async () => {
    const clock = new ManualClock();
    const ssc = new StreamingContext({ master: "local", batchDuration: "1 second", clock });
    const { sparkContext: sc } = ssc;
    const own = sc.parallelize([1, 2]).persist(StorageLevel.MEMORY_ONLY);
    const plain = sc.parallelize([3, 4]);
    ssc
      .queueStream([own, plain])
      .persist()
      .foreachRDD((rdd) => rdd.count());
    await ssc.start();
    const levels: string[][] = [];
    for (let batch = 0; batch < 4; batch++) {
      clock.advance(1000);
      await ssc.run!.generator.whenIdle();
      levels.push([own.storageLevel.name, plain.storageLevel.name]);
    }
    await ssc.stop({ stopSparkContext: false });
    assert.deepEqual(levels, [
      ["MEMORY_ONLY", "NONE"],
      ["MEMORY_ONLY", "MEMORY_ONLY_SER"],
      ["MEMORY_ONLY", "NONE"],
      ["MEMORY_ONLY", "NONE"],
    ]);
    assert.ok(sc.blocksInUse.blocks > 0);
    own.unpersist();
    assert.deepEqual(sc.blocksInUse, { blocks: 0, bytes: 0 });
    await sc.stop();
  });

  it("is kept as long as anybody can reach it, when spark.streaming.unpersist is off", async () => {
    const tester = new StreamTester({ conf: { "spark.streaming.unpersist": false } });
    let released = 0;
    let computed = 0;
    const numbers = tester.ssc.inputStream(
      new PlannedInput((sc) => ({ rdd: sc.range(0, 10), release: () => void released++ })),
    );
    const rdds: RDD<number>[] = [];
    numbers
      .map((n) => {
        computed++;
        return n;
      })
      .persist()
      .foreachRDD(async (rdd) => {
        rdds.push(rdd);
        await rdd.count();
      });
    await tester.start();
    await tester.advance("5 seconds");
    assert.equal(computed, 50);
    assert.equal(await rdds[0]!.count(), 10);
    assert.deepEqual([computed, released], [50, 0]);
    assert.equal(rdds[0]!.storageLevel, StorageLevel.MEMORY_ONLY_SER);
    rdds.splice(0, 5);
    while (released < 4 || tester.ssc.sparkContext.blocksInUse.blocks > 2) {
      await new Promise(setImmediate);
      collectGarbage();
    }
    await tester.stop();
  });

  it("is given back by inputs that want it", async () => {
    const tester = new StreamTester();
    const released: number[] = [];
    const stream = tester.ssc.inputStream(
      new PlannedInput((sc, time) => ({ rdd: sc.emptyRDD<number>(), release: () => void released.push(time) })),
    );
    tester.output(stream.window("2 seconds"));
    await tester.start();
    await tester.advance("5 seconds");
    assert.deepEqual(released, [1000, 2000]);
    await tester.stop();
    assert.deepEqual(released, [1000, 2000, 3000, 4000, 5000]);
  });

  it("is nothing where an input has no RDDs, so that there are no batches", async () => {
    const tester = new StreamTester();
    const numbers = tester.input<number>(Array.from({ length: 20 }, () => null));
    const mapped = numbers.map((n) => n);
    const output = tester.output(mapped);
    await tester.start();
    await tester.advance("20 seconds");
    assert.deepEqual([tester.rememberedTimes(numbers), tester.rememberedTimes(mapped)], [[20_000], [20_000]]);
    assert.deepEqual(output.times, []);
    await tester.stop();
  });

  it("is nothing of inputs that no output needs: they are not started", async () => {
    const tester = new StreamTester();
    const unused = new PlannedInput<number>(() => undefined);
    tester.ssc
      .inputStream(unused)
      .map((n) => n)
      .window("5 seconds");
    tester.output(tester.input([]));
    await tester.start();
    await tester.advance("1 second");
    assert.equal(unused.starts, 0);
    await tester.stop();
  });

  it("is freed when the context stops", async () => {
    const tester = new StreamTester();
    const pairs = tester.input([["a", "b"], ["c"]]).map((word) => [word, 1]);
    tester.output(pairs.reduceByKeyAndWindow((a, b) => a + b, "10 seconds"));
    await tester.start();
    await tester.advance("2 seconds");
    assert.ok(tester.ssc.sparkContext.blocksInUse.blocks > 0);
    await tester.ssc.stop({ stopSparkContext: false });
    assert.deepEqual(tester.ssc.sparkContext.blocksInUse, { blocks: 0, bytes: 0 });
    await tester.stop();
  });

  for (const { master, batches } of [
    { master: "local", batches: long ? 100_000 : 10_000 },
    { master: "local[2]", batches: long ? 10_000 : 500 },
  ]) {
    it(`is nothing in the long run: ${batches} batches with windows in flat memory (${master})`, async () => {
      // Without the live page, which remembers the last thousand batches.
      const tester = new StreamTester({ master, batchDuration: "1 ms", conf: { "spark.ui.enabled": false } });
      const words = tester.ssc.inputStream(
        new PlannedInput((sc, time) => ({
          rdd: sc.parallelize([`word ${time % 100}`, "the", "of"], 2),
          numRecords: 3,
        })),
      );
      const pairs = words.map((word) => [word, 1]);
      const counts = pairs.reduceByKeyAndWindow((a, b) => a + b, "10 ms", "2 ms");
      let seen = 0;
      counts.foreachRDD(async (rdd) => {
        seen += (await rdd.values().collect()).reduce((a, b) => a + b);
      });
      words.count().foreachRDD((rdd) => rdd.collect());
      await tester.start();

      const measure = async () => {
        await tester.advance(batches / 10);
        // What a weak reference has given out stays until the turn of the event loop is over.
        await new Promise(setImmediate);
        collectGarbage();
        return { heap: process.memoryUsage().heapUsed, blocks: tester.ssc.sparkContext.blocksInUse.blocks };
      };
      await measure();
      const early = await measure();
      let late = early;
      for (let i = 2; i < 10; i++) late = await measure();
      assert.equal(tester.failure, undefined);
      assert.ok(late.blocks <= early.blocks, `blocks: ${early.blocks}, later ${late.blocks}`);
      const growth = late.heap - early.heap;
      assert.ok(growth < 2e6, `the heap grew by ${growth} bytes in ${batches * 0.8} batches`);
      assert.deepEqual(
        [words, pairs, counts].map((stream) => tester.rememberedTimes(stream).length),
        [12, 12, 1],
      );
      assert.equal(seen, 15 * batches - 3 * (8 + 6 + 4 + 2));
      await tester.stop();
      assert.deepEqual(tester.ssc.sparkContext.blocksInUse, { blocks: 0, bytes: 0 });
    });
  }
});
