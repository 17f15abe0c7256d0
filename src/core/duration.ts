import { MillraceError } from "../errors.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds in each unit, by every name it goes by: Spark's suffixes, and words. */
const UNITS = {
  ms: 1,
  millisecond: 1,
  milliseconds: 1,
  s: SECOND,
  second: SECOND,
  seconds: SECOND,
  m: MINUTE,
  min: MINUTE,
  minute: MINUTE,
  minutes: MINUTE,
  h: HOUR,
  hour: HOUR,
  hours: HOUR,
  d: DAY,
  day: DAY,
  days: DAY,
} as const;

export type DurationUnit = keyof typeof UNITS;

/** A duration as text: `"1 second"`, `"2.5 seconds"`, `"200ms"`, `"5 min"`. */
export type DurationText = `${number} ${DurationUnit}` | `${number}${DurationUnit}`;

/** A duration wherever one is asked for: a {@link Duration}, a text, or a number of milliseconds. */
export type DurationLike = Duration | DurationText | number;

/** What a product may be off a whole millisecond by: 1.005 seconds are 1004.9999999999999 ms. */
const ROUNDING = 1e-6;

/** Reads a duration in milliseconds; a bare number is milliseconds. Throws `INVALID_DURATION` for anything else. */
export function parseDuration(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = (match?.[2] || "ms").toLowerCase();
  if (match === null || !Object.hasOwn(UNITS, unit)) {
    throw invalid(`"${text}" is not a duration`);
  }
  return wholeMilliseconds(Number(match[1]) * UNITS[unit as DurationUnit], `"${text}"`);
}

function wholeMilliseconds(milliseconds: number, written: string): number {
  const whole = Math.round(milliseconds);
  // Written so that NaN fails too.
  if (!(Math.abs(milliseconds - whole) <= ROUNDING) || !Number.isSafeInteger(whole)) {
    throw invalid(`${written} is not a whole number of milliseconds`);
  }
  return whole + 0;
}

function invalid(what: string): MillraceError {
  return new MillraceError("INVALID_DURATION", what, {
    remedy: 'Write it as 1000, "250 ms", "1 second", "2.5 seconds", "10 minutes", "1 hour" or Seconds(1).',
  });
}

/**
 * A length of time in whole milliseconds. Immutable; two are compared with `equals`, or with `<` and `>`.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { Duration, Minutes, Seconds } from "millrace";
 *
 * assert.equal(Duration.of("2.5 seconds").milliseconds, 2500);
 * assert.ok(Seconds(30) < Minutes(1));
 * assert.ok(Minutes(1).isMultipleOf(Seconds(30)));
 * ```
 */
export class Duration {
  readonly milliseconds: number;

  /** Throws `INVALID_DURATION` unless `milliseconds` is a whole number. */
  constructor(milliseconds: number) {
    this.milliseconds = wholeMilliseconds(milliseconds, String(milliseconds));
  }

  /** The duration that `value` means. Throws `INVALID_DURATION`. */
  static of(value: DurationLike): Duration {
    if (value instanceof Duration) return value;
    if (typeof value === "string") return new Duration(parseDuration(value));
    if (typeof value === "number") return new Duration(value);
    throw invalid(`${value === null ? "null" : typeof value} is not a duration`);
  }

  plus(other: Duration): Duration {
    return new Duration(this.milliseconds + other.milliseconds);
  }

  minus(other: Duration): Duration {
    return new Duration(this.milliseconds - other.milliseconds);
  }

  times(factor: number): Duration {
    return new Duration(this.milliseconds * factor);
  }

  /** How many times `other` goes into this one, with its fraction. */
  div(other: Duration): number {
    return this.milliseconds / other.milliseconds;
  }

  less(other: Duration): boolean {
    return this.milliseconds < other.milliseconds;
  }

  lessEq(other: Duration): boolean {
    return this.milliseconds <= other.milliseconds;
  }

  greater(other: Duration): boolean {
    return this.milliseconds > other.milliseconds;
  }

  greaterEq(other: Duration): boolean {
    return this.milliseconds >= other.milliseconds;
  }

  equals(other: Duration): boolean {
    return this.milliseconds === other.milliseconds;
  }

  isMultipleOf(other: Duration): boolean {
    return this.milliseconds % other.milliseconds === 0;
  }

  min(other: Duration): Duration {
    return this.less(other) ? this : other;
  }

  max(other: Duration): Duration {
    return this.greater(other) ? this : other;
  }

  isZero(): boolean {
    return this.milliseconds === 0;
  }

  /** As Spark prints it for people: `"900 ms"`, `"1.5 s"`, `"2.0 m"`, `"1.25 h"`. */
  prettyPrint(): string {
    const ms = this.milliseconds;
    if (ms < SECOND) return `${ms} ms`;
    if (ms < MINUTE) return `${(ms / SECOND).toFixed(1)} s`;
    if (ms < HOUR) return `${(ms / MINUTE).toFixed(1)} m`;
    return `${(ms / HOUR).toFixed(2)} h`;
  }

  /** Milliseconds, so that `<` and `>` work. */
  valueOf(): number {
    return this.milliseconds;
  }

  toString(): string {
    return `${this.milliseconds} ms`;
  }
}

/** A duration of `n` milliseconds. */
export function Milliseconds(n: number): Duration {
  return new Duration(n);
}

/** A duration of `n` seconds; a fraction is allowed down to the millisecond. */
export function Seconds(n: number): Duration {
  return new Duration(n * SECOND);
}

/** A duration of `n` minutes. */
export function Minutes(n: number): Duration {
  return new Duration(n * MINUTE);
}
