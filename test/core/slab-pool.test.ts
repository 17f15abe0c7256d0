import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { type BlockHandle, blockBytes } from "../../src/core/block.ts";
import { SlabPool } from "../../src/core/slab-pool.ts";
import { isMillraceError } from "../../src/errors.ts";

const LONG = process.env.MILLRACE_LONG === "1";
const MIB = 2 ** 20;

type Step = { readonly allocate: number } | { readonly free: number };

/** Sizes up to beyond a slab, small ones most of the time; which block to free, as a fraction of those there are. */
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ allocate: fc.integer({ min: 0, max: 5_000 }) }) },
    { weight: 2, arbitrary: fc.record({ allocate: fc.integer({ min: 0, max: MIB + 10 }) }) },
    { weight: 1, arbitrary: fc.record({ allocate: fc.integer({ min: MIB, max: 3 * MIB }) }) },
    { weight: 5, arbitrary: fc.record({ free: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) }) },
  ),
  { maxLength: 120 },
) as fc.Arbitrary<Step[]>;

function overlaps(a: BlockHandle, b: BlockHandle): boolean {
  return a.memory === b.memory && a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

suite("a SlabPool", () => {
  test("never gives the same bytes twice, counts what it gave, and has nothing left when all is freed", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const pool = new SlabPool();
        const blocks: BlockHandle[] = [];
        for (const step of given) {
          if ("allocate" in step) {
            const block = pool.allocate(step.allocate);
            assert.equal(block.length, step.allocate);
            assert.ok(block.offset % 8 === 0 && block.offset + block.length <= block.memory.byteLength);
            assert.ok(
              blocks.every((other) => !overlaps(block, other)),
              "two blocks overlap",
            );
            blocks.push(block);
          } else if (blocks.length > 0) {
            pool.free(blocks.splice(Math.floor(step.free * blocks.length), 1)[0]!);
          }
          const length = blocks.reduce((sum, block) => sum + block.length, 0);
          assert.ok(pool.usedBytes >= length && pool.usedBytes <= length + 8 * blocks.length);
          assert.ok(pool.reservedBytes >= pool.usedBytes);
        }
        for (const block of blocks) pool.free(block);
        assert.equal(pool.usedBytes, 0);
        // Every slab is whole again: as much fits as is reserved, with no new slab.
        const reserved = pool.reservedBytes;
        for (let free = reserved; free > 0; free -= MIB) pool.allocate(MIB);
        assert.equal(pool.reservedBytes, reserved);
      }),
      { numRuns: LONG ? 2_000 : 100 },
    );
  });

  test("keeps what is written to a block while others come and go", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 }), (contents) => {
        const pool = new SlabPool();
        const blocks = contents.map((bytes) => pool.store([bytes]));
        blocks.forEach((block, i) => void (i % 2 === 0 && pool.free(block)));
        for (let i = 0; i < 20; i++) blockBytes(pool.allocate(100)).fill(255);
        contents.forEach((bytes, i) => {
          if (i % 2 === 1) assert.deepEqual(blockBytes(blocks[i]!), new Uint8Array(bytes));
        });
      }),
    );
  });

  test("stays flat: what it holds is what was needed at once, however much passes through", () => {
    const pool = new SlabPool();
    let window: BlockHandle[] = [];
    let reserved = 0;
    for (let batch = 0; batch < (LONG ? 20_000 : 2_000); batch++) {
      window.push(...[10, 1_000, 70_000, 300_000].map((size) => pool.allocate(size + (batch % 7) * 64)));
      const old = window.slice(0, Math.max(0, window.length - 12));
      window = window.slice(old.length);
      for (const block of old) pool.free(block);
      if (batch === 100) reserved = pool.reservedBytes;
    }
    assert.ok(pool.reservedBytes <= reserved + MIB, `${reserved} became ${pool.reservedBytes}`);
    assert.ok(reserved <= 4 * MIB);
  });

  test("lets a slab go that was made for one large block", () => {
    const pool = new SlabPool();
    const large = pool.allocate(5 * MIB);
    assert.equal(pool.reservedBytes, 5 * MIB);
    pool.free(large);
    assert.equal(pool.reservedBytes, 0);
  });

  test("takes back a handle that has been through another thread", () => {
    const pool = new SlabPool();
    pool.free(structuredClone(pool.allocate(100)));
    assert.equal(pool.usedBytes, 0);
  });

  test("says whether a block fits into a share of its budget", () => {
    const pool = new SlabPool(100);
    const fits = (length: number) => [1, 0.5, 0.25].map((share) => pool.fits(length, share));
    assert.deepEqual(fits(20), [true, true, true]);
    pool.allocate(20);
    // Blocks take multiples of 8 bytes: 24 are in use.
    assert.deepEqual(fits(0), [true, true, false]);
    assert.deepEqual(fits(30), [true, false, false]);
    assert.deepEqual(fits(80), [false, false, false]);
    assert.ok(new SlabPool().fits(1e9, 0.5));
  });

  test("refuses what goes beyond its budget, and then works on", () => {
    const pool = new SlabPool(1_000);
    const first = pool.allocate(800);
    assert.throws(
      () => pool.allocate(300),
      (error) => isMillraceError(error, "BLOCK_BUDGET"),
    );
    assert.equal(pool.usedBytes, 800);
    pool.allocate(200);
    pool.free(first);
    pool.allocate(800);
    assert.equal(pool.usedBytes, 1_000);
  });

  test("refuses a block that is not its own", () => {
    const other = new SlabPool();
    other.free(other.allocate(2 * MIB));
    assert.throws(
      () => new SlabPool().free(other.allocate(8)),
      (error) => isMillraceError(error, "INTERNAL"),
    );
  });
});
