import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { isMillraceError, SparkContext, type State, StateSpec, StorageLevel, StreamingContext } from "millrace";
import { StreamTester } from "millrace/testing";
import { eventually } from "../../eventually.ts";
import { sender } from "../receiver/harness.ts";

const long = process.env.MILLRACE_LONG === "1";
const RECEIVER_BYTES = 500_000;
const LINE = "a line of some forty bytes, more or less".repeat(10);

const directory = mkdtempSync(join(tmpdir(), "millrace-state-test-"));
after(() => rmSync(directory, { recursive: true, force: true }));

function marker(name: string): string {
  return join(directory, name);
}

/** Counts the words of a key; throws in the middle of a batch until the file `flag` is there. */
function countUnless(flag: string, bad: string) {
  return StateSpec.function((word: string, one: number | undefined, state: State<number>): [string, number] => {
    const { existsSync: isThere } = process.getBuiltinModule("node:fs");
    if (state.isTimingOut()) return [word, 0];
    if (word === bad && !isThere(flag)) throw new Error(`not ${word}`);
    state.update((state.getOption() ?? 0) + one!);
    return [word, state.get()];
  });
}

const ones = (words: readonly string[]) => words.map((word): [string, number] => [word, 1]);

describe("a stateful operator whose function fails", () => {
  for (const master of ["local", "local[2]"]) {
    it(`has applied nothing of the batch, and takes it up with the next one, on ${master}`, async () => {
      const flag = marker(`fixed ${master}`);
      const tester = new StreamTester({ master });
      const counts = tester.output(
        tester
          .input([ones(["a", "b"]), ones(["a", "bad", "a"]), ones(["a"]), ones(["b"])])
          .mapWithState(countUnless(flag, "bad").numPartitions(1)),
      );
      await tester.start();
      await tester.advance("1 second");
      assert.equal(tester.failure, undefined);
      await tester.advance("1 second");
      assert.ok(isMillraceError(tester.failure, "CLOSURE_FAILED"));
      await tester.advance("1 second");
      assert.deepEqual(counts.times, [1000], "a batch is not computed before the one before it");
      writeFileSync(flag, "");
      await tester.advance("1 second");
      assert.deepEqual(counts.times, [1000, 4000]);
      // All that came meanwhile counts, once: two of the second batch, and one of the third.
      assert.deepEqual(counts.records[1], [["b", 2]]);
      await tester.advance("1 second");
      const last = tester.ssc.run?.planner.rdds;
      assert.ok(last !== undefined);
      await tester.stop();
    });
  }

  it("holds the input of all batches since it failed, and takes them up in order when it no longer does", async () => {
    const batches = long ? 5_000 : 200;
    const flag = marker("fixed late");
    const tester = new StreamTester({ batchDuration: 10, deadline: "20 minutes" });
    const counts = tester.output(
      tester
        .input([ones(["bad"]), ...Array.from({ length: batches }, () => ones(["a"]))])
        .mapWithState(countUnless(flag, "bad").numPartitions(1)),
    );
    await tester.start();
    await tester.advance(10 * batches);
    assert.ok(isMillraceError(tester.failure, "CLOSURE_FAILED"));
    assert.deepEqual(counts.times, []);
    writeFileSync(flag, "");
    await tester.advance(10);
    assert.deepEqual(counts.records, [[["a", batches]]]);
    await tester.advance("1 second");
    await eventually("blocks are given back", () => tester.ssc.sparkContext.blocksInUse.blocks <= 2, 30_000);
    await tester.stop();
  });

  it("holds received blocks within the receivers' memory: then the sender waits, and nothing is lost", async (t) => {
    const flag = marker("fixed socket");
    const server = await sender(t);
    const tester = new StreamTester({
      master: "local[2]",
      conf: { "millrace.receiver.memory": RECEIVER_BYTES, "spark.streaming.backpressure.enabled": false },
    });
    t.after(() => tester.stop());
    const counts = tester.output(
      tester.ssc
        .socketTextStream("127.0.0.1", server.port, StorageLevel.MEMORY_ONLY)
        .map((line) => [line, 1] as [string, number])
        .mapWithState(countUnless(flag, LINE).numPartitions(1)),
    );
    await tester.start();
    const socket = await server.connection();
    const lines = 30_000;
    socket.write(`${LINE}\n`.repeat(lines));
    let before = -1;
    let unchanged = 0;
    await eventually("the sender waits", async () => {
      await tester.advance("1 second");
      const sent = socket.bytesWritten - socket.writableLength;
      unchanged = tester.failure !== undefined && sent === before ? unchanged + 1 : 0;
      before = sent;
      return unchanged > 10;
    });
    assert.ok(socket.writableLength > 0, "the sender still has something to send");
    assert.deepEqual(counts.times, []);
    writeFileSync(flag, "");
    await eventually("all lines are counted", async () => {
      await tester.advance("1 second");
      return counts.records.findLast((batch) => batch.length > 0)?.at(-1)?.[1] === lines;
    });
  });

  it("has each update once when its task is tried again", async () => {
    const attempts = marker("attempts");
    const tester = new StreamTester({ master: "local[2, 3]" });
    const spec = StateSpec.function(
      (word: string, one: number | undefined, state: State<{ n: number }>): [string, number] => {
        const fs = process.getBuiltinModule("node:fs");
        // In place, as programs do: what a failed attempt has done to an object must not show either.
        const count = state.getOption() ?? { n: 0 };
        count.n += one!;
        state.update(count);
        if (word === "z" && !fs.existsSync(attempts)) {
          fs.writeFileSync(attempts, "");
          throw new Error("the first attempt fails");
        }
        return [word, count.n];
      },
    ).numPartitions(1);
    const counts = tester.output(
      tester.input([ones(["a", "b"]), ones(["a", "a", "z"]), ones(["a"])]).mapWithState(spec),
    );
    await tester.start();
    await tester.advance("3 seconds");
    assert.equal(tester.failure, undefined);
    assert.ok(existsSync(attempts));
    assert.deepEqual(counts.records.slice(1), [
      [
        ["a", 2],
        ["a", 3],
        ["z", 1],
      ],
      [["a", 4]],
    ]);
    await tester.stop();
  });
});

