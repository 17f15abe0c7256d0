import assert from "node:assert/strict";
import { test } from "node:test";
import { userFrame } from "../../src/core/call-site.ts";

const own = new URL("../../src/rdd/rdd.ts", import.meta.url).href;

test("the user's line is that of the first frame which is neither millrace's own nor Node's", () => {
  const frames: readonly (readonly [frame: string, line: string | undefined])[] = [
    [`at RDD.count (${own}:1:2)`, undefined],
    ["at AsyncLocalStorage.run (node:internal/async_local_storage/async_context_frame:65:14)", undefined],
    ["at node:internal/main/run_main_module:36:49", undefined],
    ["at async Promise.all (index 0)", undefined],
    ["at file:///app/program.ts:3:4", "/app/program.ts:3:4"],
    ["at async file:///app/program.ts:3:4", "/app/program.ts:3:4"],
    ["at async run (file:///app/my%20program.ts:3:4)", "/app/my program.ts:3:4"],
    ["at new Program (/app (old)/program.cjs:3:4)", "/app (old)/program.cjs:3:4"],
    ["at Program.<anonymous> (C:\\app\\program.cjs:3:4)", "C:\\app\\program.cjs:3:4"],
  ];
  for (const [frame, line] of frames) assert.equal(userFrame(`Error\n    ${frame}`), line, frame);
  const stack = ["Error", ...frames.map(([frame]) => `    ${frame}`)].join("\n");
  assert.equal(userFrame(stack), "/app/program.ts:3:4");
});
