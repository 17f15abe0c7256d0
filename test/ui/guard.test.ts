/** Who may ask: everything here would let another site, or another machine, read what runs on this one. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { isMillraceError, SparkConf, SparkContext, StreamingContext } from "millrace";
import { uiSettings } from "#millrace/ui/ui-settings.ts";
import { APP, Site } from "./site.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-pages-"));
mkdirSync(join(folder, "pages/assets"), { recursive: true });
writeFileSync(join(folder, "pages/index.html"), "<!doctype html><title>pages</title>");
writeFileSync(join(folder, "pages/assets/app-1a2b.js"), "export {};");
writeFileSync(join(folder, "pages/.built-from"), "hidden");
writeFileSync(join(folder, "secret.txt"), "outside");
const pages = pathToFileURL(join(folder, "pages/"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function statusOf(site: Site, path: string, headers: Record<string, string>): Promise<number> {
  return (await site.ask(path, headers)).status;
}

describe("a live page on this machine alone", () => {
  const site = new Site({ pages, conf: { "millrace.ui.allowedHosts": "build.example, Other.Example" } });
  after(() => site.stop());

  it("is asked for under its own names only", async () => {
    const own = [
      "localhost",
      "127.0.0.1",
      "127.8.9.1:4040",
      "[::1]:4040",
      "LOCALHOST:1",
      "build.example:80",
      "other.example",
    ];
    for (const host of own) assert.equal(await statusOf(site, "/", { Host: host }), 200, host);
    const others = [
      "",
      "rebound.example",
      "rebound.example:4040",
      "localhost.rebound.example",
      "127.0.0.1.rebound.example",
      "10.0.0.5:4040",
      "[fe80::1]",
      "build.example.evil",
      "localhost@evil",
      hostname(),
    ];
    for (const host of others.filter((name) => name !== "localhost"))
      for (const path of ["/", "/api/v1/applications", `/api/v1/applications/${APP}/events?topics=jobs`])
        assert.equal(await statusOf(site, path, { Host: host }), 403, `${host} ${path}`);
  });

  it("answers no page of another site, and no other site's page may contain it", async () => {
    const path = "/api/v1/applications";
    const headers = (more: Record<string, string>) => ({ Host: "localhost:4040", ...more });
    for (const origin of ["http://evil.example", "null", "http://localhost:3000", "http://localhost", "file://"])
      assert.equal(await statusOf(site, path, headers({ Origin: origin })), 403, origin);
    assert.equal(await statusOf(site, path, headers({ Origin: "http://localhost:4040" })), 200);
    for (const [from, mode, dest, status] of [
      ["cross-site", "no-cors", "script", 403],
      ["same-site", "cors", "empty", 403],
      ["cross-site", "navigate", "iframe", 403],
      ["cross-site", "navigate", "document", 200],
      ["same-origin", "cors", "empty", 200],
      ["none", "navigate", "document", 200],
    ] as const) {
      const sent = { "Sec-Fetch-Site": from, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest };
      assert.equal(await statusOf(site, path, headers(sent)), status, `${from} ${mode} ${dest}`);
    }
  });

  it("says to browsers, with every answer, what they may do with it", async () => {
    for (const path of ["/", "/assets/app-1a2b.js", "/api/v1/applications", "/api/odd", "/odd.js"]) {
      for (const host of ["localhost", "evil.example"]) {
        const { headers } = await site.ask(path, { Host: host });
        const policy = headers.get("content-security-policy")!;
        assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
        assert.doesNotMatch(policy, /unsafe|\*|https?:/);
        assert.equal(headers.get("x-content-type-options"), "nosniff");
        assert.equal(headers.get("x-frame-options"), "DENY");
        assert.equal(headers.get("referrer-policy"), "no-referrer");
        assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
        assert.equal(headers.get("access-control-allow-origin"), null);
        assert.ok(headers.has("cache-control"));
      }
    }
  });

  it("answers questions only", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const response = await site.app.request("http://localhost/api/v1/applications", {
        method,
        headers: { Host: "localhost" },
      });
      assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD"], method);
    }
    const head = await site.app.request("http://localhost/", { method: "HEAD", headers: { Host: "localhost" } });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
  });

  it("serves the pages, and no file but theirs", async () => {
    const script = await site.ask("/assets/app-1a2b.js");
    assert.equal(script.headers.get("content-type"), "text/javascript; charset=utf-8");
    assert.match(script.headers.get("cache-control")!, /immutable/);
    for (const path of ["/", "/streaming/", "/jobs/job/?id=3", "/stages"]) {
      const page = await site.ask(path);
      assert.deepEqual([page.status, page.headers.get("cache-control")], [200, "no-cache"], path);
      assert.match(await page.text(), /<title>pages/);
    }
    for (const path of [
      "/odd.js",
      "/assets/app.js",
      "/.built-from",
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/assets/..%2f..%2fsecret.txt",
      "/assets/%2e%2e/%2e%2e/secret.txt",
      "//etc/passwd.txt",
      "/assets/app-1a2b.js%00.txt",
      "/..\\secret.txt",
    ]) {
      const response = await site.ask(path);
      const text = await response.text();
      assert.doesNotMatch(text, /outside|hidden|root:/, path);
      assert.ok(response.status === 404 || text.includes("<title>pages"), `${path}: ${response.status}`);
    }
  });

  it("says what to do where the pages have not been built", async () => {
    const unbuilt = new Site({ pages: pathToFileURL(join(folder, "none/")) });
    const response = await unbuilt.ask("/");
    assert.equal(response.status, 503);
    assert.match(await response.text(), /npm run build/);
    await unbuilt.stop();
  });
});

describe("a live page with a token", () => {
  const token = "correct horse";
  const site = new Site({ pages, conf: { "spark.driver.bindAddress": "0.0.0.0", "millrace.ui.token": token } });
  after(() => site.stop());
  const Host = "203.0.113.9:4040";

  it("shows nothing without it", async () => {
    for (const path of [
      "/",
      "/assets/app-1a2b.js",
      "/api/v1/version",
      "/metrics",
      `/api/v1/applications/${APP}/events?topics=jobs`,
    ]) {
      for (const wrong of ["", "correct hors", "correct horse battery", "Correct horse", "x".repeat(10_000)]) {
        const joint = path.includes("?") ? "&" : "?";
        const asked = await site.ask(`${path}${joint}token=${encodeURIComponent(wrong)}`, { Host });
        assert.equal(asked.status, 401, path);
        assert.match(asked.headers.get("www-authenticate")!, /^Bearer/);
        assert.equal(await statusOf(site, path, { Host, Authorization: `Bearer ${wrong}` }), 401, path);
        assert.equal(await statusOf(site, path, { Host, Cookie: `millrace-4040=${wrong}` }), 401, path);
      }
    }
    assert.equal(await statusOf(site, "/", { Host: "evil.example", Authorization: `Bearer ${token}` }), 403);
  });

  it("takes it from programs as a header or in the query", async () => {
    assert.equal(await statusOf(site, "/api/v1/version", { Host, Authorization: `Bearer ${token}` }), 200);
    assert.equal(await statusOf(site, `/api/v1/version?token=${encodeURIComponent(token)}`, { Host }), 200);
  });

  it("takes it from browsers once, for a cookie that scripts cannot read and that does not say it", async () => {
    const response = await site.ask(`/jobs/job/?id=3&token=${encodeURIComponent(token)}`, { Host });
    assert.deepEqual([response.status, response.headers.get("location")], [302, "/jobs/job/?id=3"]);
    const cookie = response.headers.get("set-cookie")!;
    assert.match(cookie, /^millrace-4040=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.ok(!cookie.includes(token));
    assert.equal(await statusOf(site, "/jobs/job/?id=3", { Host, Cookie: cookie.split(";")[0]! }), 200);
    const elsewhere = await site.ask(`//evil.example/?token=${encodeURIComponent(token)}`, { Host });
    assert.equal(elsewhere.headers.get("location"), "/evil.example/");
  });

  it("is served under any address, and under the machine's name, but under no other name", async () => {
    const Authorization = `Bearer ${token}`;
    for (const name of ["10.0.0.5:4040", "[2001:db8::1]:4040", hostname(), "localhost"])
      assert.equal(await statusOf(site, "/api/v1/version", { Host: name, Authorization }), 200, name);
    assert.equal(await statusOf(site, "/api/v1/version", { Host: "rebound.example", Authorization }), 403);
  });
});

describe("an address that other machines reach", () => {
  it("needs a token, or the context does not start", () => {
    for (const host of ["0.0.0.0", "::", "192.168.1.7", "", "my-machine", "127.0.0.1.evil", "10.127.0.0"]) {
      const conf = { "spark.ui.enabled": true, "spark.driver.bindAddress": host };
      const unprotected = (error: unknown) => isMillraceError(error, "UNPROTECTED_UI");
      assert.throws(() => uiSettings(new SparkConf(conf)), unprotected, host);
      assert.throws(() => new SparkContext({ master: "local", conf }), unprotected, host);
      assert.throws(() => new StreamingContext({ master: "local[2]", batchDuration: 10, conf }), unprotected, host);
      assert.throws(() => uiSettings(new SparkConf({ ...conf, "millrace.ui.token": "" })), unprotected, host);
      assert.equal(uiSettings(new SparkConf({ ...conf, "millrace.ui.token": "t" }))!.host, host);
      assert.equal(uiSettings(new SparkConf({ ...conf, "spark.ui.enabled": false })), undefined);
    }
  });

  it("is none of 127.0.0.1, localhost and ::1", () => {
    for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
      assert.equal(uiSettings(new SparkConf({ "spark.driver.bindAddress": host }))!.host, host);
  });

  it("may not have a port that there is not", () => {
    assert.throws(
      () => uiSettings(new SparkConf({ "spark.ui.port": 65_536 })),
      (error) => isMillraceError(error, "INVALID_ARGUMENT"),
    );
  });
});
