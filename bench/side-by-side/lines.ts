/** A JSON line of `bench/peers/run.sh`; a cell that failed has `error` and no figures. */
export interface Line {
  readonly error?: string;
  readonly seconds?: number;
  readonly rep_s?: readonly number[];
  readonly p50_ms?: number | null;
  readonly p99_ms?: number | null;
  readonly table?: readonly string[];
  readonly cpu_s?: number;
  readonly rss_mb?: number;
  readonly load?: readonly number[];
  readonly check?: string;
  readonly [figure: string]: unknown;
}

/** Undefined for what a line does not have. */
export type Figure = (line: Line) => number | undefined;

/** A row of a W6 line's `table`, as `50ms: p50 44.0 p99 84.0 lag 15.0 ok`. */
interface IntervalRow {
  readonly interval: number;
  readonly p50: number;
  readonly p99: number;
  readonly held: boolean;
}

function named(name: string): Figure {
  return (line) => (typeof line[name] === "number" ? line[name] : undefined);
}

export const figures = {
  named,
  seconds: named("seconds"),
  lastRep: (line: Line) => line.rep_s?.at(-1),
  cpu: named("cpu_s"),
  rss: named("rss_mb"),
  /** Of W6 they are those of the shortest interval that was held, if any. */
  p50: (line: Line) => (line.sustained_interval_ms === -1 ? undefined : named("p50_ms")(line)),
  p99: (line: Line) => (line.sustained_interval_ms === -1 ? undefined : named("p99_ms")(line)),
  processing:
    (interval: number): Figure =>
    (line) =>
      intervalRows(line).find((row) => row.interval === interval)?.p50,
  /** The shortest interval that was held, as were all longer ones. */
  shortestHeld: (line: Line) => {
    const rows = intervalRows(line).toSorted((a, b) => b.interval - a.interval);
    const failed = rows.findIndex(({ held }) => !held);
    return rows[(failed === -1 ? rows.length : failed) - 1]?.interval;
  },
} as const;

export function intervalRows(line: Line): IntervalRow[] {
  return (line.table ?? []).flatMap((text) => {
    const [, interval, p50, p99, verdict] = /^(\d+)ms: p50 (\S+) p99 (\S+) lag \S+ (.+)$/.exec(text) ?? [];
    return interval === undefined
      ? []
      : [{ interval: Number(interval), p50: Number(p50), p99: Number(p99), held: verdict === "ok" }];
  });
}

/** Missing figures are left out; NaN when nothing is left. */
export function median(values: readonly (number | undefined)[]): number {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
