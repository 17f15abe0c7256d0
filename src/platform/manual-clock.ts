import type { Alarm, Clock } from "./clock.ts";

interface Pending extends Alarm {
  readonly time: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that a test turns by hand. Alarms fire in the order of their times, each with `now()` at its own time. */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  #pending: Pending[] = [];

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  fileTime(time: number): number {
    return time;
  }

  at(time: number, callback: () => void): Alarm {
    const alarm: Pending = {
      time,
      order: this.#order++,
      callback,
      cancel: () => {
        this.#pending = this.#pending.filter((other) => other !== alarm);
      },
    };
    this.#pending.push(alarm);
    if (time <= this.#now) queueMicrotask(() => this.#fireDue());
    return alarm;
  }

  /** Moves time forward by `ms` and fires what comes due on the way. */
  advance(ms: number): void {
    this.setTo(this.#now + ms);
  }

  /** Moves time forward to `time` and fires what comes due on the way. */
  setTo(time: number): void {
    for (;;) {
      const next = this.#nextDue(time);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.time);
      next.cancel();
      next.callback();
    }
    this.#now = Math.max(this.#now, time);
  }

  #fireDue(): void {
    this.setTo(this.#now);
  }

  #nextDue(time: number): Pending | undefined {
    return this.#pending.filter((alarm) => alarm.time <= time).sort((a, b) => a.time - b.time || a.order - b.order)[0];
  }
}
