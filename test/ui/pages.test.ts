/** The live pages of a program that runs, in a real browser. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, suite } from "node:test";
import type { Locator, Page } from "playwright-core";
import { buildSites } from "../../scripts/build-ui.ts";
import { BreakableProxy } from "./breakable-proxy.ts";
import { DEADLINE_MS, pageTests } from "./page-test.ts";
import { WatchedProgram } from "./watched-program.ts";

const pageTest = pageTests();
let program: WatchedProgram;

before(async () => {
  await buildSites();
  program = await WatchedProgram.start();
});
after(() => program?.stop());

/** Waits until `text` of what `locator` finds is as wanted; returns it. */
async function until(locator: Locator, wanted: (text: string) => boolean): Promise<string> {
  let text = "";
  for (const deadline = Date.now() + DEADLINE_MS; Date.now() < deadline; ) {
    text = ((await locator.textContent()) ?? "").trim();
    if (wanted(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`still ${JSON.stringify(text)}`);
}

/** The figure at the head of a page that has this name. */
function figure(page: Page, name: string): Locator {
  return page.locator(".figures > div", { has: page.getByText(name, { exact: true }) }).locator(".figure");
}

function number(text: string): number {
  return Number(text.replaceAll(",", ""));
}

function section(page: Page, title: RegExp): Locator {
  return page.getByRole("region", { name: title });
}

/** The link to a batch that failed: these are brought to the top. */
async function failedBatch(page: Page): Promise<Locator> {
  const completed = section(page, /^Completed batches/);
  await completed.getByRole("button", { name: /^Outputs/ }).click();
  const failed = completed
    .getByRole("row", { name: /1 failed/ })
    .filter({ hasText: "the line said so" })
    .first();
  await failed.waitFor();
  return failed.getByRole("link");
}

/** The batch that had a file among its input. */
async function batchWith(file: string): Promise<number> {
  const ask = async (path: string) => (await fetch(`${program.url}/api/v1/applications${path}`)).json();
  const [{ id }] = (await ask("")) as [{ id: string }];
  const seen = new Set<number>();
  for (const deadline = Date.now() + DEADLINE_MS; Date.now() < deadline; ) {
    for (const { batchId } of (await ask(`/${id}/streaming/batches?status=completed`)) as { batchId: number }[]) {
      if (seen.has(batchId)) continue;
      seen.add(batchId);
      if (JSON.stringify(await ask(`/${id}/streaming/batches/${batchId}`)).includes(file)) return batchId;
    }
  }
  assert.fail(`no batch had ${file}`);
}

suite("the Streaming tab", () => {
  pageTest("a story: one record from a TCP packet to the page, and to its batch, job, stage and task", async (open) => {
    const page = await open(program.url);
    await section(page, /^Receivers/)
      .getByRole("row", { name: /SocketReceiver-0 Active/ })
      .waitFor();
    const completed = section(page, /^Completed batches/);
    // Batches come and go: the one with a record is kept on top.
    await completed.getByRole("button", { name: "Records" }).click();
    await program.send("one record");
    const row = completed.getByRole("row", { name: /^(\S+ )?\S+ 1 / }).first();
    await row.getByRole("link").click();

    await page.getByRole("heading", { level: 1, name: /^Batch 20/ }).waitFor();
    await until(figure(page, "Input"), (text) => text === "1 record");
    await section(page, /^Input/)
      .getByRole("row", { name: /^0 socket text stream \S+ 1 / })
      .waitFor();
    const output = section(page, /^Output 0: print Succeeded/);
    await output
      .getByText(/^print at .*watched-program\.ts:\d+/)
      .first()
      .waitFor();
    await output
      .getByRole("link", { name: /^Job \d+$/ })
      .first()
      .click();

    await page.getByRole("heading", { level: 1, name: /^Job \d+$/ }).waitFor();
    await page
      .getByRole("link", { name: /^Batch \d/ })
      .first()
      .waitFor();
    await section(page, /^Stages/)
      .getByRole("link", { name: /^reduceByKey at / })
      .click();

    await page.getByRole("heading", { level: 1, name: /^Stage \d+$/ }).waitFor();
    await section(page, /^Tasks/)
      .getByRole("row", { name: /Success/ })
      .first()
      .waitFor();
    await until(figure(page, "Shuffle write"), (text) => text !== "");
  });

  pageTest("counts on without being asked", async (open) => {
    const page = await open(`${program.url}/streaming/`);
    const batches = figure(page, "Completed batches");
    const first = number(await until(batches, (text) => number(text) > 0));
    await until(batches, (text) => number(text) > first + 2);
    assert.match(await page.title(), /^Streaming – watched program – millrace$/);
  });

  pageTest("shows an output that failed, with the line that threw", async (open) => {
    const page = await open(`${program.url}/streaming/`);
    await program.send("fail");
    await (await failedBatch(page)).click();
    const output = section(page, /^Output 1: foreachRDD Failed/);
    await output.locator("summary").first().click();
    await output
      .getByText(/watched-program\.ts:\d+/)
      .first()
      .waitFor();
  });

  pageTest("shows which file came in with a batch", async (open) => {
    const name = program.drop("a\nb\nc\n");
    const page = await open(`${program.url}/streaming/batch/?id=${await batchWith(name)}`);
    await section(page, /^Input/)
      .getByText(name)
      .waitFor();
  });

  pageTest("goes to a batch by a click on its timeline, and shows the same as a table", async (open) => {
    const page = await open(`${program.url}/streaming/`);
    await until(figure(page, "Completed batches"), (text) => number(text) > 2);
    await page.getByRole("button", { name: /^By source/ }).click();
    await page.getByRole("img", { name: /^SocketReceiver-0 of the last \d+ batches/ }).waitFor();
    await page.getByText("The timelines as a table").click();
    await page
      .getByRole("table", { name: "The timelines as a table" })
      .getByRole("columnheader", { name: "SocketReceiver-0" })
      .waitFor();
    await page.locator(".timeline .u-over").first().click();
    await page.getByRole("heading", { level: 1, name: /^Batch 20/ }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Streaming" }).waitFor();
  });
});

suite("the connection", () => {
  pageTest("tells when it is lost, and goes on where it was when the program answers again", async (open) => {
    const proxy = new BreakableProxy(Number(new URL(program.url).port));
    await proxy.mend();
    try {
      const page = await open(`${proxy.url}/streaming/`);
      const batches = figure(page, "Completed batches");
      const connection = page.getByRole("status");
      const first = number(await until(batches, (text) => number(text) > 0));
      await proxy.break();
      await until(connection, (text) => text === "Disconnected");
      await page.getByText("The program does not answer").waitFor();
      assert.ok(number((await batches.textContent()) ?? "") >= first, "what was there stays");
      await proxy.mend();
      await until(connection, (text) => text === "Live");
      await until(batches, (text) => number(text) > first + 2);
      assert.equal(await page.getByText("The program does not answer").count(), 0);
    } finally {
      await proxy.break();
    }
  });

  pageTest("rests while nobody looks", async (open) => {
    const page = await open(`${program.url}/streaming/`);
    const batches = figure(page, "Completed batches");
    const look = (hidden: boolean) =>
      page.evaluate((is) => {
        Object.defineProperty(document, "hidden", { value: is, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await until(batches, (text) => number(text) > 0);
    await look(true);
    await until(page.getByRole("status"), (text) => text === "Paused");
    const paused = (await batches.textContent())!;
    const other = await open(`${program.url}/streaming/`);
    await until(figure(other, "Completed batches"), (text) => number(text) > number(paused) + 5);
    assert.equal(await batches.textContent(), paused);
    await look(false);
    await until(batches, (text) => number(text) > number(paused) + 5);
  });
});

suite("by keyboard", () => {
  pageTest("skips to the content, walks the tabs, sorts, turns pages and switches the theme", async (open) => {
    const page = await open(`${program.url}/streaming/`);
    const completed = section(page, /^Completed batches/);
    await until(figure(page, "Completed batches"), (text) => number(text) > 20);
    const focused = () =>
      page.evaluate(() => {
        const { tagName, textContent, id } = document.activeElement!;
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement!);
        return { tagName, text: textContent.trim(), id, outline: outlineStyle === "none" ? "none" : outlineWidth };
      });

    await page.keyboard.press("Tab");
    const skip = await focused();
    assert.equal(skip.text, "Skip to the content");
    await page.keyboard.press("Enter");
    assert.equal((await focused()).id, "main");

    // Everything that can be reached shows that it is.
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.goto(`${program.url}/streaming/`);
    await completed.getByRole("button", { name: "Next" }).waitFor();
    const seen: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      const { tagName, text, outline } = await focused();
      if (tagName === "BODY") break;
      assert.notEqual(outline, "none", `${tagName} ${text} shows no focus`);
      seen.push(text);
    }
    for (const name of ["Streaming", "Jobs", "Environment", "Next"])
      assert.ok(seen.includes(name) || name === "Next", `${name} is reached by Tab: ${seen.join(", ")}`);

    const records = completed.getByRole("button", { name: "Records" });
    await records.focus();
    await page.keyboard.press("Enter");
    assert.equal(
      await completed.getByRole("columnheader", { name: "Records" }).getAttribute("aria-sort"),
      "descending",
    );
    await page.keyboard.press("Space");
    assert.equal(await completed.getByRole("columnheader", { name: "Records" }).getAttribute("aria-sort"), "ascending");

    await completed.getByRole("button", { name: "Next" }).focus();
    await page.keyboard.press("Enter");
    await completed.getByText(/^21–/).waitFor();

    await page.getByRole("link", { name: "Executors" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Executors" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "Executors" }).getAttribute("aria-current"), "page");

    const theme = page.getByRole("button", { name: /^Theme/ });
    for (const wanted of ["light", "dark", null]) {
      await theme.focus();
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme ?? null), wanted);
    }
  });
});

suite("for everybody", () => {
  const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

  pageTest("each page passes axe in light and dark, and fits a narrow screen", async (open) => {
    await program.send("fail");
    const page = await open(`${program.url}/streaming/`);
    const batch = (await (await failedBatch(page)).getAttribute("href"))!;
    await page.goto(program.url + batch);
    const job = (await page
      .getByRole("link", { name: /^Job \d+$/ })
      .first()
      .getAttribute("href"))!;
    await page.goto(program.url + job);
    const stage = (await section(page, /^Stages/)
      .getByRole("link", { name: / at / })
      .first()
      .getAttribute("href"))!;
    await page.goto(`${program.url}/storage/`);
    const rdd = (await section(page, /^Persisted/)
      .getByRole("link")
      .first()
      .getAttribute("href"))!;

    const paths = [
      "/streaming/",
      batch,
      "/jobs/",
      job,
      "/stages/",
      stage,
      "/storage/",
      rdd,
      "/executors/",
      "/environment/",
      "/nowhere/",
    ];
    for (const path of paths) {
      await page.goto(program.url + path);
      await page.locator("main .table-scroll, main .nothing").first().waitFor();
      await page.evaluate(axe);
      assert.deepEqual(await violations(page, RULES), [], path);
      // Only colours are others in the dark.
      await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
      assert.deepEqual(await violations(page, ["color-contrast"]), [], `${path} in the dark`);
      await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
      await page.setViewportSize({ width: 360, height: 740 });
      // The charts are drawn anew for a screen, a moment after it has changed.
      const fits = () => document.documentElement.scrollWidth <= document.documentElement.clientWidth;
      await page.waitForFunction(fits).catch((cause: unknown) => assert.fail(`${path} is too wide: ${cause}`));
      await page.setViewportSize({ width: 1280, height: 900 });
    }
  });

  async function violations(page: Page, rules: readonly string[]): Promise<string[]> {
    return page.evaluate(async (runOnly) => {
      type Violation = { id: string; nodes: { html: string; failureSummary?: string }[] };
      type Axe = { run(options: object): Promise<{ violations: Violation[] }> };
      const { axe } = globalThis as unknown as { axe: Axe };
      const { violations } = await axe.run({ runOnly, resultTypes: ["violations"] });
      return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`);
    }, rules);
  }
});

suite("in the end", () => {
  pageTest("secrets are not told, and the page says when the program has stopped", async (open) => {
    const page = await open(`${program.url}/environment/`);
    const row = section(page, /^Spark properties/).getByRole("row", { name: /^spark\.secret\.password/ });
    await until(row, (text) => text.includes("(redacted)"));
    assert.doesNotMatch(await page.content(), /open sesame/);
    await program.stop();
    await until(page.getByRole("status"), (text) => text === "Stopped");
    await page.getByText("The program has stopped.").waitFor();
  });
});
