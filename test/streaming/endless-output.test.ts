import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StreamingContext } from "millrace";
import { ManualClock } from "millrace/testing";

describe("an output operation that never ends", () => {
  it("holds up stop() for two seconds, not for ever", async () => {
    const clock = new ManualClock();
    const ssc = new StreamingContext({ master: "local", batchDuration: "1 second", clock });
    const begun = Promise.withResolvers<void>();
    ssc.queueStream([ssc.sparkContext.range(0, 3)]).foreachRDD(() => {
      begun.resolve();
      return new Promise(() => {});
    });
    await ssc.start();
    clock.advance(1000);
    await begun.promise;
    let stopped = false;
    const stopping = ssc.stop().then(() => {
      stopped = true;
    });
    await new Promise(setImmediate);
    clock.advance(1999);
    await new Promise(setImmediate);
    assert.equal(stopped, false);
    clock.advance(1);
    await stopping;
    assert.equal(ssc.getState(), "STOPPED");
    const next = new StreamingContext({ master: "local", batchDuration: "1 second", clock });
    next.queueStream([]).print();
    await next.start();
    await next.stop();
  });
});
