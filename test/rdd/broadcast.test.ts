import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { isMillraceError, SparkContext } from "millrace";

class Airport {
  readonly code: string;
  readonly #city: string;
  constructor(code: string, city: string) {
    this.code = code;
    this.#city = city;
  }
  get label(): string {
    return `${this.#city} (${this.code})`;
  }
}

for (const master of ["local", "local[3]"]) {
  describe(`a broadcast (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());
    const numbers = sc.range(0, 12, 1, 6);

    it("is read on the driver and on executors, in several functions and jobs", async () => {
      const table = sc.broadcast(new Map([[1, "one"]]));
      assert.equal(table.value.get(1), "one");
      const names = numbers.map((n) => table.value.get(n) ?? "?").filter((name) => name !== table.value.get(2));
      assert.equal((await names.collect())[1], "one");
      assert.equal(await names.count(), 12);
      assert.equal(await numbers.mapPartitions(() => [table.value.size]).reduce((a, b) => a + b), 6);
    });

    it("carries functions, classes and other broadcasts", async () => {
      const inner = sc.broadcast(100);
      const outer = sc.broadcast({
        airport: new Airport("CDG", "Paris"),
        plus: (n: number) => n + inner.value,
      });
      const labels = sc.parallelize([1, 2], 2).map((n) => [outer.value.airport.label, outer.value.plus(n)]);
      assert.deepEqual(await labels.collect(), [
        ["Paris (CDG)", 101],
        ["Paris (CDG)", 102],
      ]);
    });

    it("is one object in a thread, made when the broadcast was", async () => {
      const data = { n: 1 };
      const shared = sc.broadcast(data);
      const seen = await numbers
        .map(() => {
          const { value } = shared as unknown as { value: { n: number; seen?: number } };
          value.seen = (value.seen ?? 0) + 1;
          return value.seen;
        })
        .map((n) => [(shared.value as unknown as { seen: number }).seen === n, n])
        .collect();
      assert.ok(seen.every(([same]) => same));
      const threads = master === "local" ? 1 : 3;
      assert.ok(seen.filter(([, n]) => n === 1).length <= threads);
    });

    it("is sent again after unpersist, and is an error after destroy", async () => {
      const table = sc.broadcast(["zero", "one"]);
      const first = numbers.map((n) => table.value[n] ?? "?");
      assert.equal((await first.collect())[1], "one");
      table.unpersist();
      assert.equal((await first.collect())[1], "one");
      table.destroy();
      const destroyed = (error: unknown) => isMillraceError(error, "BROADCAST_DESTROYED");
      assert.throws(() => table.value, destroyed);
      await assert.rejects(
        first.collect(),
        (error) => destroyed(error) && isMillraceError(error) && error.operator === "map",
      );
      await assert.rejects(
        (async () => numbers.filter((n) => n < table.value.length).count())(),
        (error) => destroyed(error) && isMillraceError(error) && error.operator === "filter",
      );
    });

    it("refuses what cannot travel, when it is made", () => {
      assert.throws(
        () => sc.broadcast({ rows: numbers }),
        (error) => isMillraceError(error, "CONTEXT_IN_CLOSURE") && error.operator === "broadcast",
      );
      assert.throws(
        () => sc.broadcast({ later: Promise.resolve(1) }),
        (error) => isMillraceError(error, "UNSHIPPABLE_CLOSURE") && /broadcast\.test\.ts:\d+/.test(error.site ?? ""),
      );
    });
  });
}

describe("a broadcast on threads", () => {
  it("crosses once for each thread, not with each function", async () => {
    const sc = new SparkContext({ master: "local[2]" });
    const big = sc.broadcast(new Float64Array(2_000_000).fill(1));
    const rdd = sc.range(0, 8, 1, 4);
    await rdd.map((n) => n + big.value[n]!).collect();
    const start = performance.now();
    for (let i = 0; i < 40; i++) await rdd.map((n) => n + big.value[n]! + i).collect();
    // 40 copies of 16 MB to two threads would take seconds.
    assert.ok(performance.now() - start < 3000, `${performance.now() - start} ms`);
    await sc.stop();
  });

  it("is there on a thread that takes another's place", async () => {
    const sc = new SparkContext({ master: "local[1]" });
    const table = sc.broadcast([5, 6]);
    const executors: string[] = [];
    sc.addSparkListener({ onTaskStart: ({ executorId }) => executors.push(executorId) });
    const rdd = sc.range(0, 2, 1, 2).map((n) => table.value[n]);
    assert.deepEqual(await rdd.collect(), [5, 6]);
    sc.killExecutor(executors[0]!);
    assert.deepEqual(await rdd.collect(), [5, 6]);
    assert.equal(new Set(executors).size, 2);
    await sc.stop();
  });
});
