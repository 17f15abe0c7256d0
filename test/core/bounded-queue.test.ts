import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BoundedQueue } from "#millrace/core/bounded-queue.ts";
import { isMillraceError } from "#millrace/errors.ts";

describe("BoundedQueue", () => {
  it("hands out items in order, to whoever waits or comes later", async () => {
    const queue = new BoundedQueue<number>(2);
    const waiting = queue.take();
    queue.put(1);
    queue.put(2);
    queue.put(3);
    assert.deepEqual([await waiting, await queue.take(), await queue.take()], [1, 2, 3]);
  });

  it("has a bound, and says so when it is ignored", () => {
    const queue = new BoundedQueue<number>(1);
    queue.put(1);
    assert.ok(queue.isFull);
    assert.throws(
      () => queue.put(2),
      (error) => isMillraceError(error, "INTERNAL"),
    );
  });

  it("gives what is left when it is closed, and then nothing", async () => {
    const queue = new BoundedQueue<number>(3);
    queue.put(1);
    queue.close();
    queue.put(2);
    assert.deepEqual([await queue.take(), await queue.take()], [1, undefined]);
  });

  it("wakes whoever waits when it is closed", async () => {
    const queue = new BoundedQueue<number>(1);
    const waiting = queue.take();
    queue.close();
    assert.equal(await waiting, undefined);
  });

  it("drops what waits when it is cleared", () => {
    const queue = new BoundedQueue<number>(1);
    queue.put(1);
    queue.clear();
    assert.equal(queue.length, 0);
  });
});
