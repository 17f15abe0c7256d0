import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { isMillraceError, type State, StateSpec } from "millrace";
import { StreamTester } from "millrace/testing";
import { eventually } from "../../eventually.ts";

const directory = mkdtempSync(join(tmpdir(), "millrace-ahead-test-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const running = () =>
  StateSpec.function((word: string, one: number | undefined, state: State<number>): [string, number] => {
    state.update((state.getOption() ?? 0) + one!);
    return [word, state.get()];
  }).numPartitions(2);

const batches = (n: number) =>
  Array.from({ length: n }, () => ["a", "b", "c", "d"].map((word): [string, number] => [word, 1]));

/** What all words have after batch `n`. */
const after4 = (n: number) => ["a", "b", "c", "d"].map((word) => [word, n]);

const sorted = (pairs: readonly (readonly [string, number])[]) => [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));

describe("a stage that reads a state partition by partition", () => {
  it("has run in the state's threads when it begins, and listeners hear of each task once, in order", async () => {
    const tester = new StreamTester({ master: "local[2]" });
    const { sparkContext } = tester.ssc;
    const events: string[] = [];
    const executors = new Map<number, Map<number, string>>();
    let turns = 0;
    const atStart = new Map<number, number>();
    const tasksAtOnce: number[] = [];
    sparkContext.addSparkListener({
      onStageSubmitted: ({ stageId }) => {
        atStart.set(stageId, turns);
        setImmediate(() => turns++);
        events.push(`stage ${stageId} submitted`);
      },
      onStageCompleted: ({ stageId }) => void events.push(`stage ${stageId} completed`),
      onTaskStart: ({ stageId, partition, executorId }) => {
        executors.set(stageId, (executors.get(stageId) ?? new Map()).set(partition, executorId));
        events.push(`task ${stageId}/${partition} started`);
      },
      onTaskEnd: ({ stageId, partition, metrics }) => {
        if (atStart.get(stageId) === turns) tasksAtOnce.push(stageId);
        assert.ok(metrics !== undefined);
        events.push(`task ${stageId}/${partition} ended`);
      },
    });
    const counts = tester.output(tester.input(batches(1)).mapWithState(running()));
    await tester.start();
    await tester.advance("1 second");
    assert.deepEqual(sorted(counts.records[0]!), after4(1));
    const [, state, result] = [...atStart.keys()];
    assert.deepEqual(executors.get(result!), executors.get(state!));
    assert.equal(tasksAtOnce.filter((stage) => stage === result).length, 2);
    assert.ok(events.indexOf(`stage ${state} completed`) < events.indexOf(`stage ${result} submitted`));
    for (const stage of [state, result]) {
      for (const partition of [0, 1]) {
        assert.equal(events.filter((event) => event === `task ${stage}/${partition} started`).length, 1);
        assert.equal(events.filter((event) => event === `task ${stage}/${partition} ended`).length, 1);
      }
    }
    await tester.stop();
    assert.equal(sparkContext.blocksInUse.blocks, 0);
  });

  it("counts in accumulators once", async () => {
    const tester = new StreamTester({ master: "local[2]" });
    const seen = tester.ssc.sparkContext.longAccumulator("seen");
    tester
      .input(batches(5))
      .mapWithState(running())
      .foreachRDD(async (rdd) => {
        await rdd.foreach(() => seen.add(1));
      });
    await tester.start();
    await tester.advance("5 seconds");
    assert.equal(seen.value, 20);
    await tester.stop();
  });

  it("is tried again where it fails, and fails its output alone where it goes on failing", async () => {
    const attempts = join(directory, "failing");
    const tester = new StreamTester({ master: "local[2, 2]" });
    const mapped = tester.input(batches(4)).mapWithState(running());
    const results: unknown[] = [];
    mapped.foreachRDD(async (rdd, time) => {
      const { milliseconds } = time;
      const checked = rdd.map(([word, n]) => {
        const fs = process.getBuiltinModule("node:fs");
        if (word !== "a" || milliseconds === 1000 || milliseconds === 4000) return [word, n];
        const attempt = `${attempts}-${milliseconds}`;
        const isFirst = !fs.existsSync(attempt);
        fs.writeFileSync(attempt, "");
        if (isFirst || milliseconds === 3000) throw new Error("not this time");
        return [word, n];
      });
      results.push(sorted((await checked.collect()) as [string, number][]));
    });
    await tester.start();
    await tester.advance("2 seconds");
    assert.equal(tester.failure, undefined);
    await tester.advance("1 second");
    assert.ok(isMillraceError(tester.failure, "CLOSURE_FAILED"));
    await tester.advance("1 second");
    assert.deepEqual(results, [after4(1), after4(2), after4(4)]);
    await tester.stop();
    assert.equal(tester.ssc.sparkContext.blocksInUse.blocks, 0);
  });

  it("may end its thread: the state's batch is made again, and each update counts once", async () => {
    const flag = join(directory, "ended");
    const tester = new StreamTester({ master: "local[2]" });
    const { sparkContext } = tester.ssc;
    const lost: string[] = [];
    sparkContext.addSparkListener({ onExecutorRemoved: ({ executorId }) => void lost.push(executorId) });
    const results: unknown[] = [];
    tester
      .input(batches(4))
      .mapWithState(running())
      .foreachRDD(async (rdd, { milliseconds }) => {
        const ending = rdd.map((pair) => {
          const fs = process.getBuiltinModule("node:fs");
          const times = fs.existsSync(flag) ? fs.readFileSync(flag, "utf8").length : 0;
          // Once as what has gone along, and once as a task of its own.
          if (milliseconds === 2000 && pair[0] === "a" && times < 2) {
            fs.appendFileSync(flag, ".");
            process.exit(1);
          }
          return pair;
        });
        results.push(sorted(await ending.collect()));
      });
    await tester.start();
    await tester.advance("4 seconds");
    assert.equal(tester.failure, undefined);
    assert.equal(lost.length, 2);
    assert.deepEqual(results, [after4(1), after4(2), after4(3), after4(4)]);
    await tester.stop();
    assert.equal(sparkContext.blocksInUse.blocks, 0);
  });

  it("that is cancelled leaves the state with its batch", async () => {
    const begun = join(directory, "begun");
    const tester = new StreamTester({ master: "local[2]" });
    const results: unknown[] = [];
    tester
      .input(batches(3))
      .mapWithState(running())
      .foreachRDD(async (rdd, { milliseconds }) => {
        if (milliseconds !== 2000) {
          results.push(sorted(await rdd.collect()));
          return;
        }
        const controller = new AbortController();
        const waiting = rdd.mapPartitions(async (pairs) => {
          const { TaskContext } = await import("millrace");
          const { signal } = TaskContext.get()!;
          process.getBuiltinModule("node:fs").writeFileSync(`${begun}-${TaskContext.get()!.partitionId}`, "");
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          return pairs;
        });
        const collected = waiting.collect({ signal: controller.signal });
        await eventually("both tasks wait", () => [0, 1].every((task) => existsSync(`${begun}-${task}`)), 30_000);
        controller.abort();
        await assert.rejects(collected, (error) => isMillraceError(error, "JOB_CANCELLED"));
      });
    await tester.start();
    await tester.advance("3 seconds");
    assert.equal(tester.failure, undefined);
    assert.deepEqual(results, [after4(1), after4(3)]);
    await tester.stop();
    assert.equal(readdirSync(directory).filter((name) => name.startsWith("begun")).length, 2);
    assert.equal(tester.ssc.sparkContext.blocksInUse.blocks, 0);
  });

  it("reads instances of the program's classes as such", async () => {
    class Count {
      readonly n: number;
      constructor(n: number) {
        this.n = n;
      }
      twice(): number {
        return this.n * 2;
      }
    }
    const tester = new StreamTester({ master: "local[2]" });
    const spec = StateSpec.function((word: string, one: number | undefined, state: State<Count>): [string, Count] => {
      state.update(new Count((state.getOption()?.n ?? 0) + one!));
      return [word, state.get()];
    }).numPartitions(2);
    const doubled = tester
      .input(batches(2))
      .mapWithState(spec)
      .map(([word, count]): [string, number] => [word, count.twice()]);
    const counts = tester.output(doubled);
    await tester.start();
    await tester.advance("2 seconds");
    assert.equal(tester.failure, undefined);
    assert.deepEqual(sorted(counts.records[1]!), after4(4));
    await tester.stop();
  });
});
