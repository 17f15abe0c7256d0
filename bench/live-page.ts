/**
 * What an open live page costs the program that it shows: CPU seconds of a program that reads a socket, with and without a
 * page, in alternating runs: `node bench/live-page.ts [--runs 5] [--seconds 15] [--batch 10] [--rate 20000] [--no-browser]`
 *
 * The page is open in the system's Chromium, on the Streaming tab; with `--no-browser`, or where there is none, a client in
 * this process reads the same events. Feeder and client are outside the process that is measured.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { StreamingContext } from "millrace";

const WARM_UP_MS = 3_000;
const CHROMIUMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    runs: { type: "string", default: "5" },
    seconds: { type: "string", default: "15" },
    batch: { type: "string", default: "10" },
    rate: { type: "string", default: "20000" },
    browser: { type: "boolean", default: true },
    /** What the measured process is started with. */
    measured: { type: "string" },
  },
});
const seconds = Number(flags.seconds);
if (flags.measured === undefined) await compare();
else await beMeasured(Number(flags.measured));

/** The program: joins nothing and keeps nothing, so that what is measured is batches. */
async function beMeasured(port: number): Promise<void> {
  const ssc = new StreamingContext({
    master: "local[2]",
    appName: "live page",
    batchDuration: Number(flags.batch),
    conf: { "spark.ui.enabled": true, "spark.ui.port": 0 },
  });
  let batches = 0;
  ssc
    .socketTextStream("127.0.0.1", port)
    .map((line) => [line.slice(0, 6), Number(line.slice(7))])
    .reduceByKey((a, b) => a + b)
    .foreachRDD(async (rdd) => {
      await rdd.collect();
      batches++;
    });
  await ssc.start();
  console.log(`URL ${await ssc.sparkContext.uiWebUrl}`);
  await ssc.awaitTerminationOrTimeout(WARM_UP_MS);
  const [before, first] = [process.cpuUsage(), batches];
  await ssc.awaitTerminationOrTimeout(1000 * seconds);
  const { user, system } = process.cpuUsage(before);
  console.log(`RESULT ${JSON.stringify({ cpu: (user + system) / 1e6, batches: batches - first })}`);
  await ssc.stop();
}

interface Result {
  readonly cpu: number;
  readonly batches: number;
}

async function compare(): Promise<void> {
  const runs = Number(flags.runs);
  const chromium = flags.browser ? CHROMIUMS.find((path) => existsSync(path)) : undefined;
  console.log(
    `${flags.rate} lines/s in batches of ${flags.batch} ms, ${seconds} s a run, on ${cpus().length} cores; the page is open in ` +
      `${chromium ?? "a client that reads its events"}.\n`,
  );
  console.log("| run | load | CPU s without | with | ratio | batches without | with |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  const ratios: number[] = [];
  for (let run = 1; run <= runs; run++) {
    const load = loadavg()[0]!;
    // Whichever comes first has the quieter or the busier machine: take turns.
    const order = run % 2 === 0 ? [true, false] : [false, true];
    const results = new Map<boolean, Result>();
    for (const open of order) results.set(open, await measure(open, chromium));
    const [without, having] = [results.get(false)!, results.get(true)!];
    // Of one batch, in case one of the two runs had fewer.
    ratios.push(having.cpu / having.batches / (without.cpu / without.batches));
    console.log(
      `| ${run} | ${load.toFixed(1)} | ${without.cpu.toFixed(2)} | ${having.cpu.toFixed(2)} | ${ratios.at(-1)!.toFixed(3)} | ` +
        `${without.batches} | ${having.batches} |`,
    );
  }
  console.log(`\nmedian ratio ${ratios.sort((a, b) => a - b)[runs >> 1]!.toFixed(3)}`);
}

async function measure(open: boolean, chromium: string | undefined): Promise<Result> {
  const feeder = await startFeeder();
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", fileURLToPath(import.meta.url), "--measured", String(feeder.port)].concat(
      [...["--seconds", String(seconds), "--batch", flags.batch!]],
    ),
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = Promise.withResolvers<Result>();
  let close: (() => Promise<void>) | undefined;
  let text = "";
  child.stdout.setEncoding("utf8").on("data", async (piece: string) => {
    text += piece;
    const url = /^URL (.*)\n/m.exec(text)?.[1];
    if (open && url !== undefined && close === undefined) {
      close = async () => {};
      close = chromium === undefined ? await readEvents(url) : await openPage(url, chromium);
    }
  });
  child.on("close", () => {
    const line = /^RESULT (.*)$/m.exec(text)?.[1];
    if (line === undefined) ended.reject(new Error("the program gave no result"));
    else ended.resolve(JSON.parse(line));
  });
  const result = await ended.promise;
  await close?.();
  feeder.stop();
  return result;
}

/** Lines as `key042 17`, so many a second, a hundredth of them every ten milliseconds. */
async function startFeeder(): Promise<{ readonly port: number; stop(): void }> {
  const server = createServer((socket) => {
    let n = 0;
    const timer = setInterval(() => {
      let lines = "";
      for (let i = 0; i < Number(flags.rate) / 100; i++)
        lines += `key${String(n++ % 1000).padStart(3, "0")} ${n % 97}\n`;
      socket.write(lines);
    }, 10);
    socket.on("error", () => {}).on("close", () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, stop: () => void server.close() };
}

async function readEvents(url: string): Promise<() => Promise<void>> {
  const [{ id }] = (await (await fetch(`${url}/api/v1/applications`)).json()) as [{ id: string }];
  const response = await fetch(`${url}/api/v1/applications/${id}/events?topics=streaming`);
  const reader = response.body!.getReader();
  const reading = (async () => {
    while (!(await reader.read()).done);
  })().catch(() => {});
  return async () => {
    await reader.cancel().catch(() => {});
    await reading;
  };
}

async function openPage(url: string, executablePath: string): Promise<() => Promise<void>> {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
  const page = await browser.newPage();
  await page.goto(`${url}/streaming/`);
  return () => browser.close();
}
