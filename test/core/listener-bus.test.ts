import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "millrace";
import { ListenerBus } from "#millrace/core/listener-bus.ts";

interface Listener {
  onNumber?(n: number): unknown;
  onText?(text: string): unknown;
}

function newBus(): { bus: ListenerBus<Listener>; errors: string[] } {
  const errors: string[] = [];
  return {
    bus: new ListenerBus<Listener>((error, method) => errors.push(`${method}: ${(error as Error).message}`)),
    errors,
  };
}

describe("ListenerBus", () => {
  it("refuses what is no listener", () => {
    for (const wrong of [null, undefined, "onNumber", () => {}]) {
      assert.throws(
        () => newBus().bus.add(wrong as never),
        (error) => isMillraceError(error, "INVALID_ARGUMENT"),
      );
    }
  });

  it("calls listeners in the order in which they were added, and keeps their `this`", () => {
    const { bus } = newBus();
    const heard: string[] = [];
    class Named implements Listener {
      readonly name: string;
      constructor(name: string) {
        this.name = name;
      }
      onNumber(n: number) {
        heard.push(`${this.name} ${n}`);
      }
    }
    const first = new Named("first");
    bus.add(first);
    bus.add(new Named("second"));
    bus.post("onNumber", 1);
    bus.post("onText", "for nobody");
    bus.remove(first);
    bus.post("onNumber", 2);
    assert.deepEqual(heard, ["first 1", "second 1", "second 2"]);
  });

  it("knows whether anybody hears of an event, and calls only those who do now", () => {
    const { bus } = newBus();
    let hears = false;
    const heard: unknown[] = [];
    assert.equal(bus.hears("onNumber"), false);
    bus.add(
      { onNumber: (n) => heard.push(n), onText: (text) => heard.push(text) },
      (method) => method === "onText" || hears,
    );
    assert.deepEqual([bus.hears("onNumber"), bus.hears("onText")], [false, true]);
    bus.post("onNumber", 1);
    bus.post("onText", "two");
    hears = true;
    assert.equal(bus.hears("onNumber"), true);
    bus.post("onNumber", 3);
    assert.deepEqual(heard, ["two", 3]);
  });

  it("keeps the errors of listeners from each other and from whoever posts", async () => {
    const { bus, errors } = newBus();
    const heard: number[] = [];
    bus.add({
      onNumber() {
        throw new Error("at once");
      },
    });
    bus.add({ onNumber: () => Promise.reject(new Error("later")) });
    bus.add({ onNumber: (n) => heard.push(n) });
    bus.post("onNumber", 1);
    await Promise.resolve();
    assert.deepEqual(heard, [1]);
    assert.deepEqual(errors, ["onNumber: at once", "onNumber: later"]);
  });

  it("lets a listener add and remove listeners", () => {
    const { bus } = newBus();
    const heard: string[] = [];
    const late: Listener = { onNumber: (n) => heard.push(`late ${n}`) };
    const once: Listener = {
      onNumber(n) {
        heard.push(`once ${n}`);
        bus.remove(once);
        bus.add(late);
      },
    };
    bus.add(once);
    bus.post("onNumber", 1);
    bus.post("onNumber", 2);
    assert.deepEqual(heard, ["once 1", "late 2"]);
  });
});
