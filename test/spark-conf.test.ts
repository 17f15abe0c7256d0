import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { CONF_KEYS, INERT_KEYS } from "../src/conf/keys.ts";
import { isMillraceError } from "../src/errors.ts";
import { type ConfKeyName, SparkConf } from "../src/spark-conf.ts";
import { captureLogs } from "./logs.ts";

suite("SparkConf", () => {
  test("gives defaults, which can all be read", () => {
    const conf = new SparkConf();
    for (const [key, { kind, default: text }] of Object.entries(CONF_KEYS)) {
      const value = conf.value(key as ConfKeyName);
      if (text === undefined) assert.equal(value, undefined);
      else if (kind === "pattern") assert.ok(value instanceof RegExp);
      else assert.equal(typeof value, { string: "string", boolean: "boolean" }[kind as string] ?? "number");
    }
    assert.equal(conf.value("spark.app.name"), "millrace");
    assert.equal(conf.value("spark.default.parallelism"), undefined);
    assert.equal(conf.value("spark.streaming.stopSparkContextByDefault"), true);
    assert.equal(conf.value("millrace.block.memory"), 2 ** 30);
    assert.equal(conf.value("spark.streaming.receiverRestartDelay"), 2_000);
  });

  test("reads values of each kind, given as text, number or boolean", () => {
    const conf = new SparkConf({
      "spark.app.name": "flights",
      "spark.default.parallelism": 8,
      "spark.streaming.stopSparkContextByDefault": false,
      "spark.streaming.blockInterval": "50ms",
      "millrace.block.memory": "64m",
    });
    assert.equal(conf.value("spark.app.name"), "flights");
    assert.equal(conf.value("spark.default.parallelism"), 8);
    assert.equal(conf.value("spark.streaming.stopSparkContextByDefault"), false);
    assert.equal(conf.value("spark.streaming.blockInterval"), 50);
    assert.equal(conf.value("millrace.block.memory"), 64 * 2 ** 20);
    assert.equal(conf.get("spark.default.parallelism"), "8");
    assert.equal(conf.get("spark.master"), undefined);
  });

  const unreadable: readonly [key: ConfKeyName, value: string][] = [
    ["spark.default.parallelism", "many"],
    ["spark.default.parallelism", "1.5"],
    ["spark.default.parallelism", "-1"],
    ["spark.default.parallelism", ""],
    ["spark.streaming.stopSparkContextByDefault", "yes"],
    ["spark.streaming.blockInterval", "soon"],
    ["millrace.block.memory", "1.5g"],
    ["spark.log.level", "LOUD"],
    ["spark.redaction.regex", "(password"],
  ];
  for (const [key, value] of unreadable) {
    test(`refuses ${key} = "${value}" when it is made, naming both and the kind`, () => {
      assert.throws(
        () => new SparkConf({ [key]: value }),
        (error) =>
          isMillraceError(error, "INVALID_ARGUMENT") &&
          error.message.includes(`${key} cannot be "${value}": it must be `),
      );
    });
  }

  const mistaken: readonly [key: string, nearest: string][] = [
    ["spark.streaming.blockinterval", "spark.streaming.blockInterval"],
    ["spark.streaming.blokInterval", "spark.streaming.blockInterval"],
    ["millrace.blockMemory", "millrace.block.memory"],
    ["millrace.receiver.maxLine", "millrace.receiver.maxLineBytes"],
    ["spark.streaming.concurrentJob", "spark.streaming.concurrentJobs"],
  ];
  for (const [key, nearest] of mistaken) {
    test(`does not know ${key} and names ${nearest}`, () => {
      assert.throws(
        () => new SparkConf({ [key]: "1" }),
        (error) => isMillraceError(error, "UNKNOWN_CONF") && error.message.includes(`The nearest is ${nearest}: `),
      );
    });
  }

  test("keeps keys of other families, also those that look like members of an object", () => {
    const conf = new SparkConf({ "my.own.key": 1, constructor: "x", toString: "y" });
    assert.equal(conf.get("my.own.key"), "1");
    assert.equal(conf.get("constructor"), "x");
    assert.equal(conf.get("toString"), "y");
  });

  test("lets the stronger settings win over the weaker", () => {
    const conf = new SparkConf({ "spark.app.name": "strong" }).orElse(
      new SparkConf({ "spark.app.name": "weak", "spark.default.parallelism": 3 }),
    );
    assert.equal(conf.value("spark.app.name"), "strong");
    assert.equal(conf.value("spark.default.parallelism"), 3);
  });

  test("warns of a key of Spark's that does nothing here, and keeps it", async () => {
    const key = Object.keys(INERT_KEYS)[0]!;
    const logs = captureLogs();
    assert.equal(new SparkConf({ [key]: "x" }).get(key), "x");
    logs.stop();
    assert.ok(logs.of("INERT_CONF")[0]!.startsWith(`${key} does nothing here`));
  });

  test("says of each key what it is for, in one line that ends", () => {
    for (const [key, { doc }] of Object.entries(CONF_KEYS)) assert.match(doc, /^[^\n]+\.$/, key);
  });
});
