import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { SparkContext } from "millrace";

// What is persisted is read again as the columns that it was encoded in, by loops that have a record's shape inside.
describe("records that lie in columns", () => {
  const sc = new SparkContext({ master: "local" });
  after(() => sc.stop());

  const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("", "\0", "é", "EC-MIG"));
  const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, Number.NaN, 2 ** 31));
  const values = {
    numbers: number,
    "tuples of numbers": fc.tuple(fc.integer(), number),
    "tuples in tuples": fc.tuple(text, fc.tuple(number, fc.boolean())),
    objects: fc.record({ count: fc.integer(), plane: text, 1: number }),
    "objects with odd names": fc.record({
      ["__proto__"]: fc.integer(),
      "a b": fc.tuple(number, number),
      "`${i}": text,
    }),
    "tuples that may lack something": fc.tuple(fc.option(fc.integer()), fc.option(text, { nil: undefined })),
    lists: fc.array(fc.integer(), { maxLength: 3 }),
    anything: fc.anything({ withBigInt: true, withDate: true, maxDepth: 2 }),
  };
  const keys = {
    "short texts": fc.string({ unit: "grapheme-ascii", maxLength: 9 }),
    texts: text,
    numbers: fc.integer(),
  };

  for (const [ofKeys, key] of Object.entries(keys)) {
    for (const [ofValues, value] of Object.entries(values)) {
      it(`are what they were: ${ofKeys} with ${ofValues}`, async () => {
        const pairs = fc.array(fc.tuple(key, value), { maxLength: 40 });
        await fc.assert(
          fc.asyncProperty(pairs, async (given) => {
            const rdd = sc.parallelize(given as [string | number, unknown][], 2).persist();
            await rdd.count();
            assert.deepEqual(await rdd.map((pair) => pair).collect(), given);
            const grouped = await rdd.groupByKey(2).collectAsMap();
            const expected = Map.groupBy(given, ([one]) => one);
            assert.equal(grouped.size, expected.size);
            for (const [one, its] of expected) {
              assert.deepEqual(
                grouped.get(one),
                its.map(([, each]) => each),
              );
            }
            await rdd.unpersist();
          }),
          { numRuns: 15, seed: 20261126 },
        );
      });
    }
  }

  it("are what they were, of more shapes than have loops of their own", async () => {
    const given = Array.from({ length: 40 }, (_, i) => ({ [`field ${i}`]: i, also: [i, `${i}`] }));
    const rdd = sc.parallelize(given, 40).persist();
    await rdd.count();
    for (let i = 0; i < 2; i++) assert.deepEqual(await rdd.filter((one) => "also" in one).collect(), given);
  });
});
