import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { publishedManifest } from "../../scripts/manifest.ts";
import { checkout } from "./folders.ts";
import { node, npm, run } from "./processes.ts";

suite("package.json", () => {
  test("in the package: built files for sources, and nothing that is for the checkout only", () => {
    const published = publishedManifest({
      name: "millrace",
      exports: { ".": "./src/index.ts", "./testing": "./src/testing/index.ts", "./package.json": "./package.json" },
      imports: { "#millrace/*": "./src/*" },
      scripts: { prepack: "..." },
      dependencies: { acorn: "^8.0.0" },
      devDependencies: { typescript: "^7.0.0" },
      allowScripts: { node: true },
    });
    assert.deepEqual(published, {
      name: "millrace",
      exports: {
        ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
        "./testing": { types: "./dist/testing/index.d.ts", default: "./dist/testing/index.js" },
        "./package.json": "./package.json",
      },
      dependencies: { acorn: "^8.0.0" },
    });
  });

  test("is the checkout's again after packing failed, or was interrupted", async (t) => {
    const folder = checkout();
    t.after(() => folder.remove());
    const own = folder.read("package.json");

    const failed = await npm(["pack", "--silent", "--pack-destination", "no/such/folder"], folder.path);
    assert.notEqual(failed.code, 0);
    await until(() => folder.read("package.json") === own);
    assert.equal(existsSync(join(folder.path, ".package.json.kept")), false);

    // As npm does: through a shell.
    const prepare = `require("node:child_process").execSync('"${process.execPath}" scripts/pack.ts prepare')`;
    const interrupted = await node(["-e", `${prepare}; process.kill(process.pid, "SIGKILL");`], folder.path);
    assert.equal(interrupted.code, null, interrupted.stderr);
    await until(() => folder.read("package.json") === own);
    assert.equal(existsSync(join(folder.path, ".package.json.kept")), false);
  });

  test("is not put back over someone's edit", async (t) => {
    const folder = checkout();
    t.after(() => folder.remove());
    const script = `
      set -e
      "${process.execPath}" scripts/pack.ts prepare
      echo '{"edited":true}' > package.json
      "${process.execPath}" scripts/pack.ts restore`;
    const { code, stderr } = await run("sh", ["-c", script], folder.path);
    assert.notEqual(code, 0);
    assert.match(stderr, /edited while npm packed/);
    assert.equal(folder.read("package.json").trim(), '{"edited":true}');
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !holds(); ) {
    assert.ok(Date.now() < deadline, "waited 20 s");
    await setTimeout(20);
  }
}
