import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { type ErrorCode, MillraceError, SparkContext } from "millrace";

/** What it is, only its class can see. */
class Plane {
  readonly #id: string;
  constructor(id: string) {
    this.#id = id;
  }
  get id(): string {
    return this.#id;
  }
}

const HERE = import.meta.filename;

async function failure(run: () => Promise<unknown>): Promise<MillraceError> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof MillraceError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "the job succeeded" });
}

for (const master of ["local", "local[2]"]) {
  describe(`failures reach the caller (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());

    it("with the user's message, file and line, operator and partition", async () => {
      const numbers = sc.range(0, 10, 1, 2);
      const error = await failure(() =>
        numbers
          .map((n) => n + 1)
          .filter((n) => {
            if (n === 8) throw new RangeError("eight is too much");
            return true;
          })
          .collect(),
      );
      assert.equal(error.code, "CLOSURE_FAILED");
      assert.match(error.message, /RangeError: eight is too much/);
      assert.equal(error.operator, "filter");
      assert.equal(error.partition, 1);
      assert.match(error.site!, new RegExp(`^${HERE}:\\d+:\\d+$`));
      // The line of the throw, not only that of the operator.
      const thrownAt = Number(/failures\.test\.ts:(\d+):\d+/.exec(error.message)?.[1]);
      assert.equal(thrownAt, Number(error.site!.split(":").at(-2)) + 1);
      assert.equal((error.cause as Error).name, "RangeError");
    });

    const cases: Record<string, [ErrorCode, string, () => Promise<unknown>]> = {
      "a promise from map": [
        "ASYNC_RESULT",
        "map",
        () =>
          sc
            .range(0, 3)
            .map(async (n) => n)
            .collect(),
      ],
      "a promise from filter": [
        "ASYNC_RESULT",
        "filter",
        () =>
          sc
            .range(0, 3)
            .filter(async () => false)
            .count(),
      ],
      "a promise from flatMap": [
        "ASYNC_RESULT",
        "flatMap",
        () =>
          sc
            .range(0, 3)
            .flatMap((async () => []) as never)
            .count(),
      ],
      "a promise from reduce": ["ASYNC_RESULT", "reduce", () => sc.range(0, 9, 1, 2).reduce((async () => 1) as never)],
      "a promise from reduceByKey": [
        "ASYNC_RESULT",
        "reduceByKey",
        () =>
          sc
            .parallelize(
              [
                ["a", 1],
                ["a", 2],
              ],
              1,
            )
            .reduceByKey((async () => 1) as never)
            .collect(),
      ],
      "a promise inside a record": [
        "ASYNC_RESULT",
        "map",
        () =>
          sc
            .range(0, 3)
            .map((n) => ({ n, p: Promise.resolve() }))
            .collect(),
      ],
      "an instance of a class with #private fields, collected": [
        "UNSERIALISABLE_RECORD",
        "map",
        () =>
          sc
            .range(0, 3)
            .map((n) => new Plane(`${n}`))
            .collect(),
      ],
      "an instance of a class with #private fields, shuffled": [
        "UNSERIALISABLE_RECORD",
        "groupByKey",
        () =>
          sc
            .range(0, 3)
            .map((n) => [n, { plane: [new Plane("x")] }])
            .groupByKey()
            .count(),
      ],
      "an instance of a class with #private fields, persisted": [
        "UNSERIALISABLE_RECORD",
        "map",
        () =>
          sc
            .range(0, 3)
            .map(() => new Plane("x"))
            .persist()
            .count(),
      ],
      "an instance of a class with #private fields, parallelized": [
        "UNSERIALISABLE_RECORD",
        "parallelize",
        () => sc.parallelize([new Plane("x")]).count(),
      ],
      "a function in a record": [
        "UNSERIALISABLE_RECORD",
        "map",
        () =>
          sc
            .range(0, 3)
            .map((n) => [n, () => n])
            .collect(),
      ],
      "no iterable from flatMap": [
        "NOT_ITERABLE",
        "flatMap",
        () =>
          sc
            .range(0, 3)
            .flatMap((() => null) as never)
            .collect(),
      ],
      "no iterable from mapPartitions": [
        "NOT_ITERABLE",
        "mapPartitions",
        () =>
          sc
            .range(0, 3)
            .mapPartitions((() => 5) as never)
            .collect(),
      ],
      "no pair": ["NOT_A_PAIR", "groupByKey", () => (sc.range(0, 3) as never as typeof pairs).groupByKey().collect()],
      "a key that is none": [
        "UNHASHABLE_KEY",
        "reduceByKey",
        () =>
          sc
            .range(0, 3)
            .map((n) => [new Plane("x"), n])
            .reduceByKey((a, b) => a + b)
            .collect(),
      ],
      "an error in a generator": [
        "CLOSURE_FAILED",
        "mapPartitions",
        () =>
          sc
            .range(0, 3)
            .mapPartitions(function* () {
              yield 1;
              throw new Error("later");
            })
            .collect(),
      ],
      "an error under a mapPartitions": [
        "CLOSURE_FAILED",
        "map",
        () =>
          sc
            .range(0, 3)
            .map((n) => {
              if (n === 1) throw new Error("beneath");
              return n;
            })
            .mapPartitions((numbers) => [...numbers])
            .collect(),
      ],
      "an error in foreachPartition": [
        "CLOSURE_FAILED",
        "foreachPartition",
        () => sc.range(0, 3).foreachPartition(async () => Promise.reject(new Error("no connection"))),
      ],
      "something thrown that is no error": [
        "CLOSURE_FAILED",
        "foreach",
        () =>
          sc.range(0, 3).foreach(() => {
            throw { reason: "because" };
          }),
      ],
      "something thrown that throws when it is looked at": [
        "CLOSURE_FAILED",
        "foreach",
        () =>
          sc.range(0, 3).foreach(() => {
            const refuse = () => {
              throw new Error("not for you");
            };
            throw new Proxy(new Error(), { get: refuse, has: refuse });
          }),
      ],
      "a record too deep for the driver, though not for a thread": [
        "UNSERIALISABLE_RECORD",
        "map",
        () =>
          sc
            .range(0, 1, 1, 1)
            .map((n) => {
              let record: object = { n };
              for (let i = 0; i < 3000; i++) record = { record };
              return record;
            })
            .collect(),
      ],
      "a comparator that throws where a sort finds its ranges": [
        "CLOSURE_FAILED",
        "sortBy",
        () =>
          sc
            .range(0, 20, 1, 3)
            .sortBy(
              (n) => n,
              true,
              2,
              () => {
                throw new Error("no order");
              },
            )
            .collect(),
      ],
      "an error on the far side of a shuffle": [
        "CLOSURE_FAILED",
        "combineByKey",
        () =>
          sc
            .parallelize(
              [
                ["a", 1],
                ["a", 2],
              ],
              2,
            )
            .combineByKey(
              (n) => n,
              (a, b) => a + b,
              () => {
                throw new Error("merging");
              },
            )
            .collect(),
      ],
    };
    const pairs = sc.parallelize([["a", 1]]);

    for (const [name, [code, operator, run]] of Object.entries(cases)) {
      it(`${name} is ${code} in ${operator}`, async () => {
        const error = await failure(run);
        assert.equal(error.code, code, error.message);
        assert.equal(error.operator, operator);
        assert.match(error.site!, /failures\.test\.ts:\d+:\d+$/);
      });
    }

    it("and the context goes on working, with nothing left behind", async () => {
      assert.equal(await sc.range(0, 100).count(), 100);
      assert.equal(sc.blocksInUse.bytes >= 0, true);
    });
  });
}
