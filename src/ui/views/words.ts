/** How times and texts are told. */
import type { SparkDate } from "../api.ts";

/** A point in time, in milliseconds since the epoch, as Spark's REST API writes it. */
export function sparkDate(ms: number): SparkDate {
  return `${new Date(ms).toISOString().slice(0, -1)}GMT`;
}

/** Milliseconds to the microsecond: clocks give more digits than they know. */
export function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** As {@link rounded}, of what may not be known yet. */
export function roundedIfKnown(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : rounded(ms);
}

/** As {@link sparkDate}, of what may not be known yet. JSON leaves out what is undefined. */
export function sparkDateIfKnown(ms: number | undefined): SparkDate | undefined {
  return ms === undefined ? undefined : sparkDate(ms);
}

/** A row that is told again and again carries no more of an error than a table shows. */
const MOST_CHARACTERS = 500;

/** The beginning of a long text. */
export function shortened(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}
