/** The page in a browser. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { airports } from "../../../demo/airliners/airports.ts";
import type { PageModel } from "../../../demo/airliners/page/model.ts";
import { startPageServer } from "../../../demo/airliners/page/server.ts";
import type { Alert } from "../../../demo/airliners/screen.ts";
import { findChromium, launchChromium } from "../../../scripts/chromium.ts";
import { axeViolations, focusedName, foreignElements, NO_CHROMIUM, paintedDots } from "./in-page.mjs";
import { healthAt, MINUTE, MORNING, manyPositions, newModel, position } from "./scenes.ts";

const WAIT_MS = 20_000;
const chromium = findChromium();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe("the demo's page", {
  skip: chromium === undefined && NO_CHROMIUM,
  concurrency: false,
  timeout: 120_000,
}, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium(chromium!);
  });
  after(() => browser?.close());

  /** A page that shows a model; fails the test when anything was refused or thrown in it. */
  async function open(t: TestContext, model: PageModel, scheme: "light" | "dark" = "light"): Promise<Page> {
    const server = await startPageServer({ model, port: 0 });
    t.after(() => server.stop());
    return openAt(t, server.url, scheme);
  }

  async function openAt(t: TestContext, url: string, scheme: "light" | "dark" = "light"): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: scheme });
    page.setDefaultTimeout(WAIT_MS);
    const failures: string[] = [];
    page.on("pageerror", (error) => failures.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY/.test(message.text()))
        failures.push(message.text());
    });
    t.after(async () => {
      await page.close();
      assert.deepEqual(failures, []);
    });
    await page.goto(url);
    await page.locator(".state", { hasText: /./ }).waitFor();
    return page;
  }

  it("shows planes on the map, and moves them", async (t) => {
    const model = newModel();
    model.planes([...manyPositions(50, 0), position("GATE", 0, { departs: MORNING + 20 * MINUTE })]);
    const page = await open(t, model);
    await says(page, ".legend", /50 in the air 1 at gates/);
    const painted = () => page.evaluate(paintedDots);
    const before = await until(painted, ({ dots }) => dots > 500, "planes are painted");
    model.planes(manyPositions(50, 40));
    await until(painted, ({ sum }) => sum !== before.sum, "planes have moved");
  });

  it("shows an alert from its beginning to its end, in the list and on the map", async (t) => {
    const model = newModel();
    model.planes([position("MR001", 1)]);
    model.health(healthAt(1));
    const page = await open(t, model);
    await says(page, ".alerts", /None yet/);
    const alert: Alert = {
      kind: "part",
      subject: "MR001 engine 1",
      time: MORNING + MINUTE,
      text: "99.9 °C, usually 90 °C",
      holds: true,
    };
    model.alert(alert);
    await says(page, ".alert.open", /Part.*MR001 engine 1.*06:01:00 – open.*99\.9 °C/);
    await says(page, ".alerts h2", /1 open/);
    await says(page, ".legend", /Part 1/);
    await page.locator(".alert button").click();
    await says(page, ".card", /MR001.*FRA Frankfurt.*OSL Oslo.*Alerts.*Part 06:01:00, open/);
    model.alert({ ...alert, time: MORNING + 4 * MINUTE, holds: false });
    await says(page, ".alert.ended", /Part.*MR001 engine 1.*06:01:00 – 06:04:00 \(3 min\)/);
    await says(page, ".alerts h2", /0 open/);
    await says(page, ".card", /06:01:00 – 06:04:00/);
  });

  it("shows the weather, alerts of airports first, and the stream's health", async (t) => {
    const model = newModel();
    const weather = { type: "weather", time: MORNING, dewPoint: -6, gusts: 14, visibility: 400 } as const;
    model.weather([{ ...weather, airport: "OSL", celsius: -5.2, precipitation: "snow" }]);
    model.alert({ kind: "de-icing", subject: "OSL", time: MORNING, text: "-5.2 °C, precipitation: snow", holds: true });
    model.note("connected to 127.0.0.1:9", true);
    model.health(healthAt(12, { badLines: 3, lastBad: { type: "bad", reason: "not JSON", text: "*** carrier lost" } }));
    const page = await open(t, model);
    await says(page, "tbody tr:first-child", /OSL Oslo De-icing snow -5 14 0\.40/);
    await says(page, "tbody tr:nth-child(2)", /AMS Amsterdam not heard of/);
    await says(
      page,
      ".health",
      /keeping up.*20 ms of 500 ms.*Scheduling delay 1 ms.*24,000 lines\/s.*not JSON: \*\*\* carrier lost/,
    );
    await says(page, ".state", /connected to 127\.0\.0\.1:9/);
    await says(page, ".clock", /06:12:00 14 April, 60 × life/);
    model.uiUrl("http://127.0.0.1:4040");
    await page.locator('nav a[href="http://127.0.0.1:4040"]').waitFor();
    model.note("the connection to 127.0.0.1:9 is over", false);
    await says(page, ".state-bad", /is over/);
    model.health(healthAt(13, { batch: { ...healthAt(13).batch, schedulingDelay: 700 } }));
    await says(page, ".health h2", /behind/);
  });

  it("works by the keyboard", async (t) => {
    const model = newModel();
    model.planes([position("MR001", 1), position("MR002", 1, { lon: 60 })]);
    for (const [kind, subject] of [
      ["off plan", "MR001"],
      ["off plan", "MR002"],
    ] as const)
      model.alert({ kind, subject, time: MORNING, text: "60 km from its route", holds: true });
    const page = await open(t, model);
    await says(page, ".legend", /Off plan 2/);
    const order: (string | null | undefined)[] = [];
    for (let presses = 0; presses < 9; presses++) {
      await page.keyboard.press("Tab");
      order.push(await page.evaluate(focusedName));
    }
    for (const name of ["Plane or airport", "Planes and airports", "Zoom in", "Whole world", "Alerts, open ones first"])
      assert.ok(order.includes(name), `${name} is not among ${order}`);
    await page.locator(".map-canvases").focus();
    const scene = () => page.evaluate(paintedDots);
    const whole = await scene();
    for (const key of ["+", "ArrowLeft", "ArrowUp"]) await page.keyboard.press(key);
    await until(scene, ({ sum }) => sum !== whole.sum, "the view has changed");
    await page.keyboard.press("n");
    await says(page, ".card", /MR002/);
    await page.keyboard.press("n");
    await says(page, ".card", /MR001/);
    await page.keyboard.press("Escape");
    await page.locator(".card").waitFor({ state: "detached" });
    await page.getByLabel("Plane or airport").fill("osl");
    await page.keyboard.press("Enter");
    await says(page, ".card", /OSL Oslo/);
  });

  it("works by the pointer", async (t) => {
    const model = newModel();
    model.planes([position("MR001", 1)]);
    const page = await open(t, model);
    await page.getByLabel("Plane or airport").fill("MR001");
    await page.keyboard.press("Enter");
    await says(page, ".card", /MR001/);
    await page.getByLabel("Close").click();
    // It has been brought to the middle.
    const { width, height } = (await page.locator(".map-canvases").boundingBox())!;
    const middle = { position: { x: width / 2, y: height / 2 } };
    await page.locator(".map-canvases").click(middle);
    await says(page, ".card", /MR001/);
    await page.locator(".map-canvases").click({ position: { x: width / 2, y: height - 60 } });
    await page.locator(".card").waitFor({ state: "detached" });
    const painted = () => page.evaluate(paintedDots);
    const near = await painted();
    await page.locator(".map-canvases").hover(middle);
    await page.mouse.wheel(0, 800);
    const far = await until(painted, ({ sum }) => sum !== near.sum, "zoomed out");
    await page.locator(".map-canvases").dblclick(middle);
    await until(painted, ({ sum }) => sum !== far.sum, "zoomed in");
  });

  for (const scheme of ["light", "dark"] as const) {
    it(`passes axe in the ${scheme}`, async (t) => {
      const model = newModel();
      model.planes(manyPositions(30, 0));
      model.health(healthAt(3, { lastBad: { type: "bad", reason: "not JSON", text: "x" } }));
      for (const kind of ["part", "de-icing", "delay", "cancel", "off plan"] as const) {
        const subject = kind === "part" || kind === "off plan" ? `MR${kind.length}` : airports[kind.length]!.code;
        model.alert({ kind, subject, time: MORNING, text: "60 km from its route", holds: true });
        if (kind !== "part") model.alert({ kind, subject, time: MORNING + MINUTE, text: "", holds: false });
        model.alert({ kind, subject, time: MORNING + 2 * MINUTE, text: "60 km from its route", holds: true });
      }
      const page = await open(t, model, scheme);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.locator(".alert.open button").first().click();
      await page.locator(".card").waitFor();
      await page.evaluate(axe);
      assert.deepEqual(await page.evaluate(axeViolations), []);
    });
  }

  it("shows what comes from outside as text, never as markup", async (t) => {
    const model = newModel();
    model.planes(HOSTILE.map((plane, index) => position(plane, 1, { lat: index, lon: 3 * index })));
    for (const subject of HOSTILE)
      model.alert({ kind: "off plan", subject, time: MORNING, text: subject, holds: true });
    const page = await open(t, model);
    await says(page, ".alerts h2", new RegExp(`${HOSTILE.length} open`));
    for (const text of HOSTILE) {
      model.note(text, true);
      model.health(healthAt(1, { lastBad: { type: "bad", reason: text, text } }));
      await until(
        () => page.locator(".state").textContent(),
        (shown) => shown === text,
        text,
      );
      await until(
        () => page.locator(".last-bad").textContent(),
        (shown) => shown?.includes(`${text}: ${text}`) ?? false,
        text,
      );
    }
    const shown = await page.locator(".alert .text").allTextContents();
    assert.deepEqual(shown.toReversed(), HOSTILE);
    await page.locator(".alert button").last().click();
    assert.equal(await page.locator(".card h2").textContent(), HOSTILE[0]);
    assert.deepEqual(await page.evaluate(foreignElements), []);
    assert.equal(await page.evaluate("globalThis.hacked"), undefined);
  });

  it("comes back when the program has died and is started again", async (t) => {
    const start = (port: number, planes: number) => {
      const child = fork(fileURLToPath(new URL("serve.ts", import.meta.url)), [String(port), String(planes)], {
        execArgv: ["--disable-warning=ExperimentalWarning"],
      });
      t.after(() => child.kill("SIGKILL"));
      return new Promise<{ url: string; kill: () => boolean }>((resolve, reject) => {
        child.once("message", (url) => resolve({ url: String(url), kill: () => child.kill("SIGKILL") }));
        child.once("exit", () => reject(new Error("the server has ended")));
      });
    };
    const first = await start(0, 10);
    const page = await openAt(t, first.url);
    await says(page, ".legend", /10 in the air/);
    first.kill();
    await says(page, ".state-bad", /the program does not answer/);
    const second = await start(Number(new URL(first.url).port), 7);
    assert.equal(second.url, first.url);
    await says(page, ".legend", /7 in the air/);
    await says(page, ".state-good", /connected to a feed/);
  });

  it("says that the program has stopped", async (t) => {
    const server = await startPageServer({ model: newModel(), port: 0 });
    const page = await openAt(t, server.url);
    await server.stop();
    await says(page, ".state", /the program has stopped/);
  });
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: meant as they are
const HOSTILE = [
  "<img src=x onerror=hacked=1>",
  "<script>hacked=1</script>",
  '"><svg onload=hacked=1>',
  "'-hacked=1-'",
  "{{constructor.constructor('hacked=1')()}}",
  "${hacked=1}",
  "javascript:hacked=1",
  "</title><script>hacked=1</script>",
  "<!--",
  "]]>",
  "&lt;b&gt;",
  "__proto__",
  "constructor",
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: meant as they are

/** Waits until the text of an element matches. */
async function says(page: Page, selector: string, pattern: RegExp): Promise<void> {
  const text = async () => {
    const texts = await page.locator(selector).allInnerTexts();
    return texts.join(" ").replace(/\s+/g, " ");
  };
  await until(text, (now) => pattern.test(now), `${selector} says ${pattern}`);
}

/** Asks until the answer is right. */
async function until<T>(ask: () => Promise<T>, right: (answer: T) => boolean, what: string): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const answer = await ask();
    if (right(answer)) return answer;
    if (performance.now() > deadline) assert.fail(`not in ${WAIT_MS} ms: ${what}; it is ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