describe("a stateful operator whose outputs ask for nothing", () => {
  it("computes its batches all the same, and keeps no input for them", async () => {
    const tester = new StreamTester();
    const { sparkContext } = tester.ssc;
    const calls = sparkContext.longAccumulator("calls");
    const spec = StateSpec.function((_word: string, _one: number | undefined, state: State<number>) => {
      calls.add(1);
      state.update(1);
    });
    const input = tester.input(Array.from({ length: 8 }, () => ones(["a", "b"])));
    input.mapWithState(spec).foreachRDD(() => {});
    await tester.start();
    await tester.advance("8 seconds");
    assert.equal(calls.value, 16);
    assert.ok(tester.rememberedTimes(input).length <= 1, String(tester.rememberedTimes(input)));
    await tester.stop();
  });

  it("computes a batch once, however many ask, and the batches that a slow window leaves out", async () => {
    const tester = new StreamTester();
    const calls = tester.ssc.sparkContext.longAccumulator("calls");
    const spec = StateSpec.function((word: string, one: number | undefined, state: State<number>): [string, number] => {
      calls.add(1);
      state.update((state.getOption() ?? 0) + one!);
      return [word, state.get()];
    });
    const mapped = tester.input(Array.from({ length: 9 }, () => ones(["a"]))).mapWithState(spec);
    const seen: unknown[] = [];
    mapped.window("1 second", "3 seconds").foreachRDD(async (rdd) => {
      await rdd.isEmpty();
      const [one, other] = await Promise.all([rdd.collect(), rdd.collect()]);
      assert.deepEqual(one, other);
      seen.push(...one);
    });
    await tester.start();
    await tester.advance("9 seconds");
    assert.deepEqual(seen, [
      ["a", 3],
      ["a", 6],
      ["a", 9],
    ]);
    assert.equal(calls.value, 9);
    await tester.stop();
  });
});

