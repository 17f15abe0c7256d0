import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { hashKey } from "./hash.ts";

/** Numbers in [0, 1), the same in every run for the same seed and partition, and others for each partition. */
export type RandomStream = () => number;

export function randomStream(seed: number, partition: number): RandomStream {
  // The state must not be all zeros; four words of a hash are not.
  const generator = xoroshiro128plusFromState([0, 1, 2, 3].map((word) => hashKey([seed, partition, word]) | 0));
  return () => uniformFloat64(generator);
}
