/** How many frames a second the map is drawn, and how long drawing one takes on this thread. */
const KEPT_FRAMES = 600;

export interface FrameFigures {
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly medianDrawMs: number;
  readonly meanDrawMs: number;
}

export class FrameMeter {
  readonly #ends: number[] = [];
  readonly #durations: number[] = [];

  frame(start: number, end: number): void {
    this.#ends.push(end);
    this.#durations.push(end - start);
    if (this.#ends.length <= KEPT_FRAMES) return;
    this.#ends.shift();
    this.#durations.shift();
  }

  /** Of the last `withinMs` before `now`. */
  figures(now: number, withinMs: number): FrameFigures {
    const first = this.#ends.findIndex((end) => now - end <= withinMs);
    const ends = first === -1 ? [] : this.#ends.slice(first);
    const durations = this.#durations.slice(this.#durations.length - ends.length).sort((a, b) => a - b);
    const passed = ends.at(-1)! - ends[0]!;
    return {
      frames: ends.length,
      framesPerSecond: ends.length < 2 ? 0 : (1000 * (ends.length - 1)) / passed,
      medianDrawMs: durations[durations.length >> 1] ?? 0,
      meanDrawMs: durations.length === 0 ? 0 : durations.reduce((a, b) => a + b) / durations.length,
    };
  }
}
