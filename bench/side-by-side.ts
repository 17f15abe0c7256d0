/**
 * Measures millrace beside Spark and hand-written Node on this machine: `node bench/side-by-side.ts [--runs 3]`
 *
 * Engines alternate run by run, so that whatever else the machine does falls on all of them. Every JSON line goes to
 * `bench/out/`; medians and ratios are printed as Markdown for `bench/RESULTS.md`. It only measures and asserts nothing.
 * Set up once with `PEERS_ENGINES=spark bench/peers/setup.sh`.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** A JSON line of `bench/peers/run.sh`; a cell that failed has `error` and no figures. */
interface Line {
  readonly error?: string;
  readonly seconds?: number;
  readonly records_per_s?: number;
  readonly rep_s?: readonly number[];
  readonly p50_ms?: number | null;
  readonly p99_ms?: number | null;
  readonly sustained_interval_ms?: number;
  readonly table?: readonly string[];
  readonly cpu_s?: number;
  readonly rss_mb?: number;
  readonly load?: readonly number[];
  readonly check?: string;
}

/** A row of a W6 line's `table`, as `50ms: p50 44.0 p99 84.0 lag 15.0 ok`. */
interface IntervalRow {
  readonly interval: number;
  readonly p50: number;
  readonly p99: number;
  readonly ok: boolean;
}

type Figure = (line: Line) => number | null | undefined;

// The first interval warms Spark's JIT up.
const W6_OPTIONS = "batches=100 intervals=200,100,50,40,30,20,10,5";
const NODE_W1 = "w1 node";
const MILLRACE_W1 = "w1 millrace reps=3";
const SPARK_W1 = "w1 spark-rdd reps=3";
const SPARK_W6 = `w6 spark-dstreams ${W6_OPTIONS}`;
const SPARK_W6_NO_CHECKPOINT = `w6 spark-dstreams ${W6_OPTIONS} checkpoint=0`;
const MILLRACE_W6 = `w6 millrace ${W6_OPTIONS}`;
const CELLS = [NODE_W1, MILLRACE_W1, SPARK_W1, SPARK_W6, SPARK_W6_NO_CHECKPOINT, MILLRACE_W6];
const W6_CELLS = [SPARK_W6, SPARK_W6_NO_CHECKPOINT, MILLRACE_W6];

const firstRep: Figure = (line) => line.seconds;
const lastRep: Figure = (line) => line.rep_s?.at(-1);
const sustained: Figure = (line) => (noneHeld(line) ? undefined : line.sustained_interval_ms);
const p50: Figure = (line) => (noneHeld(line) ? undefined : line.p50_ms);
const p99: Figure = (line) => (noneHeld(line) ? undefined : line.p99_ms);
const cpu: Figure = (line) => line.cpu_s;

const { values: flags } = parseArgs({ options: { runs: { type: "string", default: "3" } } });
const runs = Number(flags.runs);
const lines = measure();
printFigures();
printIntervals();
printRatios();

