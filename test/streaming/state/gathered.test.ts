import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { isMillraceError, type State, StateSpec } from "millrace";
import { StreamTester } from "millrace/testing";
import { eventually } from "../../eventually.ts";

const directory = mkdtempSync(join(tmpdir(), "millrace-gathered-test-"));
after(() => rmSync(directory, { recursive: true, force: true }));

/** However slow the machine is. */
const ALWAYS = { "millrace.task.together": "1 hour" };

const words = ["a", "b", "c", "d"];
const batches = (n: number) => Array.from({ length: n }, () => words.map((word): [string, number] => [word, 1]));
const afterBatch = (n: number) => words.map((word) => [word, n]);
const sorted = (pairs: readonly (readonly [string, number])[]) => [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));

/** Counts, but calls `first` before. */
const running = (first: (word: string, n: number) => void = () => undefined) =>
  StateSpec.function((word: string, one: number | undefined, state: State<number>): [string, number] => {
    const n = (state.getOption() ?? 0) + one!;
    first(word, n);
    state.update(n);
    return [word, n];
  }).numPartitions(2);

/** For each stage, the threads that have run its tasks. */
function threadsOfStages(tester: StreamTester): Map<number, Set<string>> {
  const threads = new Map<number, Set<string>>();
  tester.ssc.sparkContext.addSparkListener({
    onTaskStart: ({ stageId, executorId }) => {
      threads.set(stageId, (threads.get(stageId) ?? new Set()).add(executorId));
    },
  });
  return threads;
}

