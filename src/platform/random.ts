/** Randomness, as an argument: the only place that calls `Math.random`. */
export interface RandomSource {
  /** A number in [0, 1). */
  next(): number;
}

export const systemRandom: RandomSource = { next: () => Math.random() };
