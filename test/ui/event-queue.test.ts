import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ManualClock } from "millrace/testing";
import { EventQueue } from "#millrace/ui/status/event-queue.ts";
import { captureLogs } from "../logs.ts";

interface Listener {
  onNumber(n: number): void;
  onText(text: string): void;
}

describe("the queue before the status", () => {
  function setUp() {
    const clock = new ManualClock();
    const queue = new EventQueue(clock);
    const told: unknown[] = [];
    const listener = queue.before<Listener>({ onNumber: (n) => told.push(n), onText: (text) => told.push(text) }, [
      "onNumber",
      "onText",
    ]);
    const other = queue.before<Pick<Listener, "onText">>({ onText: (text) => told.push(`other ${text}`) }, ["onText"]);
    return { clock, queue, told, listener, other };
  }

  it("tells all listeners in the order in which they heard, when somebody reads", () => {
    const { queue, told, listener, other } = setUp();
    listener.onNumber(1);
    other.onText("a");
    listener.onText("b");
    assert.deepEqual(told, []);
    queue.settle();
    assert.deepEqual(told, [1, "other a", "b"]);
    queue.settle();
    assert.equal(told.length, 3);
  });

  it("tells before long also where nobody reads, and holds no more than so many", () => {
    const { clock, told, listener } = setUp();
    listener.onNumber(1);
    clock.advance(99);
    listener.onNumber(2);
    assert.equal(told.length, 0);
    clock.advance(1);
    assert.deepEqual(told, [1, 2]);
    for (let n = 0; n < 5000; n++) listener.onNumber(n);
    assert.ok(told.length > 4000 && told.length < 5000);
    clock.advance(100);
    assert.equal(told.length, 5002);
  });

  it("goes on after a listener that throws, and says so in the log", () => {
    const logs = captureLogs();
    const { clock, queue, told, listener } = setUp();
    const broken = queue.before<Pick<Listener, "onText">>(
      {
        onText() {
          throw new Error("broken");
        },
      },
      ["onText"],
    );
    listener.onNumber(1);
    broken.onText("a");
    listener.onNumber(2);
    clock.advance(100);
    assert.deepEqual(told, [1, 2]);
    assert.equal(logs.of("LISTENER_FAILED").length, 1);
    logs.stop();
  });

  it("says at once that something was heard, to whoever watches", () => {
    const { queue, listener } = setUp();
    let heard = 0;
    queue.watch(() => heard++);
    listener.onNumber(1);
    listener.onNumber(2);
    queue.watch(undefined);
    listener.onNumber(3);
    assert.equal(heard, 2);
  });
});