describe("a state whose batches are short", () => {
  it("is gathered in one thread, which goes from the records of a batch to its output", async () => {
    const tester = new StreamTester({ master: "local[2]", conf: ALWAYS });
    const events: string[] = [];
    const threads = threadsOfStages(tester);
    tester.ssc.sparkContext.addSparkListener({
      onStageSubmitted: ({ stageId, numTasks }) => void events.push(`stage ${stageId} of ${numTasks}`),
      onStageCompleted: ({ stageId }) => void events.push(`stage ${stageId} completed`),
      onTaskEnd: ({ stageId, partition }) => void events.push(`task ${stageId}/${partition} ended`),
    });
    const counts = tester.output(tester.input(batches(20)).mapWithState(running()));
    await tester.start();
    await tester.advance("19 seconds");
    const before = events.length;
    await tester.advance("1 second");
    assert.deepEqual(
      counts.records.map(sorted),
      Array.from({ length: 20 }, (_, i) => afterBatch(i + 1)),
    );
    const last = [...threads.keys()].slice(-3);
    assert.equal(new Set(last.flatMap((stage) => [...threads.get(stage)!])).size, 1);
    const [map, state, result] = last;
    assert.deepEqual(
      events.slice(before),
      [map, state, result].flatMap((stage) => [
        `stage ${stage} of 2`,
        `task ${stage}/0 ended`,
        `task ${stage}/1 ended`,
        `stage ${stage} completed`,
      ]),
    );
    await tester.stop();
    assert.equal(tester.ssc.sparkContext.blocksInUse.blocks, 0);
  });

  it("goes back to all threads when they take longer, and forth, with all that it has", async () => {
    const slow = join(directory, "slow");
    const tester = new StreamTester({ master: "local[2]", conf: { "millrace.task.together": "150ms" } });
    const threads = threadsOfStages(tester);
    const spec = running((word) => {
      const end = performance.now() + 200;
      if (word !== "a" && process.getBuiltinModule("node:fs").existsSync(slow)) while (performance.now() < end);
    });
    const counts = tester.output(tester.input(batches(1000)).mapWithState(spec));
    await tester.start();
    /** Goes on until the state's stage has run in so many threads. */
    const until = async (many: number) => {
      for (let i = 0; i < 300; i++) {
        await tester.advance("1 second");
        const [, state] = [...threads.values()].slice(-3);
        if (state!.size === many) return;
      }
      assert.fail(`not in ${many} threads after ${counts.records.length} batches`);
    };
    await until(2);
    await until(1);
    writeFileSync(slow, "");
    await until(2);
    rmSync(slow);
    await until(1);
    assert.deepEqual(
      counts.records.map(sorted),
      counts.records.map((_, i) => afterBatch(i + 1)),
    );
    await tester.stop();
    assert.equal(tester.ssc.sparkContext.blocksInUse.blocks, 0);
  });

  it("is never gathered where that is not wanted", async () => {
    const tester = new StreamTester({ master: "local[2]", conf: { "millrace.task.together": "0" } });
    const threads = threadsOfStages(tester);
    tester.output(tester.input(batches(20)).mapWithState(running()));
    await tester.start();
    await tester.advance("20 seconds");
    assert.equal([...threads.values()].at(-2)!.size, 2);
    await tester.stop();
  });

  it("counts each update once, whatever fails on the way", async () => {
    const flag = (name: string) => join(directory, name);
    const tester = new StreamTester({ master: "local[2, 3]", conf: ALWAYS });
    const lost: string[] = [];
    const counted = tester.ssc.sparkContext.longAccumulator("counted");
    tester.ssc.sparkContext.addSparkListener({ onExecutorRemoved: ({ executorId }) => void lost.push(executorId) });
    const spec = running((word, n) => {
      const fs = process.getBuiltinModule("node:fs");
      const once = (name: string) => {
        if (fs.existsSync(`${directory}/${name}`)) return false;
        fs.writeFileSync(`${directory}/${name}`, "");
        return true;
      };
      // In the middle of a partition: one of its keys has been updated by then.
      if (n === 14 && word === "d" && once("thrown")) throw new Error("not now");
      if (n === 16 && word === "c" && once("ended")) process.exit(1);
      counted.add(1);
    });
    const mapped = tester
      .input(batches(20))
      .map(([word, one]): [string, number] => {
        const fs = process.getBuiltinModule("node:fs");
        const times = fs.existsSync(`${directory}/mapped`) ? fs.readFileSync(`${directory}/mapped`, "utf8").length : 0;
        if (word === "a") fs.appendFileSync(`${directory}/mapped`, ".");
        if (word === "a" && times === 17) throw new Error("not this time");
        return [word, one];
      })
      .mapWithState(spec)
      .map((pair) => {
        const fs = process.getBuiltinModule("node:fs");
        const file = `${directory}/output`;
        if (pair[1] === 19 && pair[0] === "b" && !fs.existsSync(file)) {
          fs.writeFileSync(file, "");
          throw new Error("not yet");
        }
        return pair;
      });
    const counts = tester.output(mapped);
    await tester.start();
    await tester.advance("20 seconds");
    assert.equal(tester.failure, undefined);
    for (const name of ["thrown", "ended", "output"]) assert.ok(existsSync(flag(name)), name);
    assert.equal(lost.length, 1);
    assert.deepEqual(
      counts.records.map(sorted),
      Array.from({ length: 20 }, (_, i) => afterBatch(i + 1)),
    );
    assert.equal(counted.value, 80);
    await tester.stop();
    assert.equal(tester.ssc.sparkContext.blocksInUse.blocks, 0);
  });

  it("that is cancelled on the way has its batch computed with the next one", async () => {
    const begun = join(directory, "begun");
    const tester = new StreamTester({ master: "local[2]", conf: ALWAYS });
    const results: unknown[] = [];
    const spec = running((word, n) => {
      const fs = process.getBuiltinModule("node:fs");
      if (n !== 15 || word !== "d" || fs.existsSync(begun)) return;
      fs.writeFileSync(begun, "");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    });
    tester
      .input(batches(20))
      .mapWithState(spec)
      .foreachRDD(async (rdd, { milliseconds }) => {
        if (milliseconds !== 15_000) {
          results.push(sorted(await rdd.collect()));
          return;
        }
        const controller = new AbortController();
        const collected = rdd.collect({ signal: controller.signal });
        await eventually("the state's task runs", () => existsSync(begun), 30_000);
        controller.abort();
        await assert.rejects(collected, (error) => isMillraceError(error, "JOB_CANCELLED"));
      });
    await tester.start();
    await tester.advance("20 seconds");
    assert.equal(tester.failure, undefined);
    assert.deepEqual(
      results,
      Array.from({ length: 20 }, (_, i) => afterBatch(i + 1)).filter((_, i) => i !== 14),
    );
    await tester.stop();
    assert.equal(tester.ssc.sparkContext.blocksInUse.blocks, 0);
  });

  it("may read another, and a window, in the same message", async () => {
    const tester = new StreamTester({ master: "local[2]", conf: ALWAYS });
    const threads = threadsOfStages(tester);
    const twice = tester
      .input(batches(20))
      .reduceByKeyAndWindow(
        (a, b) => a + b,
        (a, b) => a - b,
        "3 seconds",
        "1 second",
        2,
      )
      .map(([word, n]): [string, number] => [word.toUpperCase(), n])
      .mapWithState(running());
    const counts = tester.output(twice);
    await tester.start();
    await tester.advance("20 seconds");
    const expected = Array.from({ length: 20 }, (_, i) => {
      const windows = Array.from({ length: i + 1 }, (_, batch) => Math.min(batch + 1, 3));
      const sum = windows.reduce((a, b) => a + b, 0);
      return words.map((word) => [word.toUpperCase(), sum]);
    });
    assert.deepEqual(counts.records.map(sorted), expected);
    const ofLast = [...threads.values()].slice(-4);
    assert.equal(new Set(ofLast.flatMap((some) => [...some])).size, 1);
    await tester.stop();
    assert.equal(tester.ssc.sparkContext.blocksInUse.blocks, 0);
  });
});
