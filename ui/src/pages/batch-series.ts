/** The batches as series of figures, which timelines, histograms and their table show. */
import type { BatchInfo } from "../../../src/ui/api.ts";

export interface Series {
  readonly values: readonly (number | null)[];
  /** Over the batches that have the figure. */
  readonly average: number | undefined;
  readonly most: number;
}

export interface BatchSeries {
  /** Rising; each series has a value, or null, for each. */
  readonly times: readonly number[];
  /** Records a second. */
  readonly inputRate: Series;
  /** By stream. */
  readonly rates: ReadonlyMap<number, Series>;
  /** These are in milliseconds. */
  readonly schedulingDelay: Series;
  readonly processingTime: Series;
  readonly totalDelay: Series;
}

export function seriesOf(batches: readonly BatchInfo[], streams: readonly number[]): BatchSeries {
  return {
    times: batches.map(({ batchId }) => batchId),
    inputRate: series(batches, ({ inputSize, batchDuration }) => (1000 * inputSize) / batchDuration),
    rates: new Map(streams.map((id) => [id, series(batches, (batch) => rateOf(batch, id))])),
    schedulingDelay: series(batches, ({ schedulingDelay }) => schedulingDelay),
    processingTime: series(batches, ({ processingTime }) => processingTime),
    totalDelay: series(batches, ({ totalDelay }) => totalDelay),
  };
}

function rateOf({ inputSizes, batchDuration }: BatchInfo, stream: number): number {
  const records = inputSizes.find(([id]) => id === stream)?.[1] ?? 0;
  return (1000 * records) / batchDuration;
}

function series(batches: readonly BatchInfo[], of: (batch: BatchInfo) => number | undefined): Series {
  const values = batches.map((batch) => of(batch) ?? null);
  let [sum, known, most] = [0, 0, 0];
  for (const value of values) {
    if (value === null) continue;
    sum += value;
    known++;
    if (value > most) most = value;
  }
  return { values, average: known === 0 ? undefined : sum / known, most };
}
