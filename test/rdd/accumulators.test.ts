import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { isMillraceError, SparkContext, TaskContext } from "millrace";
import { captureLogs } from "../logs.ts";

for (const master of ["local", "local[3]"]) {
  describe(`accumulators (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());
    const numbers = sc.range(1, 101, 1, 7);

    it("sum and count what tasks add, once for each action", async () => {
      const [sum, half] = [sc.longAccumulator("sum"), sc.doubleAccumulator()];
      const seen = numbers.map((n) => {
        sum.add(n);
        half.add(n / 2);
        return n;
      });
      await seen.count();
      assert.deepEqual([sum.value, sum.count, sum.avg], [5050, 100, 50.5]);
      assert.deepEqual([half.value, half.count], [2525, 100]);
      assert.equal(sum.name, "sum");
      await seen.foreach(() => {});
      assert.equal(sum.value, 10_100);
      sum.reset();
      assert.ok(sum.isZero && Number.isNaN(sum.avg));
      sum.add(3);
      assert.equal(sum.value, 3);
    });

    it("are named to whoever assigns a variable of the driver's in a function, once", async () => {
      const logs = captureLogs();
      let sum = 0;
      for (let i = 0; i < 2; i++) {
        await numbers.foreach((n) => {
          sum += n;
        });
      }
      logs.stop();
      assert.equal(sum, master === "local" ? 10_100 : 0);
      const warnings = logs.of("ASSIGNED_VARIABLE");
      assert.deepEqual(warnings.length, master === "local" ? 1 : 0, "said under the first master already");
      if (master !== "local") return;
      assert.match(
        warnings[0]!,
        /^sum is assigned by the function of foreach at .*accumulators.test.ts:\d+:\d+: each task/,
      );
      assert.match(warnings[0]!, /longAccumulator/);
    });

    it("collect what tasks add, of any kind that records may be", async () => {
      const odd = sc.collectionAccumulator<{ n: number }>("odd");
      await numbers.foreach((n) => {
        if (n % 25 === 0) odd.add({ n });
      });
      assert.deepEqual(
        odd.value.map(({ n }) => n).sort((a, b) => a - b),
        [25, 50, 75, 100],
      );
      odd.reset();
      assert.ok(odd.isZero);
    });

    it("are added to on both sides of a shuffle, in partitions and after awaits", async () => {
      const calls = sc.longAccumulator();
      const result = await numbers
        .mapAsync(async (n) => {
          await null;
          calls.add(1);
          return [n % 3, n];
        })
        .reduceByKey((a, b) => a + b, 2)
        .mapPartitions((pairs) => {
          const all = [...pairs];
          calls.add(1000 * all.length);
          return all;
        })
        .count();
      assert.equal(result, 3);
      assert.equal(calls.value, 3100);
    });

    it("count nothing of tasks that fail, or whose results nobody needs", async () => {
      const seen = sc.longAccumulator();
      const failing = numbers.map((n) => {
        seen.add(1);
        if (n === 50) throw new Error("fifty");
        return n;
      });
      await assert.rejects(failing.count());
      assert.ok(seen.value < 100, String(seen.value));
      assert.equal(seen.value % 1, 0);
      const first = sc.longAccumulator();
      await numbers
        .mapPartitions((part) => {
          first.add(1);
          return part;
        })
        .take(1);
      assert.equal(first.value, 1);
    });

    it("are read on the driver only, and take what their names say", async () => {
      const sum = sc.longAccumulator();
      await assert.rejects(
        numbers.map((n) => n + sum.value).count(),
        (error) => isMillraceError(error, "CONTEXT_STATE") && error.operator === "map",
      );
      await assert.rejects(
        numbers.foreach((n) => sum.add(n / 7)),
        (error) => isMillraceError(error, "INVALID_ARGUMENT") && error.operator === "foreach",
      );
      assert.throws(
        () => sum.add("1" as never),
        (error) => isMillraceError(error, "INVALID_ARGUMENT"),
      );
      assert.equal(sum.value, 0);
    });
  });
}

describe("accumulators under retries", () => {
  it("count each record once, whichever attempt succeeded", async () => {
    const sc = new SparkContext({ master: "local[2, 4]" });
    const seen = sc.longAccumulator();
    const attempts = sc.longAccumulator();
    const numbers = sc.range(0, 400, 1, 8).mapPartitions((part) => {
      const attempt = TaskContext.get()?.attemptNumber ?? 0;
      const all = [...part];
      for (const _ of all) seen.add(1);
      if (attempt < all[0]! % 3) throw new Error(`attempt ${attempt}`);
      attempts.add(attempt + 1);
      return all;
    });
    assert.equal(await numbers.count(), 400);
    assert.equal(seen.value, 400);
    assert.ok(attempts.value > 8);
    await sc.stop();
  });
});
