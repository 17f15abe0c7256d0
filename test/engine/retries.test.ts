import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { isMillraceError, SparkContext, TaskContext } from "millrace";
import { node } from "../package/processes.ts";
import { firstTime } from "./first-time.ts";

const sums = [
  [0, 63],
  [1, 70],
  [2, 57],
];

describe("a task that fails", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-retries-"));
  after(() => rmSync(folder, { recursive: true }));

  /** Fails each partition `times` times, then succeeds; counts on the file system, for threads come and go. */
  const failing = (sc: SparkContext, name: string, times: number, fail: () => unknown) =>
    sc.range(0, 20, 1, 4).mapPartitions(async (numbers) => {
      const { partitionId, attemptNumber } = TaskContext.get()!;
      for (let i = 0; i < times; i++) if (firstTime(join(folder, `${name}-${partitionId}-${i}`))) await fail();
      return [...numbers].map((n) => [n % 3, n + (attemptNumber > times ? 1000 : 0)] as [number, number]);
    });

  it("is tried once by default, F times with local[N, F]", async () => {
    const once = new SparkContext({ master: "local[2]" });
    const thrice = new SparkContext({ master: "local[2, 3]" });
    const fail = () => {
      throw new Error("not yet");
    };
    await assert.rejects(failing(once, "once", 1, fail).collect(), (error) => isMillraceError(error, "CLOSURE_FAILED"));
    const reduced = failing(thrice, "thrice", 2, fail).reduceByKey((a, b) => a + b);
    assert.deepEqual((await reduced.collect()).sort(), sums);
    await assert.rejects(failing(thrice, "four", 3, fail).count(), (error) => isMillraceError(error, "CLOSURE_FAILED"));
    await Promise.all([once.stop(), thrice.stop()]);
  });

  it("runs again without counting when its thread has ended", async () => {
    const sc = new SparkContext({ master: "local[2]" });
    const never = () => new Promise<never>(() => setInterval(() => undefined, 1000));
    const endings = {
      "process.exit": () => process.exit(1),
      "an uncaught error": () => {
        setImmediate(() => {
          throw new Error("nobody catches this");
        });
        return never();
      },
      "an unhandled rejection": () => {
        void Promise.reject(new Error("nor this"));
        return never();
      },
    };
    for (const [name, ending] of Object.entries(endings)) {
      const reduced = failing(sc, name, 2, ending).reduceByKey((a, b) => a + b);
      assert.deepEqual((await reduced.collect()).sort(), sums, name);
    }
    await sc.stop();
  });
});

describe("a thread whose heap is full", () => {
  // A program of its own: V8 may end the whole process, though not for what this one does.
  it("is replaced, its task runs again, and the result is right", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-heap-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const program = `
      import { SparkContext } from "millrace";
      import { firstTime } from "./test/engine/first-time.ts";
      const sc = new SparkContext({ master: "local[2]", conf: { "spark.executor.memory": "48m" } });
      const ends = [];
      sc.addSparkListener({ onTaskEnd: ({ failureReason }) => failureReason && ends.push(failureReason) });
      const folder = ${JSON.stringify(folder)};
      const sums = sc.range(0, 20, 1, 4).mapPartitionsWithIndex((partition, numbers) => {
        const records = [...numbers].map((n) => [n % 3, n]);
        if (partition > 1 || !firstTime(folder + "/" + partition)) return records;
        for (const kept = []; ; ) kept.push({ n: kept.length });
      }).reduceByKey((a, b) => a + b);
      console.log(JSON.stringify([(await sums.collect()).sort(), ends]));
      await sc.stop();`;
    const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "--eval", program];
    const { code, stdout, stderr } = await node(flags, fileURLToPath(new URL("../..", import.meta.url)));
    assert.equal(code, 0, stderr);
    const [result, ends] = JSON.parse(stdout);
    assert.deepEqual(result, sums);
    assert.equal(ends.length, 2);
    for (const end of ends) assert.match(end, /^\[EXECUTOR_LOST\] .*memory/);
  });
});

