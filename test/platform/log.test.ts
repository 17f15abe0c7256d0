import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import { configureSync, resetSync } from "@logtape/logtape";
import { executorLocal, isMillraceError, type LogLevel, SparkConf, SparkContext } from "millrace";
import { setLogLevel } from "../../src/platform/log.ts";
import { captureLogs } from "../logs.ts";
import { node } from "../package/processes.ts";

const root = new URL("../..", import.meta.url).pathname;

/** A program of its own, for what is written to stderr, and for what the process has said before. */
async function stderrOf(program: string): Promise<string> {
  const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "--eval", program];
  const { code, stderr } = await node(flags, root);
  assert.equal(code, 0, stderr);
  return stderr;
}

const WARNS = `new SparkConf({ "spark.serializer": "kryo" });`;

describe("the log", () => {
  it("says warnings and errors on stderr, as Spark's logs do, where nothing is configured", async () => {
    const stderr = await stderrOf(`
      import { SparkConf, SparkContext, StreamingContext } from "millrace";
      ${WARNS}
      const ssc = new StreamingContext({ master: "local", batchDuration: 20 });
      ssc.queueStream([ssc.sparkContext.range(0, 3)]).foreachRDD(() => { throw new Error("nothing works"); });
      await ssc.start();
      await ssc.awaitTermination().catch(() => {});
      await ssc.stop();`);
    assert.match(
      stderr,
      /^\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d WARN SparkConf: \[INERT_CONF\] spark.serializer does nothing/m,
    );
    assert.match(stderr, / ERROR JobScheduler: Error running job .*\[CALLBACK_FAILED\] .*nothing works/);
    assert.doesNotMatch(stderr, / INFO /);
  });

  it("is silent at OFF, by spark.log.level", async () => {
    const program = `
      import { SparkConf, SparkContext } from "millrace";
      const sc = new SparkContext({ master: "local", conf: { "spark.log.level": "off" } });
      sc.addSparkListener({ onJobStart() { throw new Error("a listener's"); } });
      await sc.range(0, 3).count();
      ${WARNS}`;
    assert.equal(await stderrOf(program), "");
  });

  it("goes on to say warnings where a program configures LogTape for itself only", async () => {
    const configure = (category: string) => `
      import { configureSync } from "@logtape/logtape";
      import { SparkConf } from "millrace";
      configureSync({
        sinks: { seen: ({ category, level }) => console.error("seen", category.join("."), level) },
        loggers: [
          { category: ${category}, sinks: ["seen"], lowestLevel: "warning" },
          { category: ["logtape", "meta"], sinks: [] },
        ],
      });
      ${WARNS}`;
    assert.match(await stderrOf(configure(`"my program"`)), / WARN SparkConf: /);
    assert.equal(await stderrOf(configure(`"millrace"`)), "seen millrace.SparkConf warning\n");
    assert.equal(await stderrOf(configure(`[]`)), "seen millrace.SparkConf warning\n");
  });

  describe("in LogTape", () => {
    const sc = new SparkContext({ master: "local[2]" });
    after(() => sc.stop());
    afterEach(() => {
      resetSync();
      setLogLevel("WARN");
    });

    it("is what a level lets pass, by setLogLevel", async () => {
      const counts = async (level: string) => {
        sc.setLogLevel(level as LogLevel);
        const logs = captureLogs();
        sc.addSparkListener(broken);
        await sc.range(0, 10).count();
        sc.removeSparkListener(broken);
        logs.stop();
        return [...new Set(logs.records.map((record) => record.level))].sort();
      };
      const broken = {
        onJobStart() {
          throw new Error("broken");
        },
      };
      assert.deepEqual(await counts("ALL"), ["debug", "error", "info"]);
      assert.deepEqual(await counts("TRACE"), ["debug", "error", "info"]);
      assert.deepEqual(await counts("debug"), ["debug", "error", "info"]);
      assert.deepEqual(await counts("INFO"), ["error", "info"]);
      assert.deepEqual(await counts("WARN"), ["error"]);
      assert.deepEqual(await counts("ERROR"), ["error"]);
      assert.deepEqual(await counts("FATAL"), []);
      assert.deepEqual(await counts("OFF"), []);
      assert.throws(
        () => sc.setLogLevel("LOUD" as LogLevel),
        (error) => isMillraceError(error, "INVALID_ARGUMENT") && /ALL, TRACE, .*OFF/.test(error.message),
      );
    });

    it("tells of jobs, stages and tasks in Spark's words", async () => {
      sc.setLogLevel("DEBUG");
      const logs = captureLogs();
      await sc
        .range(0, 10, 1, 2)
        .map((n) => [n % 2, n])
        .reduceByKey((a, b) => a + b, 1)
        .collect();
      logs.stop();
      const texts = logs.records.map(({ category, message }) => `${category[1]}: ${message.join("")}`);
      for (const said of [
        /^DAGScheduler: Got job \d+ \(collect at .*log\.test\.ts:\d+:\d+\)$/,
        /^DAGScheduler: Submitting 2 missing tasks from stage \d+ \(reduceByKey at /,
        /^TaskSetManager: Starting task 1\.0 in stage \d+ \(TID \d+\) on executor-\d$/,
        /^TaskSetManager: Finished task 0\.0 in stage \d+ \(TID \d+\) on executor-\d in \d+ ms$/,
        /^DAGScheduler: Job \d+ finished: collect at .*, took \d\.\d{3} s$/,
      ]) {
        assert.ok(
          texts.some((text) => said.test(text)),
          `${said} in ${texts.join("\n")}`,
        );
      }
    });

    it("has what executor threads say, and tasks that run again", async () => {
      const retrying = new SparkContext({ master: "local[2, 2]" });
      const logs = captureLogs();
      const resource = executorLocal(
        () => 1,
        () => {
          throw new Error("will not close");
        },
      );
      await retrying.range(0, 2, 1, 1).foreachPartition(() => {
        if (resource.get() > 0) return;
      });
      const flaky = retrying.range(0, 2, 1, 1).mapPartitions((numbers) => {
        const { tries = 0 } = globalThis as { tries?: number };
        Object.assign(globalThis, { tries: tries + 1 });
        if (tries === 0) throw new Error("the first time");
        return numbers;
      });
      // One slot is enough for both tries: the second task takes the thread that is idle.
      await flaky.count();
      await retrying.stop();
      logs.stop();
      assert.match(logs.of("RESOURCE_NOT_CLOSED").join(), /could not be closed: will not close/);
      const warnings = logs.records.filter(({ level }) => level === "warning").map(({ message }) => message.join(""));
      assert.ok(warnings.some((text) => /^Lost task 0 in stage \d+, which runs again: .*the first time/s.test(text)));
    });
  });

  it("takes braces as they are", () => {
    const seen: string[] = [];
    configureSync({
      reset: true,
      sinks: { seen: ({ message }) => void seen.push(message.join("|")) },
      loggers: [
        { category: "millrace", sinks: ["seen"] },
        { category: ["logtape", "meta"], sinks: [] },
      ],
    });
    setLogLevel("ALL");
    const sc = new SparkContext({ master: "local" });
    sc.addSparkListener({
      onJobStart() {
        throw new Error("{value} of {{this}}");
      },
    });
    return sc
      .range(0, 1)
      .count()
      .then(() => sc.stop())
      .then(() => {
        resetSync();
        assert.ok(seen.some((text) => text.includes("{value} of {{this}}")));
        assert.equal(new SparkConf({ "spark.log.level": "info" }).value("spark.log.level"), "INFO");
      });
  });
});
