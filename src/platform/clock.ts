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
 * A timer of Node's counts whole milliseconds from one that may have begun up to 1 ms before. It is set so that it is half
 * a millisecond late in the middle; where it is early, the rest is spent in `setImmediate`. (Waiting for the last
 * millisecond or two that way is more exact and costs that much of a core at each tick.)
 */
const FINE_MS = 0.5;
const EARLY_MS = 0.3;
/** A tick of the system's clock: 1 ms to 10 ms. */
const FILE_TIME_LAG_MS = 10;
/** The longest that `setTimeout` can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's clock: the wall clock when the process started, carried on by the monotonic one, so it never jumps. */
export class SystemClock implements Clock {
  now(): number {
    return performance.timeOrigin + performance.now();
  }

  fileTime(time: number): number {
    return time + (Date.now() - this.now()) - FILE_TIME_LAG_MS;
  }

  at(time: number, callback: () => void, { keepAlive = true } = {}): Alarm {
    let timer: NodeJS.Timeout | undefined;
    let immediate: NodeJS.Immediate | undefined;
    // A timer calls nothing itself: what is due earlier may wait for this very turn, and goes first. (The loop sleeps over an
    // immediate that keeps no process alive, until something else wakes it; for a turn or two, this one may.)
    const nextTurn = () => {
      immediate = setImmediate(step);
    };
    const step = () => {
      const left = time - this.now();
      if (left <= 0) callback();
      else if (left <= FINE_MS) nextTurn();
      else {
        timer = setTimeout(nextTurn, Math.min(Math.ceil(left - EARLY_MS), LONGEST_MS));
        if (!keepAlive) timer.unref();
      }
    };
    if (time <= this.now()) immediate = setImmediate(callback);
    else step();
    return {
      cancel() {
        clearTimeout(timer);
        clearImmediate(immediate);
      },
    };
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
