import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Thread } from "../../src/platform/threads.ts";
import { node } from "../package/processes.ts";

describe("a thread that V8 cannot end", () => {
  // In a program of its own, which nobody but a signal can end where V8 cannot.
  it("is given up after a while, so that what waits for its end goes on", async () => {
    const endless = `data:text/javascript,${encodeURIComponent("for (;;) new Array(100).fill(1.5);")}`;
    const program = `
      import { Thread } from "./src/platform/threads.ts";
      const ends = [];
      const thread = new Thread(new URL(${JSON.stringify(endless)}), undefined, {
        onMessage() {},
        onExit: () => ends.push("ended"),
      });
      // Until V8 has compiled the loop.
      setTimeout(async () => {
        await Promise.all([thread.terminate(), thread.terminate()]);
        await thread.terminate();
        console.log(ends.join());
        process.kill(process.pid, "SIGKILL");
      }, 1000);`;
    const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "--eval", program];
    const { stdout } = await node(flags, new URL("../..", import.meta.url).pathname);
    assert.equal(stdout, "ended\n");
  });
});

describe("a thread that is told to end", () => {
  it("ends only outside of what is to be undisturbed", async () => {
    for (let i = 0; i < 10; i++) {
      const memory = new SharedArrayBuffer(4);
      const begun = Promise.withResolvers<void>();
      const thread = new Thread<never, "begun">(new URL("fixtures/busy-thread.ts", import.meta.url), memory, {
        onMessage: () => begun.resolve(),
        onExit: () => {},
      });
      await begun.promise;
      await new Promise((resolve) => setTimeout(resolve, i));
      await thread.terminate();
      assert.equal(new Int32Array(memory)[0], 0);
    }
  });
});
