/** A real browser for the tests of pages: the system's Chromium, without a window, started once for each test file. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { findChromium, launchChromium } from "../../scripts/chromium.ts";

/** A test that gets pages by `open`; skipped, by name and loudly, where there is no Chromium. */
export type PageTest = (name: string, body: (open: OpenPage) => Promise<void>) => void;

export type OpenPage = (url: string, options?: BrowserContextOptions) => Promise<Page>;

/** How long a test waits for what must come. */
export const DEADLINE_MS = 20_000;

/** To be called once by a test file. */
export function pageTests(): PageTest {
  const chromium = findChromium();
  let browser: Browser | undefined;
  let skipped = 0;
  before(async () => {
    if (chromium !== undefined) browser = await launchChromium(chromium);
  });
  after(async () => {
    await browser?.close();
    if (skipped > 0)
      console.error(
        `SKIPPED ${skipped} tests of pages: there is no Chromium here; install one, or name it in MILLRACE_CHROMIUM.`,
      );
  });
  return (name, body) => {
    test(name, async (t) => {
      if (browser === undefined) {
        skipped++;
        t.skip("there is no Chromium here");
        return;
      }
      const troubles: string[] = [];
      const contexts: { close(): Promise<void> }[] = [];
      const open: OpenPage = async (url, options = {}) => {
        const context = await browser!.newContext({ viewport: { width: 1280, height: 900 }, ...options });
        contexts.push(context);
        const page = await context.newPage();
        page.setDefaultTimeout(DEADLINE_MS);
        page.on("pageerror", (error) => troubles.push(`${error.stack}`));
        page.on("console", (message) => {
          // A refused connection is what some tests are about.
          if (message.type() === "error" && !/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY/.test(message.text()))
            troubles.push(message.text());
        });
        await page.goto(url);
        return page;
      };
      try {
        await body(open);
      } finally {
        for (const context of contexts) await context.close();
      }
      assert.deepEqual(troubles, [], "errors in the browser's console, as of its Content-Security-Policy");
    });
  };
}
