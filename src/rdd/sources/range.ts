import type { Source } from "../source.ts";

/** The numbers from `start` up to and without `end`, never held as an array. */
export function rangeSource(start: number, end: number, step: number, slices: number): Source {
  const total = Math.max(0, Math.ceil((end - start) / step));
  return {
    kind: "range",
    partitions: () =>
      Array.from({ length: slices }, (_, i) => {
        const from = Math.floor((i * total) / slices);
        const to = Math.floor(((i + 1) * total) / slices);
        return { kind: "range", start: start + from * step, step, length: to - from };
      }),
  };
}
