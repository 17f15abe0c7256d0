import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { CallSite } from "../../src/core/call-site.ts";
import { BUCKETS, bucketOf } from "../../src/core/hash.ts";
import { isMillraceError } from "../../src/errors.ts";
import { partitionerRule } from "../../src/rdd/given-partitioner.ts";
import { defaultPartitioner, HashPartitioner, partitionOfBucket } from "../../src/rdd/partitioner.ts";
import { keys, sameKeyPairs } from "../core/keys.ts";

const counts = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: BUCKETS }));

suite("a HashPartitioner", () => {
  test("gives each partition one contiguous range of buckets, all but equal in size", () => {
    fc.assert(
      fc.property(counts, (n) => {
        const sizes = new Array<number>(n).fill(0);
        let last = 0;
        for (let bucket = 0; bucket < BUCKETS; bucket++) {
          const partition = partitionOfBucket(bucket, n);
          assert.ok(partition === last || partition === last + 1, "a range has a hole");
          last = partition;
          sizes[partition]!++;
        }
        assert.equal(last, n - 1);
        assert.ok(Math.min(...sizes) >= Math.floor(BUCKETS / n) && Math.max(...sizes) <= Math.ceil(BUCKETS / n));
      }),
      { numRuns: 30 },
    );
  });

  test("sends a key to the range of its bucket, and the same key to the same partition", () => {
    fc.assert(
      fc.property(sameKeyPairs, counts, ([a, b], n) => {
        const partitioner = new HashPartitioner(n);
        const partition = partitioner.getPartition(a);
        assert.ok(Number.isInteger(partition) && partition >= 0 && partition < n);
        assert.equal(partition, partitionOfBucket(bucketOf(a), n));
        assert.equal(partition, partitioner.getPartition(b));
      }),
    );
  });

  test("of twice as many partitions splits each in two", () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: BUCKETS / 2 }), (key, n) => {
        const half = new HashPartitioner(2 * n).getPartition(key);
        assert.equal(Math.floor(half / 2), new HashPartitioner(n).getPartition(key));
      }),
    );
  });

  test("equals one of the same number of partitions, and nothing else", () => {
    assert.ok(new HashPartitioner(4).equals(new HashPartitioner(4)));
    assert.ok(!new HashPartitioner(4).equals(new HashPartitioner(5)));
    assert.ok(!new HashPartitioner(4).equals(undefined));
  });

  test("refuses a number of partitions that cannot be", () => {
    for (const n of [0, -1, 1.5, Number.NaN, Infinity, BUCKETS + 1]) {
      assert.throws(
        () => new HashPartitioner(n),
        (error) => isMillraceError(error, "INVALID_ARGUMENT"),
      );
      assert.throws(
        () => partitionerRule(n, new CallSite("reduceByKey")),
        (error) => isMillraceError(error, "INVALID_ARGUMENT") && error.operator === "reduceByKey",
      );
    }
  });

  test("refuses what is no key", () => {
    assert.throws(
      () => new HashPartitioner(2).getPartition(new Map()),
      (error) => isMillraceError(error, "UNHASHABLE_KEY"),
    );
  });
});

suite("the default partitioner (S18)", () => {
  const input = (numPartitions: number, partitioned = false) => ({
    numPartitions,
    partitioner: partitioned ? new HashPartitioner(numPartitions) : undefined,
  });
  const cases: readonly [
    what: string,
    inputs: ReturnType<typeof input>[],
    parallelism: number | undefined,
    n: number,
  ][] = [
    ["has as many partitions as the largest input", [input(3), input(7)], undefined, 7],
    ["has spark.default.parallelism partitions where that is set", [input(3), input(7)], 5, 5],
    ["is one that there is already", [input(20), input(4, true)], undefined, 4],
    ["is the largest that there is already", [input(2, true), input(4, true)], undefined, 4],
    [
      "is none that is an order of magnitude smaller than the largest input",
      [input(40), input(4, true)],
      undefined,
      40,
    ],
    ["is a small one where the default is no larger", [input(40), input(4, true)], 3, 4],
    ["has a partition even for no input", [input(0)], undefined, 1],
  ];
  for (const [what, inputs, parallelism, n] of cases) {
    test(what, () => {
      const partitioner = defaultPartitioner(inputs, parallelism);
      assert.equal(partitioner.numPartitions, n);
    });
  }

  test("keeps the very partitioner of an input", () => {
    const partitioned = input(4, true);
    assert.equal(defaultPartitioner([input(8), partitioned], undefined), partitioned.partitioner);
  });
});
