import type { RddSource } from "../source.ts";

/** Slice i of n elements in k slices is [i·n/k, (i+1)·n/k), as Spark cuts them (S19). A partition is its records. */
export function parallelizeSource<T>(data: readonly T[], slices: number): RddSource<T, readonly T[]> {
  return {
    partitions: () =>
      Array.from({ length: slices }, (_, i) =>
        data.slice(Math.floor((i * data.length) / slices), Math.floor(((i + 1) * data.length) / slices)),
      ),
    compute: givenRecords as (records: readonly T[]) => readonly T[],
  };
}

export function givenRecords(records: readonly unknown[]): readonly unknown[] {
  return records;
}