describe("the files of a state", () => {
  const spec = () => countUnless(directory, "");

  it("are in spark.local.dir, by the operator's name, and go when the context stops", async () => {
    const local = mkdtempSync(marker("local-"));
    const tester = new StreamTester({ conf: { "spark.local.dir": local } });
    tester.output(
      tester
        .input([ones(["a"])])
        .mapWithState(spec())
        .named("how often"),
    );
    await tester.start();
    await tester.advance("2 seconds");
    const [run] = readdirSync(local);
    const [operator] = readdirSync(join(local, run!));
    assert.match(operator!, /^how-often-/);
    await eventually("a file is written", () => readdirSync(join(local, run!, operator!)).length > 0, 30_000);
    await tester.stop();
    assert.deepEqual(readdirSync(local), []);
  });

  it("are in the checkpoint directory where there is one, and stay", async () => {
    const checkpoint = mkdtempSync(marker("checkpoint-"));
    const tester = new StreamTester({ conf: { "spark.streaming.checkpoint.directory": checkpoint } });
    tester.output(tester.input([ones(["a"])]).mapWithState(spec()));
    await tester.start();
    await tester.advance("2 seconds");
    await tester.stop();
    assert.equal(readdirSync(checkpoint).length, 1);
  });

  it("that cannot be made are an error of start()", async () => {
    const file = marker("a file");
    writeFileSync(file, "");
    const tester = new StreamTester({ conf: { "spark.local.dir": file } });
    tester.output(tester.input([ones(["a"])]).mapWithState(spec()));
    await assert.rejects(tester.start(), (error) => isMillraceError(error, "FILE_UNWRITABLE"));
    await tester.stop();
  });

  it("go where another part of the context does not start", async () => {
    const local = mkdtempSync(marker("unstarted-"));
    const sc = new SparkContext({ master: "local", conf: { "spark.local.dir": local } });
    const ssc = new StreamingContext(sc, "1 second");
    ssc
      .queueStream([sc.parallelize(ones(["a"]))])
      .mapWithState(spec())
      .print();
    ssc.socketTextStream("localhost", 0).print();
    await assert.rejects(ssc.start(), (error) => isMillraceError(error, "INVALID_ARGUMENT"));
    const [run] = readdirSync(local);
    assert.deepEqual(readdirSync(join(local, run!)), []);
    await ssc.stop();
  });

  it("that cannot be written fail the batches until they can, and lose nothing", async () => {
    const local = mkdtempSync(marker("full-"));
    const tester = new StreamTester({ conf: { "spark.local.dir": local }, master: "local[2]" });
    const batches = Array.from({ length: 1000 }, () => ones(["a"]));
    const counts = tester.output(tester.input(batches).mapWithState(spec().numPartitions(1)));
    await tester.start();
    const [run] = readdirSync(local);
    const [operator] = readdirSync(join(local, run!));
    // In the way of the first file.
    const obstacle = join(local, run!, operator!, "partition-0-1.state");
    mkdirSync(obstacle);
    let n = 0;
    const nextBatch = async () => {
      await tester.advance("1 second");
      n++;
    };
    await eventually("a failure", async () => {
      await nextBatch();
      return tester.failure !== undefined;
    });
    assert.ok(isMillraceError(tester.failure, "FILE_UNWRITABLE"));
    rmSync(obstacle, { recursive: true });
    await eventually("a batch that succeeds", async () => {
      const before = counts.times.length;
      await nextBatch();
      return counts.times.length > before;
    });
    assert.deepEqual(counts.records.at(-1), [["a", n]]);
    await tester.stop();
  });
});

describe("memory", () => {
  it("stays flat over many batches", async () => {
    const batches = long ? 10_000 : 300;
    const tester = new StreamTester();
    const { sparkContext } = tester.ssc;
    const mapped = tester
      .input(Array.from({ length: batches }, (_, i) => ones([`key ${i % 50}`, `key ${(i * 7) % 50}`])))
      .mapWithState(countUnless(directory, "").timeout("5 seconds").numPartitions(2));
    let kept = 0;
    mapped.foreachRDD(async (rdd) => void (await rdd.count()));
    mapped.stateSnapshots().foreachRDD(async (rdd) => {
      kept = await rdd.count();
    });
    await tester.start();
    await tester.advance((batches - 10) * 1000);
    assert.equal(tester.failure, undefined);
    assert.ok(kept <= 50);
    // What the last batch has emitted is kept, in two partitions; what has changed is on its way to the disk.
    await eventually("blocks are given back", () => sparkContext.blocksInUse.blocks <= 4, 30_000);
    await tester.stop();
    assert.equal(sparkContext.blocksInUse.blocks, 0);
  });
});
