/** How single records become blocks, at which rate, and which batch gets them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ManualClock } from "../../../src/platform/manual-clock.ts";
import { decodeRecords } from "../../../src/serializer/record-batch.ts";
import { BlockGenerator, encodeTogether } from "../../../src/streaming/receiver/block-generator.ts";
import { ItemGate, MOST_WAITING } from "../../../src/streaming/receiver/item-gate.ts";
import { RateLimiter } from "../../../src/streaming/receiver/rate-limiter.ts";
import { ReceivedBlockTracker } from "../../../src/streaming/receiver/received-block-tracker.ts";
import type { ReceivedBlock } from "../../../src/streaming/receiver/receiver-info.ts";
import { captureLogs } from "../../logs.ts";
import { seeded, UNLIMITED } from "./harness.ts";

describe("BlockGenerator", () => {
  function generator(clock: ManualClock, blockIntervalMs = 100) {
    const blocks: unknown[][] = [];
    const errors: number[] = [];
    const made = new BlockGenerator({
      clock,
      blockIntervalMs,
      push({ batches, records }) {
        const block = batches.flatMap((batch) => decodeRecords(batch));
        assert.equal(block.length, records);
        blocks.push(block);
      },
      onError: (_error, records) => errors.push(records),
    });
    return { made, blocks, errors };
  }

  it("ends a block an interval after its first record, at a cut, and makes no empty ones", () => {
    const clock = new ManualClock();
    const { made, blocks } = generator(clock);
    clock.advance(1000);
    made.cut();
    made.add(1);
    clock.advance(99);
    made.add(2);
    assert.deepEqual(blocks, []);
    clock.advance(1);
    assert.deepEqual(blocks, [[1, 2]]);
    clock.advance(1000);
    made.add(3);
    made.cut();
    made.add(4);
    clock.advance(99);
    assert.deepEqual(blocks, [[1, 2], [3]]);
    clock.advance(1);
    assert.deepEqual(blocks, [[1, 2], [3], [4]]);
  });

  it("ends a block that has grown to a mebibyte, and knows what waits in bytes", () => {
    const { made, blocks } = generator(new ManualClock());
    const text = "x".repeat(1000);
    for (let i = 0; i < 4096 && blocks.length === 0; i++) made.add(text);
    assert.ok(blocks[0]!.length * 1000 > 2 ** 20);
    assert.equal(made.waitingBytes, 0);
    for (let i = 0; i < 4096; i++) made.add(i);
    assert.ok(made.waitingBytes >= 4096 * 4);
    made.cut();
    assert.equal(blocks[1]!.length, 4096);
  });

  it("keeps the records that can be encoded from those that cannot", () => {
    const { made, blocks, errors } = generator(new ManualClock());
    for (const record of [1, () => 2, 3, Symbol("4"), 5]) made.add(record);
    made.cut();
    assert.deepEqual(blocks, [[1, 3, 5]]);
    assert.deepEqual(errors, [2]);
  });

  it("encodes several records together, from whatever gives them", async () => {
    const records = Array.from({ length: 10_000 }, (_, i) => `record ${i}`);
    async function* later() {
      yield* records;
    }
    for (const given of [records, new Set(records), later()]) {
      const { batches, records: count } = await encodeTogether(given);
      assert.equal(count, records.length);
      assert.deepEqual(
        batches.flatMap((batch) => decodeRecords(batch)),
        records,
      );
    }
    await assert.rejects(encodeTogether([1, () => 2]));
  });
});

describe("RateLimiter", () => {
  it("takes its limit from the first setting and the updates, never above the maximum, and ignores 0", () => {
    const limits = (maxRate: number, ...updates: number[]) => {
      const limiter = new RateLimiter(new ManualClock(), { maxRate, initialRate: maxRate, burstMs: 100 });
      for (const rate of updates) limiter.updateRate(rate);
      return limiter.currentLimit;
    };
    assert.deepEqual(
      [limits(Infinity), limits(Infinity, 105), limits(110, 105), limits(100, 105), limits(100, 50, 0, -1)],
      [Infinity, 105, 105, 100, 50],
    );
  });

  it("lets exactly its rate through over time, whatever the pieces, but for a tenth of a second saved up", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.array(fc.integer({ min: 1, max: 100 })), (rate, pieces) => {
        const clock = new ManualClock(1e6);
        const limiter = new RateLimiter(clock, { maxRate: rate, initialRate: rate, burstMs: 100 });
        for (const piece of pieces) {
          clock.setTo(clock.now() + limiter.waitMs());
          limiter.take(piece);
        }
        clock.setTo(clock.now() + limiter.waitMs());
        const total = pieces.reduce((sum, piece) => sum + piece, 0);
        const expected = Math.max(0, (total / rate) * 1000 - 100);
        assert.ok(Math.abs(clock.now() - 1e6 - expected) < 0.01, `${clock.now() - 1e6} for ${expected}`);
      }),
      { seed: 9 },
    );
  });
});

describe("ItemGate", () => {
  function gate(clock: ManualClock, limits = UNLIMITED) {
    const passed: unknown[] = [];
    const state = { full: false };
    const made = new ItemGate({
      clock,
      limiter: new RateLimiter(clock, limits),
      isFull: () => state.full,
      pass: (item) => passed.push(item),
    });
    return { made, passed, state };
  }

  it("lets records through in order, and makes each wait while there is no room", async () => {
    const { made, passed, state } = gate(new ManualClock());
    await made.enter(1);
    state.full = true;
    const waiting = [made.enter(2), made.enter(3), made.room()];
    assert.deepEqual(passed, [1]);
    state.full = false;
    made.roomAgain();
    await Promise.all(waiting);
    await made.enter(4);
    assert.deepEqual(passed, [1, 2, 3, 4]);
  });

  it("lets records through at the rate, awaited or not, and all that wait at a flush", async () => {
    const clock = new ManualClock(1e6);
    const { made, passed } = gate(clock, { maxRate: 100, initialRate: 100, burstMs: 100 });
    for (let i = 0; i < 1000; i++) void made.enter(i);
    // A tenth of a second's worth at once, and one that is paid for after it.
    assert.equal(passed.length, 11);
    for (let i = 1; i <= 50; i++) clock.advance(100);
    assert.ok(passed.length >= 505 && passed.length <= 511, `${passed.length}`);
    made.flush();
    assert.deepEqual(
      passed,
      Array.from({ length: 1000 }, (_, i) => i),
    );
  });

  it("lets those through, with a warning, of a receiver that never waits", () => {
    const logs = captureLogs();
    const { made, passed } = gate(new ManualClock(), { maxRate: 1, initialRate: 1, burstMs: 100 });
    for (let i = 0; i < MOST_WAITING + 500; i++) void made.enter(i);
    logs.stop();
    assert.deepEqual(
      passed,
      Array.from({ length: 500 }, (_, i) => i),
    );
    assert.equal(logs.of("RECEIVER_OVERRUN").length, 1);
  });
});

describe("ReceivedBlockTracker", () => {
  const block = (n: number) => ({ records: n }) as ReceivedBlock;
  const numbers = (blocks: readonly ReceivedBlock[]) => blocks.map(({ records }) => records);

  it("gives all that waits to the next batch, which keeps it", () => {
    const tracker = new ReceivedBlockTracker();
    tracker.addStream(0);
    tracker.addStream(1);
    tracker.add(0, block(1));
    tracker.add(0, block(2));
    assert.deepEqual(numbers(tracker.unallocated(0)), [1, 2]);
    assert.deepEqual(
      [...tracker.allocate(10)].map(([id, blocks]) => [id, numbers(blocks)]),
      [
        [0, [1, 2]],
        [1, []],
      ],
    );
    assert.deepEqual(tracker.unallocated(0), []);
    tracker.add(0, block(3));
    for (const again of [10, 5]) tracker.allocate(again);
    assert.deepEqual(numbers(tracker.blocksOf(10, 0)), [1, 2]);
    assert.deepEqual(numbers(tracker.unallocated(0)), [3]);
    tracker.allocate(20);
    assert.deepEqual(numbers(tracker.blocksOf(20, 0)), [3]);
    assert.deepEqual(numbers(tracker.forget(10, 0)), [1, 2]);
    assert.deepEqual(tracker.blocksOf(10, 0), []);
    assert.deepEqual(tracker.forget(10, 0), []);
  });

  it("has each block in exactly one batch, in the order in which it came", () => {
    const random = seeded(5);
    const tracker = new ReceivedBlockTracker();
    tracker.addStream(0);
    let added = 0;
    const allocated: number[] = [];
    for (let time = 1; time <= 500; time++) {
      for (let i = random(4); i > 0; i--) tracker.add(0, block(++added));
      tracker.allocate(time);
      if (random(2) === 0) tracker.allocate(time - random(3));
      allocated.push(...numbers(tracker.forget(time, 0)));
    }
    assert.deepEqual(
      allocated,
      Array.from({ length: added }, (_, i) => i + 1),
    );
  });
});
