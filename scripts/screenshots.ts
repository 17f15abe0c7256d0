/**
 * Takes the pictures of the README: each page of the live UI, while the airliners fly, and the demo's own page. Needs Chromium.
 *
 *     npm run screenshots
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { startDemo } from "../demo/airliners/demo.ts";
import { FEED_START } from "../demo/airliners/feed.ts";
import { startScene } from "../demo/airliners/scene.ts";
import type { ApplicationInfo, BatchInfo, RDDStorageInfo, StageData } from "../src/ui/api.ts";
import { buildSites } from "./build-ui.ts";
import { findChromium, launchChromium } from "./chromium.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const images = join(root, "docs/images");
const WIDTH = 1200;
/** When the timelines have something to show, and the map has alerts of most kinds. */
const FEED_MINUTES = 20;
/** Larger ones make a clone slow. */
const MOST_BYTES = 150_000;

const chromium = findChromium();
if (chromium === undefined) throw new Error("there is no Chromium here; install one, or name it in MILLRACE_CHROMIUM");
mkdirSync(images, { recursive: true });
await buildSites();
const browser = await launchChromium(chromium);
try {
  await takeMap(browser);
  await takePages(browser);
} finally {
  await browser.close();
}

async function takeMap(browser: Browser): Promise<void> {
  const scene = await startScene({ minutes: FEED_MINUTES });
  try {
    const page = await open(browser, scene.pageUrl!, { height: 800 });
    await page.locator(".alert").first().waitFor();
    await take(page, "airliners.webp");
  } finally {
    await scene.stop();
  }
}

async function takePages(browser: Browser): Promise<void> {
  const demo = await startAirliners();
  try {
    const url = (await demo.uiUrl)!;
    const ids = await findSubjects(url);
    const pages: readonly { readonly name: string; readonly path: string; readonly height?: number }[] = [
      // First, for it is kept but for a while.
      { name: "rdd", path: `/storage/rdd/?id=${ids.rdd}`, height: 460 },
      { name: "streaming", path: "/streaming/", height: 1060 },
      { name: "batch", path: `/streaming/batch/?id=${ids.batch}` },
      { name: "jobs", path: "/jobs/" },
      { name: "job", path: `/jobs/job/?id=${ids.job}`, height: 640 },
      { name: "stages", path: "/stages/" },
      { name: "stage", path: `/stages/stage/?id=${ids.stage}`, height: 960 },
      { name: "storage", path: "/storage/", height: 460 },
      { name: "executors", path: "/executors/", height: 520 },
      { name: "environment", path: "/environment/" },
    ];
    for (const { name, path, height = 760 } of pages) {
      const page = await open(browser, url + path, { height });
      await take(page, `${name}.png`);
      if (name === "streaming") {
        await page.emulateMedia({ colorScheme: "dark" });
        await take(page, "streaming-dark.png");
      }
      await page.close();
    }
  } finally {
    await demo.stop();
  }
}

async function startAirliners() {
  const flown = Promise.withResolvers<void>();
  const demo = await startDemo(
    { speed: 60, planes: 200, seed: 1, connect: undefined, watch: undefined, pagePort: undefined },
    {
      alert: () => {},
      note: () => {},
      health: ({ feedTime }) => {
        if (feedTime >= FEED_START + FEED_MINUTES * 60_000) flown.resolve();
      },
    },
  );
  await Promise.race([flown.promise, demo.failed]);
  return demo;
}

/** A batch with records, the job and the stage that read them, and a persisted RDD. */
async function findSubjects(url: string): Promise<{ batch: number; job: number; stage: number; rdd: number }> {
  const ask = async <T>(path: string): Promise<T> => (await fetch(`${url}/api/v1/applications${path}`)).json() as T;
  const [{ id }] = await ask<[ApplicationInfo]>("");
  const stages = await ask<readonly StageData[]>(`/${id}/stages?status=complete`);
  const batches = await ask<readonly BatchInfo[]>(`/${id}/streaming/batches?status=completed`);
  const full = batches.find(({ inputSize }) => inputSize > 0)!;
  const stage = stages.find(({ batchId, shuffleWriteBytes }) => batchId === full.batchId && shuffleWriteBytes > 0)!;
  const rdds = await ask<readonly RDDStorageInfo[]>(`/${id}/storage/rdd`);
  // Of the stream that most batches are kept of, the newest one.
  const [kept] = [...Map.groupBy(rdds, ({ name }) => name).values()].sort((a, b) => b.length - a.length);
  const rdd = Math.max(...kept!.map((one) => one.id));
  return { batch: full.batchId, job: stage.jobId, stage: stage.stageId, rdd };
}

async function open(browser: Browser, url: string, { height }: { readonly height: number }): Promise<Page> {
  const page = await browser.newPage({
    viewport: { width: WIDTH, height },
    colorScheme: "light",
    reducedMotion: "reduce",
  });
  await page.goto(url);
  await page.evaluate("document.fonts.ready");
  await page.locator("main section, main table, main canvas").first().waitFor();
  return page;
}

async function take(page: Page, name: string): Promise<void> {
  await hidePaths(page);
  // What has been changed is drawn in the next frame.
  await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
  const png = await page.screenshot();
  const bytes = name.endsWith(".webp") ? await asWebp(page, png) : png;
  console.log(`docs/images/${name}: ${Math.round(bytes.length / 1000)} kB`);
  if (bytes.length > MOST_BYTES)
    throw new Error(`${name} has more than ${MOST_BYTES / 1000} kB; take less of the page`);
  writeFileSync(join(images, name), bytes);
}

/** Where the checkout of whoever takes the pictures is does not belong in them. As text: the types of the browser are not here. */
async function hidePaths(page: Page): Promise<void> {
  await page.evaluate(`{
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { currentNode: text } = texts;
      text.data = text.data.replaceAll(${JSON.stringify(root)}, "/app/").replaceAll(${JSON.stringify(root.slice(0, -1))}, "/app");
    }
  }`);
}

/** A map has too many colours for a small PNG. It is the browser that makes something else of it, on a page of its own. */
async function asWebp(page: Page, png: Buffer): Promise<Buffer> {
  const blank = await page.context().browser()!.newPage();
  const url = await blank.evaluate<string>(`new Promise((done) => {
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      canvas.getContext("2d").drawImage(image, 0, 0);
      done(canvas.toDataURL("image/webp", 0.86));
    };
    image.src = "data:image/png;base64,${png.toString("base64")}";
  })`);
  await blank.close();
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}
