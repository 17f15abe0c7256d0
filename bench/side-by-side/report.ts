/** Medians, goals and load as Markdown. */
import { cpus, totalmem } from "node:os";
import type { Goal, Results, Workload } from "./cells.ts";
import { type Figure, figures, intervalRows, type Line, median } from "./lines.ts";

export function printReport(workloads: readonly (readonly [string, Workload])[], results: Results): void {
  const memory = Math.round(totalmem() / 2 ** 30);
  console.log(
    `Medians; ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${memory} GiB, ${new Date().toISOString().slice(0, 10)}. ` +
      "`load` is the one-minute load average just before a run, lowest and highest.",
  );
  for (const [name, workload] of workloads) {
    const lines = new Map(workload.cells.map((cell) => [cell, results.get(`${name} ${cell}`) ?? []]));
    console.log(`\n### ${workload.title}\n`);
    printFigures(lines);
    printIntervals(lines);
    printGoals(workload.goals, lines);
  }
}

type CellLines = ReadonlyMap<string, readonly Line[]>;

function printFigures(cells: CellLines): void {
  const { seconds, lastRep, p50, p99, cpu, rss } = figures;
  const columns: [string, Figure][] = [
    ["seconds", seconds],
    ["last job s", lastRep],
    ["p50 ms", p50],
    ["p99 ms", p99],
    ["CPU s", cpu],
    ["peak MB", rss],
  ];
  const filled = columns.filter(([, figure]) => [...cells.values()].flat().some((line) => figure(line) !== undefined));
  printTable(
    ["cell", "runs", ...filled.map(([name]) => name), "load", "check"],
    Array.from(cells, ([cell, lines]) => [
      cell,
      String(lines.length),
      ...filled.map(([, figure]) => shown(median(lines.map(figure)))),
      loads(lines),
      [...new Set(lines.map(({ check }) => check))].join(" "),
    ]),
  );
}

/** Of W6: p50 / p99 of a batch in ms by interval, and how many runs kept up. */
function printIntervals(cells: CellLines): void {
  const all = new Set(
    [...cells.values()]
      .flat()
      .flatMap(intervalRows)
      .map(({ interval }) => interval),
  );
  if (all.size === 0) return;
  console.log("\nProcessing time of a batch, p50 / p99 in ms, and how many runs held the interval:\n");
  printTable(
    ["interval ms", ...cells.keys()],
    [...all].map((interval) => [
      String(interval),
      ...Array.from(cells.values(), (lines) => {
        const rows = lines.flatMap(intervalRows).filter((row) => row.interval === interval);
        if (rows.length === 0) return "";
        const delays = [median(rows.map((row) => row.p50)), median(rows.map((row) => row.p99))];
        return `${delays.map(shown).join(" / ")}, ${rows.filter(({ held }) => held).length} of ${rows.length}`;
      }),
    ]),
  );
}

function printGoals(goals: readonly Goal[], cells: CellLines): void {
  console.log("");
  printTable(
    ["figure or ratio", "value", "goal", ""],
    goals.map((goal) => {
      const value = goalValue(goal, cells);
      const { atLeast, below } = goal;
      const met = atLeast === undefined ? below === undefined || value < below : value >= atLeast;
      const bound = atLeast === undefined ? (below === undefined ? "" : `below ${below}`) : `at least ${atLeast}`;
      return [goal.what, shown(value), bound, bound === "" || Number.isNaN(value) ? "" : met ? "met" : "MISSED"];
    }),
  );
}

function goalValue({ of: [cell, by], figure, byFigure = figure }: Goal, cells: CellLines): number {
  const middle = (name: string, one: Figure) => median((cells.get(name) ?? []).map(one));
  return by === undefined ? middle(cell, figure) : middle(cell, figure) / middle(by, byFigure);
}

function loads(lines: readonly Line[]): string {
  const values = lines.map((line) => line.load?.[0] ?? Number.NaN);
  return values.length === 0 ? "" : `${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)}`;
}

/** Three significant digits or all digits before the point, and nothing for a figure that a cell does not have. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return "";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

function printTable(names: readonly string[], rows: readonly (readonly string[])[]): void {
  for (const cells of [names, names.map(() => "---"), ...rows]) console.log(`| ${cells.join(" | ")} |`);
}
