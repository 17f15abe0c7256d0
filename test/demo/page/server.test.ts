import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { pageApp, startPageServer } from "../../../demo/airliners/page/server.ts";
import { readMessages } from "./messages.ts";
import { newModel, position } from "./scenes.ts";

const HOST = "127.0.0.1:4050";

describe("the page's server", () => {
  const app = pageApp({ model: newModel(), hosts: () => [HOST, "localhost:4050"] });
  const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    app.request(`http://${HOST}${path}`, { method, headers: { host: HOST, ...headers } });

  it("serves the page, and nothing inline passes its policy", async () => {
    const page = await ask("/");
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-type")!, /^text\/html/);
    const policy = page.headers.get("content-security-policy")!;
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|data:/);
    assert.equal(page.headers.get("x-content-type-options"), "nosniff");
    assert.equal(page.headers.get("x-frame-options"), "DENY");
    const html = await page.text();
    assert.doesNotMatch(html, /<style|style=|<script>|\son\w+=/);
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    assert.ok(assets.length >= 3, html);
    for (const path of assets) {
      const asset = await ask(new URL(path, `http://${HOST}/`).pathname);
      assert.equal(asset.status, 200, path);
      assert.match(asset.headers.get("cache-control")!, /immutable/);
    }
  });

  it("is called by its own names only", async () => {
    assert.equal((await ask("/", { host: "localhost:4050" })).status, 200);
    for (const host of [
      "attacker.example",
      "attacker.example:4050",
      "127.0.0.1",
      "127.0.0.1:4051",
      "127.0.0.1.example:4050",
    ])
      for (const path of ["/", "/events", "/nothing"])
        assert.equal((await ask(path, { host })).status, 421, `${host}${path}`);
  });

  it("answers no other site, changes nothing, and has no other files", async () => {
    for (const origin of ["http://attacker.example", "null", "https://127.0.0.1:4050", "http://localhost:4050"])
      assert.equal((await ask("/events", { origin })).status, 403, origin);
    assert.equal((await ask("/", { origin: `http://${HOST}` })).status, 200);
    for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
      assert.equal((await ask("/", {}, method)).status, 405, method);
    for (const path of [
      "/server.ts",
      "/../server.ts",
      "/%2e%2e/server.ts",
      "/..%2fserver.ts",
      "/assets/",
      "/etc/passwd",
    ])
      assert.equal((await ask(path)).status, 404, path);
  });

  it("tells everything first, then what changes, then that it is over", { timeout: 30_000 }, async () => {
    const model = newModel();
    model.planes([position("A", 1)]);
    const server = await startPageServer({ model, port: 0 });
    const messages = readMessages(server.url);
    const first = await messages.next();
    assert.ok(first.whole && first.program?.speed === 60);
    assert.deepEqual(
      first.planes.map(([plane]) => plane),
      ["A"],
    );
    model.planes([position("A", 2), position("B", 2)]);
    const second = await messages.next();
    assert.equal(second.whole, false);
    assert.deepEqual(
      second.planes.map(([plane]) => plane),
      ["A", "B"],
    );

    const again = readMessages(server.url);
    assert.ok((await again.next()).whole, "one that comes back is told everything");
    await server.stop();
    assert.ok((await messages.next()).stopped);
    assert.ok((await again.next()).stopped);
    await assert.rejects(fetch(server.url));
  });

  it("takes the next port where one is taken", async (t) => {
    const port = await takePort(t);
    const server = await startPageServer({ model: newModel(), port });
    t.after(() => server.stop());
    assert.ok(Number(new URL(server.url).port) > port);
    assert.equal((await fetch(server.url)).status, 200);
  });
});

function takePort(t: TestContext): Promise<number> {
  const taken = createServer();
  t.after(() => taken.close());
  return new Promise((resolve) => {
    taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
  });
}
