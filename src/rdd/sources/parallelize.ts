import type { Source } from "../source.ts";

/** Slice i of n elements in k slices is [i·n/k, (i+1)·n/k), as Spark cuts them (S19). */
export function parallelizeSource(data: readonly unknown[], slices: number): Source {
  return {
    kind: "parallelize",
    partitions: () =>
      Array.from({ length: slices }, (_, i) => ({
        kind: "records",
        records: data.slice(Math.floor((i * data.length) / slices), Math.floor(((i + 1) * data.length) / slices)),
      })),
  };
}
