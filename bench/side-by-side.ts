/**
 * Measures millrace beside other engines and hand-written programs on this machine:
 *
 *     node bench/side-by-side.ts [WORKLOAD ...] [--runs 3] [--fresh] [--report]      workloads: w1 w2 w3 w4 w5 w6 pipeline
 *
 * Cells alternate run by run, so that whatever else the machine does falls on all of them. Each result is appended to
 * `bench/out/side-by-side.ndjson` at once; what is there already is not measured again, so that an interrupted measurement goes
 * on where it was. `--fresh` measures the workloads anew, `--report` only reports. Medians, ratios and goals are printed as
 * Markdown for `bench/RESULTS.md`; nothing is asserted. Set up once: `PEERS_ENGINES="spark flink duckdb" bench/peers/setup.sh`.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WORKLOADS, type Workload } from "./side-by-side/cells.ts";
import type { Line } from "./side-by-side/lines.ts";
import { printReport } from "./side-by-side/report.ts";

interface Kept {
  /** With the workload: `w1 millrace reps=3`. */
  readonly cell: string;
  readonly line: Line;
}

const FILE = fileURLToPath(new URL("out/side-by-side.ndjson", import.meta.url));
const RUN_CELL = fileURLToPath(new URL("peers/run.sh", import.meta.url));

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "3" }, fresh: { type: "boolean" }, report: { type: "boolean" } },
});
const workloads = (positionals.length > 0 ? positionals : Object.keys(WORKLOADS)).map((name): [string, Workload] => {
  const workload = WORKLOADS[name];
  if (workload === undefined)
    throw new Error(`no such workload: ${name}; there are ${Object.keys(WORKLOADS).join(" ")}`);
  return [name, workload];
});
const cells = workloads.flatMap(([name, workload]) => workload.cells.map((cell) => `${name} ${cell}`));

mkdirSync(fileURLToPath(new URL("out/", import.meta.url)), { recursive: true });
if (flags.fresh) writeFileSync(FILE, textOf(readKept().filter(({ cell }) => !cells.includes(cell))));
if (!flags.report) measure(Number(flags.runs));
printReport(workloads, resultsByCell());

/** Runs every cell until there are `runs` results of it. */
function measure(runs: number): void {
  for (let run = 1; run <= runs; run++) {
    for (const cell of cells) {
      if ((resultsByCell().get(cell)?.length ?? 0) >= run) continue;
      console.error(`run ${run} of ${runs}, load ${loadavg()[0]?.toFixed(2)}: ${cell}`);
      const { stdout } = spawnSync(RUN_CELL, cell.split(" "), {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
      const line: Line = stdout?.startsWith("{") ? JSON.parse(stdout) : { error: "no JSON line" };
      appendFileSync(FILE, textOf([{ cell, line }]));
    }
  }
}

/** The results there are, without the runs that gave none. */
function resultsByCell(): Map<string, Line[]> {
  const results = new Map<string, Line[]>();
  for (const { cell, line } of readKept()) {
    if (line.error === undefined) results.set(cell, [...(results.get(cell) ?? []), line]);
  }
  return results;
}

function readKept(): Kept[] {
  if (!existsSync(FILE)) return [];
  return readFileSync(FILE, "utf8")
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => JSON.parse(text));
}

function textOf(kept: readonly Kept[]): string {
  return kept.map((one) => `${JSON.stringify(one)}\n`).join("");
}