describe("a job that is cancelled", () => {
  it("has an endless loop ended within two and a half seconds", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-endless-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const sc = new SparkContext({ master: "local[1]" });
    let quickest = Number.POSITIVE_INFINITY;
    // Another try is for machines that have much else to do.
    for (let tries = 0; tries < 3 && quickest >= 2_500; tries++) {
      const ended = new Promise<number>((resolve) =>
        sc.addSparkListener({ onTaskEnd: () => resolve(performance.now()) }),
      );
      const begun = join(folder, `${tries}`);
      const controller = new AbortController();
      const loop = sc
        .range(0, 1, 1, 1)
        .foreach(() => {
          firstTime(begun);
          for (;;);
        }, controller)
        .catch((error) => isMillraceError(error, "JOB_CANCELLED"));
      while (!existsSync(begun)) await new Promise(setImmediate);
      const cancelled = performance.now();
      controller.abort();
      assert.equal(await loop, true);
      assert.ok(performance.now() - cancelled < 1_900, "the action rejects at once");
      quickest = Math.min(quickest, (await ended) - cancelled);
    }
    assert.ok(quickest > 1_900 && quickest < 2_500, `${quickest} ms`);
    assert.equal(await sc.range(0, 10).count(), 10);
    await sc.stop();
  });

  it("rejects at once; an endless loop has its thread ended and replaced", async () => {
    const sc = new SparkContext({ master: "local[2]", conf: { "millrace.task.killGrace": "100ms" } });
    const started = new Promise<void>((resolve) => sc.addSparkListener({ onTaskStart: () => resolve() }));
    const endless = sc.range(0, 4, 1, 2).map((n) => {
      for (;;) if (n < -1) return n;
    });
    const rejected = assert.rejects(endless.collect(), (error) => isMillraceError(error, "JOB_CANCELLED"));
    await started;
    sc.cancelAllJobs("enough");
    await rejected;
    // Both slots are needed, so both threads have been replaced.
    assert.equal(await sc.range(0, 1000, 1, 4).count(), 1000);
    await sc.stop();
  });

  it("aborts the signal of tasks that wait", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-signal-"));
    t.after(() => rmSync(folder, { recursive: true }));
    for (const master of ["local", "local[2]"]) {
      const begun = join(folder, master);
      const sc = new SparkContext({ master });
      const started = new Promise<number>((resolve) =>
        sc.addSparkListener({ onJobStart: ({ jobId }) => resolve(jobId) }),
      );
      const waiting = sc.range(0, 2, 1, 1).mapPartitions(async (numbers) => {
        const { signal } = TaskContext.get()!;
        const heard = new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("heard"))));
        firstTime(begun);
        await heard;
        return numbers;
      });
      const ended = new Promise<string | undefined>((resolve) =>
        sc.addSparkListener({ onTaskEnd: ({ failureReason }) => resolve(failureReason) }),
      );
      const rejected = assert.rejects(waiting.collect(), (error) => isMillraceError(error, "JOB_CANCELLED"));
      while (!existsSync(begun)) await new Promise(setImmediate);
      sc.cancelJob(await started);
      await rejected;
      assert.match((await ended)!, /heard/);
      await sc.stop();
    }
  });

  it("leaves another job alone that waits for the same shuffle", async () => {
    const sc = new SparkContext({ master: "local[2]" });
    const slow = sc
      .range(0, 400_000, 1, 8)
      .map((n) => [n % 5, Math.sqrt(n)])
      .reduceByKey((a, b) => a + b);
    const jobs: number[] = [];
    sc.addSparkListener({ onJobStart: ({ jobId }) => jobs.push(jobId) });
    const first = assert.rejects(slow.collect(), (error) => isMillraceError(error, "JOB_CANCELLED"));
    const second = slow.count();
    sc.cancelJob(jobs[0]!);
    await first;
    assert.equal(await second, 5);
    await sc.stop();
  });
});
