import assert from "node:assert/strict";
import { describe, it } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import { StreamTester } from "millrace/testing";

const long = process.env.MILLRACE_LONG === "1";
/** Batches before the first measurement, between two, and how many are measured. */
const [WARM_UP, BETWEEN, TIMES] = long ? [5_000, 19_000, 6] : [600, 300, 3];
const MOST_GROWTH_BYTES = 3 * 2 ** 20;

/** What the heap of this thread holds when all that can be collected has been. */
function liveBytes(): number {
  v8.setFlagsFromString("--expose-gc");
  const collect: () => void = vm.runInNewContext("gc");
  for (let i = 0; i < 3; i++) collect();
  return v8.getHeapStatistics().used_heap_size;
}

describe("a transform that makes three closures in every batch", () => {
  for (const master of ["local", "local[1]"]) {
    it(`keeps memory flat, on the driver and on executors (${master})`, { timeout: 3_600_000 }, async () => {
      const tester = new StreamTester({ master, batchDuration: 1000 });
      const numbers = tester.input<number>([[1, 2, 3]]);
      let batch = 0;
      const output = numbers.transform((rdd) => {
        const [offset, factor] = [batch++, { by: [2] }];
        return rdd
          .map((n) => n + offset)
          .filter((n) => n >= offset)
          .map((n) => n * factor.by[0]!);
      });
      let counted = 0;
      output.foreachRDD(async (rdd) => {
        counted += await rdd.count();
      });
      const { sparkContext } = tester.ssc;
      const measured = async () => {
        await new Promise(setImmediate);
        const [there] = await sparkContext.range(0, 1, 1, 1).map(liveBytes).collect();
        return [liveBytes(), there!] as const;
      };
      await tester.start();
      await tester.advance(WARM_UP * 1000);
      const first = await measured();
      const readings = [first];
      for (let i = 1; i < TIMES; i++) {
        await tester.advance(BETWEEN * 1000);
        readings.push(await measured());
      }
      await tester.stop();
      if (long) console.log(master, readings);
      assert.equal(batch, WARM_UP + BETWEEN * (TIMES - 1));
      assert.equal(counted, 3);
      for (const place of [0, 1] as const) {
        const growth = readings.at(-1)![place] - first[place];
        assert.ok(growth < MOST_GROWTH_BYTES, `${["driver", "executor"][place]}: ${readings.map((one) => one[place])}`);
      }
    });
  }
});
