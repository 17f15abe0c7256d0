/** Streams of numbers by definition: each batch computed anew from the list of all batches. Times count batches from 1. */

/** What a stream has at a time, as a list in no particular order. */
export interface NaiveStream {
  /** In batches. */
  readonly slide: number;
  at(time: number): readonly number[];
}

/** The operators on streams, by their definitions. */
export const naive = {
  input: (batches: readonly (readonly number[])[]): NaiveStream => ({
    slide: 1,
    at: (time) => batches[time - 1] ?? [],
  }),

  perBatch: (parent: NaiveStream, f: (batch: readonly number[], time: number) => readonly number[]): NaiveStream => ({
    slide: parent.slide,
    at: (time) => f(parent.at(time), time),
  }),

  /** The batches in (time - length, time], at every `slide`. */
  window: (parent: NaiveStream, length: number, slide: number): NaiveStream => ({
    slide,
    at: (time) => covered(parent, length, time).flatMap((t) => parent.at(t)),
  }),

  /** As `window`; `f` also gets all that has ever been in a window. */
  everInWindow: (
    parent: NaiveStream,
    length: number,
    slide: number,
    f: (window: readonly number[], ever: readonly number[]) => readonly number[],
  ): NaiveStream => {
    const window = naive.window(parent, length, slide);
    const upTo = (time: number): number[] => {
      const windows = Array.from({ length: Math.floor(time / slide) }, (_, i) => window.at((i + 1) * slide));
      return windows.flat();
    };
    return { slide, at: (time) => f(window.at(time), upTo(time)) };
  },

  /** `f` gets all batches up to this one. */
  overHistory: (
    parent: NaiveStream,
    f: (batches: readonly (readonly number[])[]) => readonly number[],
  ): NaiveStream => ({
    slide: parent.slide,
    at: (time) => f(Array.from({ length: time / parent.slide }, (_, i) => parent.at((i + 1) * parent.slide))),
  }),
};

function covered(parent: NaiveStream, length: number, time: number): number[] {
  const times: number[] = [];
  for (let t = time - length + parent.slide; t <= time; t += parent.slide) if (t > 0) times.push(t);
  return times;
}

/** The values of each key, as `groupBy` of numbers. */
export function grouped<R>(
  numbers: readonly number[],
  key: (n: number) => number,
  f: (key: number, values: number[]) => R,
): R[] {
  return [...Map.groupBy(numbers, (n) => key(n) || 0)].map(([k, values]) => f(k, values));
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
