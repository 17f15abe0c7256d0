import { lazyModule } from "../../platform/own-modules.ts";
import type { RecordChunks } from "../record-chunks.ts";
import type { RddSource } from "../source.ts";

const readers = lazyModule<typeof import("../readers/number-range.ts")>(import.meta.url, "../readers/number-range.ts");

/** `length` numbers from `start` on, `step` apart. */
export interface RangePart {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** The numbers from `start` up to and without `end`, never held as an array. */
export function rangeSource(start: number, end: number, step: number, slices: number): RddSource<number, RangePart> {
  const total = Math.max(0, Math.ceil((end - start) / step));
  return {
    partitions: () =>
      Array.from({ length: slices }, (_, i) => {
        const from = Math.floor((i * total) / slices);
        const to = Math.floor(((i + 1) * total) / slices);
        return { start: start + from * step, step, length: to - from };
      }),
    compute: numbersOf,
  };
}

export function numbersOf(part: RangePart): RecordChunks<number> {
  return new (readers().NumberChunks)(part);
}
