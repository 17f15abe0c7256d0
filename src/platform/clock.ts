/**
 * Time, as an argument. Everything that waits or asks what time it is gets a {@link Clock}; only this file and the
 * manual clock beside it touch Node's timers.
 */
export interface Clock {
  /** Milliseconds since the epoch; may have a fraction. Never goes back. */
  now(): number;
  /**
   * Calls `callback` once when `now()` has reached `time`; at the next turn of the event loop if it has already. Alarms go off
   * in the order of their times.
   */
  at(time: number, callback: () => void, options?: { readonly keepAlive?: boolean }): Alarm;
  /**
   * What a file that is written when `now()` is `time` has for its modification time, at least. Files go by the wall clock, which
   * parts from this one when it is set or the machine sleeps; and file systems take it from the last tick of the system's.
   */
  fileTime(time: number): number;
}

/** A pending call of {@link Clock.at}. */
export interface Alarm {
  cancel(): void;
}

/** Resolves when `clock` has reached `time`, or rejects with the signal's reason when it is aborted first. */
export function sleepUntil(clock: Clock, time: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      alarm.cancel();
      reject(signal?.reason);
    };
    const alarm = clock.at(time, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * A timer of Node's counts whole milliseconds from one that may have begun up to 1 ms before. So it is set half a millisecond early:
 * mostly it is less than 1 ms late, and where it is early another one is set. (To wait for the rest in `setImmediate` is more exact, and
 * takes a twentieth of a core at a tick every 10 ms.)
 */
const EARLY_MS = 0.5;
/** A tick of the system's clock: 1 ms to 10 ms. */
const FILE_TIME_LAG_MS = 10;
/** The longest that `setTimeout` can wait. */
const LONGEST_MS = 2 ** 31 - 1;

interface Pending {
  readonly time: number;
  readonly callback: () => void;
  readonly keepAlive: boolean;
}

/**
 * The machine's clock: the wall clock when the process started, carried on by the monotonic one, so it never jumps. One timer
 * of Node's is set, for the next of its alarms.
 */
export class SystemClock implements Clock {
  /** The next first, and of the same time the one that was set first. */
  readonly #pending: Pending[] = [];
  /** How many of them keep the process alive. */
  #keepingAlive = 0;
  #timer: NodeJS.Timeout | undefined;
  /** What the timer is set for, or something before it. */
  #timerTime = Number.POSITIVE_INFINITY;
  #immediate: NodeJS.Immediate | undefined;

  now(): number {
    return performance.timeOrigin + performance.now();
  }

  fileTime(time: number): number {
    return time + (Date.now() - this.now()) - FILE_TIME_LAG_MS;
  }

  at(time: number, callback: () => void, { keepAlive = true } = {}): Alarm {
    const alarm: Pending = { time, callback, keepAlive };
    let index = this.#pending.length;
    while (index > 0 && this.#pending[index - 1]!.time > time) index--;
    if (index === this.#pending.length) this.#pending.push(alarm);
    else this.#pending.splice(index, 0, alarm);
    if (keepAlive) this.#keepingAlive++;
    this.#wakeInTime();
    return { cancel: () => this.#cancel(alarm) };
  }

  #cancel(alarm: Pending): void {
    const index = this.#pending.indexOf(alarm);
    if (index === -1) return;
    this.#pending.splice(index, 1);
    if (alarm.keepAlive) this.#keepingAlive--;
    this.#wakeInTime();
  }

  /** A timer that is set for an alarm that has been cancelled meanwhile stays, and wakes for nothing. */
  #wakeInTime(): void {
    if (this.#immediate !== undefined) return;
    const next = this.#pending[0];
    if (next === undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      return;
    }
    if (this.#timer === undefined || next.time < this.#timerTime) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#timerTime = next.time;
      const left = next.time - this.now();
      if (left <= 0) {
        this.#immediate = setImmediate(this.#onImmediate);
        return;
      }
      this.#timer = setTimeout(this.#onTimer, Math.min(Math.ceil(left - EARLY_MS), LONGEST_MS));
    }
    if (this.#keepingAlive > 0) this.#timer.ref();
    else this.#timer.unref();
  }

  readonly #onTimer = () => {
    this.#timer = undefined;
    this.#fire();
  };

  /** (The loop sleeps over an immediate that keeps no process alive, until something else wakes it; for a turn, this one may.) */
  readonly #onImmediate = () => {
    this.#immediate = undefined;
    this.#fire();
  };

  /** One alarm a turn: what it has settled goes on before the next. */
  #fire(): void {
    const next = this.#pending[0];
    const due = next !== undefined && next.time <= this.now();
    if (due) {
      this.#pending.shift();
      if (next.keepAlive) this.#keepingAlive--;
    }
    try {
      if (due) next.callback();
    } finally {
      this.#wakeInTime();
    }
  }
}

/** Lets pending messages and I/O of this thread in, then goes on. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Milliseconds on a monotonic clock, for measuring how long something took. */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => performance.now() - start;
}
