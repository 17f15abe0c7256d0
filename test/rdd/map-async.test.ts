import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isMillraceError, SparkContext } from "millrace";

for (const master of ["local", "local[2]"]) {
  describe(`mapAsync (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());
    const numbers = Array.from({ length: 200 }, (_, i) => i);

    it("keeps the order, however long each call takes", async () => {
      const doubled = sc.parallelize(numbers, 3).mapAsync(async (n) => {
        await sleep((n * 7) % 5);
        return n * 2;
      });
      assert.deepEqual(
        await doubled.filter((n) => n % 3 === 0).collect(),
        numbers.map((n) => n * 2).filter((n) => n % 3 === 0),
      );
    });

    it("gives results as they are ready where order does not matter", async () => {
      const results = await sc
        .parallelize([500, 1, 1, 1], 1)
        .mapAsync((ms) => sleep(ms, ms), { ordered: false, concurrency: 2 })
        .collect();
      assert.deepEqual(results, [1, 1, 1, 500]);
    });

    it("has so many calls under way, and not more", async () => {
      const most = await sc
        .parallelize(numbers, 1)
        .mapPartitions((part) => [...part].map((n) => ({ n })))
        .mapPartitions(async function* (part) {
          for await (const { n } of part) yield n;
        })
        .mapAsync(
          async () => {
            const counter = globalThis as unknown as { underWay?: number; most?: number };
            counter.underWay = (counter.underWay ?? 0) + 1;
            counter.most = Math.max(counter.most ?? 0, counter.underWay);
            await sleep(1);
            counter.underWay--;
            return counter.most;
          },
          { concurrency: 5 },
        )
        .max();
      assert.equal(most, 5);
    });

    it("takes functions that are not async, and no records", async () => {
      assert.deepEqual(
        await sc
          .parallelize([1, 2])
          .mapAsync((n) => n + 1)
          .collect(),
        [2, 3],
      );
      assert.deepEqual(
        await sc
          .parallelize<number>([], 2)
          .mapAsync(async (n) => n)
          .collect(),
        [],
      );
      assert.deepEqual(
        await sc
          .parallelize(numbers, 2)
          .mapAsync(async (n) => n)
          .take(3),
        [0, 1, 2],
      );
    });

    it("fails with the first failure, in its operator and on its line", async () => {
      for (const fail of [
        async (n: number) => {
          if (n === 7) throw new RangeError("seven");
          return n;
        },
        (n: number) => {
          if (n === 7) throw new RangeError("seven");
          return n;
        },
      ]) {
        await assert.rejects(
          sc.parallelize(numbers, 1).mapAsync(fail).count(),
          (error) =>
            isMillraceError(error, "CLOSURE_FAILED") &&
            error.operator === "mapAsync" &&
            /seven/.test(error.message) &&
            /map-async\.test\.ts:\d+/.test(error.site ?? ""),
        );
      }
    });

    it("gives a call that takes too long up, and says so", async () => {
      const start = performance.now();
      await assert.rejects(
        sc
          .parallelize([1, 2], 1)
          .mapAsync((n, signal) => (n === 2 ? sleep(60_000, n, { signal }) : n), { timeout: "20 ms" })
          .count(),
        (error) => isMillraceError(error, "ASYNC_TIMEOUT") && error.operator === "mapAsync",
      );
      assert.ok(performance.now() - start < 10_000);
    });

    it("ends when the job is cancelled, even where a call never ends", async () => {
      const controller = new AbortController();
      const counting = sc
        .parallelize([1, 2], 1)
        .mapAsync((n) => (n === 2 ? new Promise<number>(() => undefined) : n))
        .count({ signal: controller.signal });
      await sleep(50);
      controller.abort();
      await assert.rejects(counting, (error) => isMillraceError(error, "JOB_CANCELLED"));
      assert.equal(await sc.range(0, 3).count(), 3);
    });

    it("refuses options that cannot be", () => {
      const one = sc.parallelize([1]);
      assert.throws(
        () => one.mapAsync((n) => n, { concurrency: 0 }),
        (error) => isMillraceError(error, "INVALID_ARGUMENT") && error.operator === "mapAsync",
      );
      assert.throws(
        () => one.mapAsync((n) => n, { timeout: "soon" as never }),
        (error) => isMillraceError(error, "INVALID_DURATION"),
      );
    });
  });
}
