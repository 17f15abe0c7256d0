import { MillraceError } from "../errors.ts";
import { Duration } from "./duration.ts";

/**
 * A point in time in whole milliseconds since the epoch, as the time of a batch. Immutable; two are compared with
 * `equals`, or with `<` and `>`.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { Seconds, Time } from "millrace";
 *
 * const time = new Time(1500);
 * assert.equal(time.floor(Seconds(1)).milliseconds, 1000);
 * assert.equal(time.plus(Seconds(1)).minus(time).milliseconds, 1000);
 * ```
 */
export class Time {
  readonly milliseconds: number;

  /** Throws `INVALID_DURATION` unless `milliseconds` is a whole number. */
  constructor(milliseconds: number) {
    if (!Number.isSafeInteger(milliseconds)) {
      throw new MillraceError("INVALID_DURATION", `${milliseconds} is not a time`, {
        remedy: "A time is a whole number of milliseconds since the epoch.",
      });
    }
    this.milliseconds = milliseconds;
  }

  plus(duration: Duration): Time {
    return new Time(this.milliseconds + duration.milliseconds);
  }

  /** The duration since another time, or the time that is a duration earlier. */
  minus(other: Time): Duration;
  minus(duration: Duration): Time;
  minus(other: Time | Duration): Duration | Time {
    const milliseconds = this.milliseconds - other.milliseconds;
    return other instanceof Time ? new Duration(milliseconds) : new Time(milliseconds);
  }

  less(other: Time): boolean {
    return this.milliseconds < other.milliseconds;
  }

  lessEq(other: Time): boolean {
    return this.milliseconds <= other.milliseconds;
  }

  greater(other: Time): boolean {
    return this.milliseconds > other.milliseconds;
  }

  greaterEq(other: Time): boolean {
    return this.milliseconds >= other.milliseconds;
  }

  equals(other: Time): boolean {
    return this.milliseconds === other.milliseconds;
  }

  /** The latest time that is not after this one and a whole number of `step`s after `zero` (by default the epoch). */
  floor(step: Duration, zero: Time = EPOCH): Time {
    const steps = Math.floor((this.milliseconds - zero.milliseconds) / step.milliseconds);
    return new Time(zero.milliseconds + steps * step.milliseconds);
  }

  /** Whether this time is a whole number of `duration`s after the epoch. */
  isMultipleOf(duration: Duration): boolean {
    return this.milliseconds % duration.milliseconds === 0;
  }

  min(other: Time): Time {
    return this.less(other) ? this : other;
  }

  max(other: Time): Time {
    return this.greater(other) ? this : other;
  }

  /** The times from this one on, `step` apart, before `end`. */
  until(end: Time, step: Duration): Time[] {
    return steps(this, step, (milliseconds) => milliseconds < end.milliseconds);
  }

  /** The times from this one on, `step` apart, up to and with `end`. */
  to(end: Time, step: Duration): Time[] {
    return steps(this, step, (milliseconds) => milliseconds <= end.milliseconds);
  }

  /** Milliseconds, so that `<` and `>` work. */
  valueOf(): number {
    return this.milliseconds;
  }

  /** As Spark writes a batch time: `"1000 ms"`. */
  toString(): string {
    return `${this.milliseconds} ms`;
  }
}

const EPOCH = new Time(0);

// Not a private method: closures capture batch times, and an object with private parts cannot be shipped.
function steps(from: Time, step: Duration, goesOn: (milliseconds: number) => boolean): Time[] {
  if (step.milliseconds <= 0) {
    throw new MillraceError("INVALID_DURATION", `times cannot be ${step} apart`, { remedy: "Use a positive step." });
  }
  const times: Time[] = [];
  for (let ms = from.milliseconds; goesOn(ms); ms += step.milliseconds) times.push(new Time(ms));
  return times;
}
