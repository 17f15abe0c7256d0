/** Data is never markup: 100 hostile payloads in every field that pages show, in a real browser. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Page } from "playwright-core";
import { buildSites } from "../../scripts/build-ui.ts";
import { PAYLOADS } from "./hostile-payloads.ts";
import { ALL, FIRST_BATCH, hostileStatus, OF_ALL } from "./hostile-status.ts";
import { pageTests } from "./page-test.ts";
import { type ServedStatus, serveStatus } from "./served-status.ts";

const pageTest = pageTests();
let served: ServedStatus;

before(async () => {
  await buildSites();
  served = await serveStatus(hostileStatus(), {
    name: ALL,
    master: ALL,
    settings: () => PAYLOADS.map((text) => [text, text] as const),
  });
});
after(() => served?.stop());

test("there are 100 payloads, all different", () => {
  assert.equal(new Set(PAYLOADS).size, 100);
});

/** Each page, and what selects the elements of which one has the text of each payload, column by column. */
const PAGES: readonly { readonly name: string; readonly path: string; readonly shown: readonly string[] }[] = [
  {
    name: "the streaming tab: stream names, executors, hosts, errors of receivers and batches",
    path: "/streaming/",
    shown: [
      ...["2", "4", "7"].map((column) => `[aria-labelledby=receivers-title] td:nth-child(${column})`),
      "[aria-labelledby=completed-title] td:nth-child(7)",
      ".chart-row-inner h3",
      "[aria-labelledby=series-title] th",
    ],
  },
  {
    name: "a batch: input metadata, names, descriptions and errors of outputs",
    path: `/streaming/batch/?id=${FIRST_BATCH + OF_ALL * 1000}`,
    shown: [
      "[aria-labelledby=input-title] td:nth-child(4)",
      ".section h2",
      ".section .description",
      ".callout .failure",
    ],
  },
  { name: "jobs", path: "/jobs/", shown: ["td:nth-child(2)"] },
  {
    name: "a job",
    path: `/jobs/job/?id=${OF_ALL}`,
    shown: [".subtitle", ".callout", "td:nth-child(2)"],
  },
  { name: "stages", path: "/stages/", shown: ["td:nth-child(2) a", "td:nth-child(2) .failure"] },
  {
    name: "a stage: executors, hosts and errors of tasks",
    path: `/stages/stage/?id=${OF_ALL}`,
    shown: [
      ".subtitle",
      "[aria-labelledby=by-executor-title] td:nth-child(1)",
      "[aria-labelledby=tasks-title] td:nth-child(5)",
      "[aria-labelledby=tasks-title] td:last-child",
    ],
  },
  { name: "storage", path: "/storage/", shown: ["td:nth-child(2)"] },
  { name: "an RDD", path: `/storage/rdd/?id=${OF_ALL}`, shown: [".subtitle", "td:nth-child(5)"] },
  {
    name: "executors: ids, addresses, why they are gone",
    path: "/executors/",
    shown: ["td:nth-child(1)", "td:nth-child(2)", "td:nth-child(3)"],
  },
  {
    name: "environment: keys and values",
    path: "/environment/",
    shown: ["[aria-labelledby=spark-title] td:nth-child(1)", "[aria-labelledby=spark-title] td:nth-child(2)"],
  },
];

suite("100 hostile payloads are text, and nothing but text, on", () => {
  for (const { name, path, shown } of PAGES) {
    pageTest(name, async (open) => {
      const page = await open(served.url + path);
      await page.locator("main td").first().waitFor({ state: "attached" });
      await showAll(page);
      for (const selector of [...shown, ".application strong", ".application .note"]) {
        const texts = await page.locator(selector).evaluateAll((found) => found.map(({ textContent }) => textContent));
        const missing = PAYLOADS.filter((payload) => !texts.some((text) => text.includes(expected(payload, texts))));
        assert.deepEqual(missing, [], `${selector} of ${path}`);
      }
      const title = await page.title();
      assert.ok(title.includes(PAYLOADS[0]!), title);
      assert.deepEqual(await injected(page), []);
    });
  }
});

/** Tables have the beginning of a long error only. */
function expected(payload: string, texts: readonly string[]): string {
  const cut = texts.some((text) => text.endsWith("…"));
  return cut && payload.length > 500 ? payload.slice(0, 500) : payload;
}

/** All rows, all charts, all errors; what asks for focus, a pointer or a click gets it. */
async function showAll(page: Page): Promise<void> {
  if (await page.getByRole("button", { name: /^By source/ }).count()) {
    await page.getByRole("button", { name: /^By source/ }).click();
    await page.getByText("The timelines as a table").click();
    await page.locator("[aria-labelledby=series-title]").first().waitFor();
  }
  for (const select of await page.locator(".pager select").all()) await select.selectOption("100");
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    for (const element of document.querySelectorAll("main *")) {
      element.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
      element.dispatchEvent(new FocusEvent("focus"));
    }
  });
}

/** What came of it that is no text: elements and attributes that pages are not made of, addresses that are scripts, scripts that ran. */
async function injected(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    // Handlers and loads that were to come have come.
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)));
    const elements =
      "A BODY BUTTON CANVAS CIRCLE CODE DD DETAILS DIV DL DT H1 H2 H3 HEAD HEADER HTML LABEL LINK MAIN META NAV NOSCRIPT OPTION P PATH PRE RECT SCRIPT SECTION SELECT SPAN STRONG SUMMARY SVG TABLE TBODY TD TH THEAD TIME TITLE TR";
    const known = new Set(elements.split(" "));
    const found: string[] = [];
    for (const element of document.querySelectorAll("*")) {
      if (!known.has(element.tagName.toUpperCase())) found.push(element.outerHTML.slice(0, 200));
      for (const { name, value } of element.attributes) {
        const address = name === "href" || name === "src";
        if (/^on|^srcdoc$|^xlink/i.test(name) || (address && !/^(\/(?!\/)|#main$)/.test(value)))
          found.push(`${name}=${value}`);
      }
    }
    for (const script of document.scripts) if (script.text !== "") found.push(script.outerHTML);
    if ("hit" in globalThis) found.push("a payload ran");
    return found;
  });
}
