import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
