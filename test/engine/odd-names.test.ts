import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const program = fileURLToPath(new URL("./fixtures/odd-names.ts", import.meta.url));

describe("__proto__, constructor and toString as keys and fields", () => {
  for (const flags of [[], ["--disable-proto=throw"], ["--disable-proto=delete"]]) {
    it(`are like any other${flags.map((flag) => ` under ${flag}`)}`, async () => {
      const args = ["--disable-warning=ExperimentalWarning", ...flags, program];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      assert.equal(stdout, "local ok\nlocal[2] ok\n");
    });
  }
});
