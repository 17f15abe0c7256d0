import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { isMillraceError, SparkConf, SparkContext } from "millrace";
import { programConf } from "../../src/conf/program-conf.ts";
import { captureLogs } from "../logs.ts";

describe("the settings of a program", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-conf-"));
  const file = join(folder, "some.properties");
  afterEach(() => {
    delete process.env.MILLRACE_CONF;
    delete process.env.MILLRACE_PROPERTIES;
    rmSync(folder, { recursive: true, force: true });
  });

  it("come from the code, then MILLRACE_CONF, then the file", () => {
    process.env.MILLRACE_CONF = "spark.app.name=of the variable; spark.master=local[3]";
    process.env.MILLRACE_PROPERTIES = file;
    writeFileSync(
      file,
      "# a comment\nspark.app.name of the file\nspark.master=local\nmillrace.block.memory = 5m # small\n\n",
    );
    const conf = programConf(new SparkConf({ "spark.app.name": "of the code" }));
    assert.equal(conf.value("spark.app.name"), "of the code");
    assert.equal(conf.value("spark.master"), "local[3]");
    assert.equal(conf.value("millrace.block.memory"), 5 * 2 ** 20);
  });

  it("reach a context", async () => {
    process.env.MILLRACE_CONF = "spark.master=local;spark.default.parallelism=7";
    const sc = new SparkContext();
    assert.equal(sc.master, "local");
    assert.equal(await sc.range(0, 10).getNumPartitions(), 7);
    await sc.stop();
  });

  it("say what is wrong with them", () => {
    process.env.MILLRACE_CONF = "spark.master";
    assert.throws(
      () => programConf(new SparkConf()),
      (error) => isMillraceError(error, "INVALID_ARGUMENT"),
    );
    process.env.MILLRACE_CONF = "millrace.blok.memory=5m";
    assert.throws(
      () => programConf(new SparkConf()),
      (error) => isMillraceError(error, "UNKNOWN_CONF") && error.message.includes("millrace.block.memory"),
    );
    delete process.env.MILLRACE_CONF;
    process.env.MILLRACE_PROPERTIES = file;
    assert.throws(
      () => programConf(new SparkConf()),
      (error) => isMillraceError(error, "FILE_UNREADABLE"),
    );
  });

  it("warn once of a key that does nothing here, and keep others", async () => {
    const logs = captureLogs();
    for (let i = 0; i < 2; i++) {
      const conf = new SparkConf({ "spark.speculation": true, "spark.something.else": "x" });
      assert.equal(conf.get("spark.something.else"), "x");
    }
    logs.stop();
    assert.deepEqual(logs.of("INERT_CONF"), ["spark.speculation does nothing here: millrace does not have it yet"]);
  });
});