/** Runs every cell `runs` times, and keeps the lines of the runs that gave a result. */
function measure(): ReadonlyMap<string, readonly Line[]> {
  const runCell = fileURLToPath(new URL("peers/run.sh", import.meta.url));
  const folder = fileURLToPath(new URL("out/", import.meta.url));
  const file = `${folder}side-by-side-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.ndjson`;
  mkdirSync(folder, { recursive: true });
  const results = new Map<string, Line[]>(CELLS.map((cell) => [cell, []]));
  for (let run = 1; run <= runs; run++) {
    for (const cell of CELLS) {
      console.error(`run ${run} of ${runs}, load ${loadavg()[0]?.toFixed(2)}: ${cell}`);
      const { stdout } = spawnSync(runCell, cell.split(" "), {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
      const line: Line = stdout?.startsWith("{") ? JSON.parse(stdout) : { error: "no JSON line" };
      appendFileSync(file, `${JSON.stringify({ cell, run, ...line })}\n`);
      if (line.error === undefined) results.get(cell)?.push(line);
    }
  }
  console.error(`all lines are in ${file}`);
  return results;
}

function printFigures(): void {
  console.log(
    `Medians of ${runs} runs, engines alternating, on ${cpus().length} cores (${cpus()[0]?.model.trim()}) with ` +
      `${Math.round(totalmem() / 2 ** 30)} GiB, ${new Date().toISOString().slice(0, 10)}. ` +
      "`load` is the 1-minute load average just before a run, lowest and highest.\n",
  );
  printTable(
    "cell|runs|seconds|last rep s|records/s|sustained ms|p50 ms|p99 ms|cpu s|rss MB|load|check",
    CELLS.map((cell) => [
      cell,
      `${of(cell).length}`,
      shown(middle(cell, firstRep)),
      shown(middle(cell, lastRep)),
      cell.startsWith("w1") ? shown(middle(cell, (line) => line.records_per_s)) : "",
      shown(middle(cell, sustained)),
      shown(middle(cell, p50)),
      shown(middle(cell, p99)),
      shown(middle(cell, cpu)),
      shown(middle(cell, (line) => line.rss_mb)),
      loadRange(of(cell)),
      [...new Set(of(cell).map((line) => line.check))].join(" "),
    ]),
  );
}

function printIntervals(): void {
  const intervals = new Set(W6_CELLS.flatMap((cell) => of(cell).flatMap(intervalRows)).map((row) => row.interval));
  console.log("\nW6 by batch interval: processing time of a batch, p50 / p99 in ms, and how many runs kept up.\n");
  printTable(
    "interval ms|spark-dstreams|spark-dstreams checkpoint=0|millrace",
    [...intervals].map((interval) => [
      `${interval}`,
      ...W6_CELLS.map((cell) => {
        const rows = of(cell).flatMap((line) => rowAt(interval, line) ?? []);
        if (rows.length === 0) return "";
        const delays = [median(rows.map((row) => row.p50)), median(rows.map((row) => row.p99))];
        return `${delays.map(shown).join(" / ")}, ${rows.filter((row) => row.ok).length} of ${rows.length}`;
      }),
    ]),
  );
}

function printRatios(): void {
  const p50At100: Figure = (line) => rowAt(100, line)?.p50;
  const ratios: [string, string, string, Figure][] = [
    ["W1 seconds, first repetition: node / millrace", NODE_W1, MILLRACE_W1, firstRep],
    ["W1 seconds, first repetition: spark-rdd / millrace", SPARK_W1, MILLRACE_W1, firstRep],
    ["W1 seconds, last repetition: spark-rdd / millrace", SPARK_W1, MILLRACE_W1, lastRep],
    ["W1 CPU seconds with start: spark-rdd / millrace", SPARK_W1, MILLRACE_W1, cpu],
    ["W6 p50 at 100 ms: spark-dstreams / millrace", SPARK_W6, MILLRACE_W6, p50At100],
    ["W6 p50 at 100 ms: spark-dstreams checkpoint=0 / millrace", SPARK_W6_NO_CHECKPOINT, MILLRACE_W6, p50At100],
    ["W6 sustained interval: spark-dstreams / millrace", SPARK_W6, MILLRACE_W6, sustained],
    ["W6 sustained interval: spark-dstreams checkpoint=0 / millrace", SPARK_W6_NO_CHECKPOINT, MILLRACE_W6, sustained],
  ];
  console.log("\nRatios of the medians; above 1, millrace is the faster or smaller one.\n");
  printTable(
    "ratio|value",
    ratios.map(([name, other, millrace, figure]) => [name, shown(middle(other, figure) / middle(millrace, figure))]),
  );
}

function of(cell: string): readonly Line[] {
  return lines.get(cell) ?? [];
}

function middle(cell: string, figure: Figure): number {
  return median(of(cell).map(figure));
}

/** Missing figures are left out; NaN when nothing is left. */
function median(values: readonly (number | null | undefined)[]): number {
  const sorted = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** No interval of W6 was sustained: the line says -1, and its p50 and p99 mean nothing. */
function noneHeld(line: Line): boolean {
  return line.sustained_interval_ms === -1;
}

function intervalRows(line: Line): IntervalRow[] {
  return (line.table ?? []).flatMap((text) => {
    const [, interval, p50, p99, verdict] = /^(\d+)ms: p50 (\S+) p99 (\S+) lag \S+ (.+)$/.exec(text) ?? [];
    return interval === undefined
      ? []
      : [{ interval: Number(interval), p50: Number(p50), p99: Number(p99), ok: verdict === "ok" }];
  });
}

function rowAt(interval: number, line: Line): IntervalRow | undefined {
  return intervalRows(line).find((row) => row.interval === interval);
}

function loadRange(lines: readonly Line[]): string {
  const loads = lines.map((line) => line.load?.[0] ?? Number.NaN);
  return loads.length === 0 ? "" : `${Math.min(...loads).toFixed(1)}-${Math.max(...loads).toFixed(1)}`;
}

/** Three significant digits or all digits before the point, and nothing for a figure that a cell does not have. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return "";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

function printTable(header: string, rows: readonly (readonly string[])[]): void {
  const names = header.split("|");
  for (const cells of [names, names.map(() => "---"), ...rows]) console.log(`| ${cells.join(" | ")} |`);
}
