/** Figures as people read them. Times are those of the reader's clock; durations are milliseconds. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What stands where there is nothing to say yet. */
export const NONE = "–";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const twoDigits = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export function count(n: number | undefined): string {
  return n === undefined ? NONE : whole.format(n);
}

export function records(n: number): string {
  return n === 1 ? "1 record" : `${count(n)} records`;
}

/** Records a second: two decimals while small. */
export function rate(n: number | undefined): string {
  if (n === undefined) return NONE;
  return n >= 100 ? whole.format(n) : twoDigits.format(n);
}

/** 0.4 ms, 12 ms, 1.25 s, 3 min 20 s, 5 h 2 min, 3 d 4 h. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return NONE;
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${Number((ms / SECOND_MS).toFixed(ms < 10 * SECOND_MS ? 2 : 1))} s`;
  if (ms < HOUR_MS) return parts(ms, MINUTE_MS, "min", SECOND_MS, "s");
  if (ms < DAY_MS) return parts(ms, HOUR_MS, "h", MINUTE_MS, "min");
  return parts(ms, DAY_MS, "d", HOUR_MS, "h");
}

function parts(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}

export function bytes(n: number | undefined): string {
  if (n === undefined) return NONE;
  if (n < 1024) return `${whole.format(n)} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = n / 1024;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value >= 100 ? whole.format(value) : Number(value.toPrecision(3))} ${units[unit]}`;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const clockMs = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" });

/** 14:03:05, with milliseconds only where there are any. */
export function timeOfDay(ms: number): string {
  return (ms % SECOND_MS === 0 ? clock : clockMs).format(ms);
}

/** 2026-11-25 14:03:05 */
export function dateTime(ms: number): string {
  return `${day.format(ms)} ${timeOfDay(ms)}`;
}

export function isToday(ms: number): boolean {
  return new Date(ms).toDateString() === new Date().toDateString();
}

/** A point in time as Spark's API writes it, `2015-02-03T16:42:40.000GMT`, in milliseconds since the epoch. */
export function epoch(date: string | undefined): number | undefined {
  return date === undefined ? undefined : Date.parse(date.replace(/GMT$/, "Z"));
}
