/** The pages are built when they must be, and only then: `npm start` is to be quick. */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkout } from "../package/folders.ts";
import { node } from "../package/processes.ts";

test("the pages are built when missing or stale, moved into place whole, and otherwise left alone", async (t) => {
  const folder = checkout();
  t.after(() => folder.remove());
  const dist = join(folder.path, "ui/dist");
  rmSync(dist, { recursive: true, force: true });
  const build = async () => {
    const { code, stderr } = await node(["--disable-warning=ExperimentalWarning", "scripts/build-ui.ts"], folder.path);
    assert.equal(code, 0, stderr);
    return /built the pages/.test(stderr);
  };

  // Two at once: both end well, and one result stands.
  assert.ok((await Promise.all([build(), build()])).includes(true), "missing");
  assert.ok(existsSync(join(dist, "index.html")));
  assert.equal(await build(), false, "unchanged");

  appendFileSync(join(folder.path, "ui/src/format.ts"), "\n// changed\n");
  assert.equal(await build(), true, "a source has changed");
  const html = readFileSync(join(dist, "index.html"), "utf8");
  assert.doesNotMatch(html, /<style|style=|<script>|\son\w+=/, "what the Content-Security-Policy forbids");
  assert.equal(await build(), false, "unchanged again");
});
