import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, describe, it } from "node:test";
import { isMillraceError, SparkContext } from "millrace";
import { eventually } from "../eventually.ts";

describe("executor threads", () => {
  const sc = new SparkContext({ master: "local[2]" });
  after(() => sc.stop());

  it("share the work", async () => {
    const executors = new Set<string>();
    const listener = { onTaskStart: ({ executorId }: { executorId: string }) => executors.add(executorId) };
    sc.addSparkListener(listener);
    await sc
      .range(0, 2_000_000, 1, 8)
      .map((n) => Math.sqrt(n))
      .count();
    sc.removeSparkListener(listener);
    assert.equal(executors.size, 2);
  });

  it("that end fail their job with EXECUTOR_LOST, and the next job gets new ones", async () => {
    const endings = [
      () => process.exit(3),
      () => {
        setImmediate(() => {
          throw new Error("nobody catches this");
        });
      },
      () => {
        void Promise.reject(new Error("nor this"));
      },
    ];
    for (const ending of endings) {
      const lost = sc.range(0, 4, 1, 2).mapPartitions(async function* (numbers) {
        ending();
        yield* numbers;
        // Never ends by itself: the thread's end must end the job.
        await new Promise(() => setInterval(() => undefined, 1000));
      });
      await assert.rejects(lost.collect(), (error) => isMillraceError(error, "EXECUTOR_LOST"));
      assert.equal(await sc.range(0, 10).count(), 10);
    }
  });

  it("may be in the middle of a job when the context stops", async () => {
    const stopping = new SparkContext({ master: "local[2]" });
    const job = stopping.range(0, 4, 1, 4).mapPartitions(async function* (): AsyncGenerator<number> {
      await new Promise(() => setInterval(() => undefined, 1000));
    });
    const started = new Promise<void>((resolve) => stopping.addSparkListener({ onTaskStart: () => resolve() }));
    const result = assert.rejects(job.collect(), (error) => isMillraceError(error, "CONTEXT_STOPPED"));
    await started;
    await stopping.stop();
    await result;
    await assert.rejects(stopping.range(0, 1).count(), (error) => isMillraceError(error, "CONTEXT_STOPPED"));
  });

  it("do not keep a process alive that forgot stop()", () => {
    const program = `
      import { SparkContext } from "millrace";
      const sc = new SparkContext({ master: "local[2]" });
      console.log(await sc.range(0, 10).map((n) => n * 2).collect());`;
    const ran = spawnSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "--eval", program],
      {
        cwd: new URL("../..", import.meta.url),
        encoding: "utf8",
        timeout: 30_000,
      },
    );
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stdout, /0,\s+2,\s+4/);
  });

  it("stop reading when an iteration is left", async () => {
    let tasks = 0;
    const listener = { onTaskEnd: () => tasks++ };
    sc.addSparkListener(listener);
    for await (const n of sc.range(0, 1000, 1, 50)) if (n === 25) break;
    // Events come a little later, in order: with this job's all of them have come.
    await sc.range(0, 1, 1, 1).count();
    await eventually("all tasks have ended", () => tasks >= 2 + 1, 10_000);
    sc.removeSparkListener(listener);
    assert.equal(tasks, 2 + 1);
  });
});

describe("memory", () => {
  for (const master of ["local", "local[2]"]) {
    it(`of shuffles is given back when their RDDs are gone (${master})`, async () => {
      const sc = new SparkContext({ master });
      const collectGarbage = globalThis.gc;
      const pairs = sc.range(0, 200, 1, 2).map((n) => [n % 10, n]);
      for (let i = 0; i < 200; i++) {
        await sc.inBatch({ batchTime: i, description: "test" }, async () => {
          assert.equal((await pairs.reduceByKey((a, b) => a + b).collect()).length, 10);
        });
        sc.releaseBatch({ batchTime: i, description: "test" });
      }
      assert.deepEqual(sc.blocksInUse, { blocks: 0, bytes: 0 });
      assert.equal(collectGarbage, undefined, "the test needs no flags");
      await sc.stop();
    });
  }
});
