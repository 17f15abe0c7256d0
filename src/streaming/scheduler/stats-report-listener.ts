import { MillraceError } from "../../errors.ts";
import type { TextSink } from "../text-sink.ts";
import type { BatchInfo, StreamingListener } from "./streaming-listener.ts";

/** The parts of a distribution that are shown, as in Spark. */
const QUANTILES = [0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1];

/** What some delays are like, in milliseconds. */
export interface DelayDistribution {
  readonly count: number;
  readonly mean: number;
  /** Of the delays as a whole, as Spark has it, not of a sample. */
  readonly stdev: number;
  readonly min: number;
  readonly max: number;
  /** The delays at 0 %, 5 %, 10 %, 25 %, 50 %, 75 %, 90 %, 95 % and 100 % of them. */
  readonly quantiles: readonly number[];
}

/**
 * Writes, after each batch, how the total delays and the processing times of the last batches are distributed
 * (Spark's listener of this name).
 *
 * @example
 * ```ts
 * import { StatsReportListener, StreamingContext } from "millrace";
 *
 * const ssc = new StreamingContext({ master: "local", batchDuration: "10 ms" });
 * ssc.queueStream([ssc.sparkContext.range(0, 100)]).foreachRDD((rdd) => rdd.count());
 * ssc.addStreamingListener(new StatsReportListener(100));
 * await ssc.start();
 * await ssc.awaitTerminationOrTimeout("50 ms");
 * await ssc.stop();
 * // Total delay: (count: 1, mean: 3.100000, stdev: 0.000000, max: 3.100000, min: 3.100000)
 * // 	0%	5%	10%	25%	50%	75%	90%	95%	100%
 * // 	3.1 ms	3.1 ms	3.1 ms	3.1 ms	3.1 ms	3.1 ms	3.1 ms	3.1 ms	3.1 ms
 * // Processing time: ...
 * ```
 */
export class StatsReportListener implements StreamingListener {
  readonly #numBatchInfos: number;
  readonly #console: Pick<TextSink, "log">;
  readonly #batches: BatchInfo[] = [];

  /**
   * @param numBatchInfos how many of the last batches count
   * @param settings where to write; the global `console` by default
   */
  constructor(numBatchInfos = 10, { console: sink = console }: { readonly console?: Pick<TextSink, "log"> } = {}) {
    if (!Number.isSafeInteger(numBatchInfos) || numBatchInfos < 1) {
      throw new MillraceError("INVALID_ARGUMENT", `StatsReportListener cannot look at ${numBatchInfos} batches`, {
        remedy: "Give it a whole number of batches, 1 or more.",
      });
    }
    this.#numBatchInfos = numBatchInfos;
    this.#console = sink;
  }

  /** From submission to the end of the last output; undefined before the first batch has ended. */
  get totalDelay(): DelayDistribution | undefined {
    return distribution(this.#batches.map((batch) => batch.totalDelay));
  }

  /** From the start of the first output to the end of the last. */
  get processingTime(): DelayDistribution | undefined {
    return distribution(this.#batches.map((batch) => batch.processingDelay));
  }

  onBatchCompleted({ batchInfo }: { readonly batchInfo: BatchInfo }): void {
    this.#batches.push(batchInfo);
    if (this.#batches.length > this.#numBatchInfos) this.#batches.shift();
    this.#report("Total delay: ", this.totalDelay);
    this.#report("Processing time: ", this.processingTime);
  }

  #report(heading: string, delays: DelayDistribution | undefined): void {
    if (delays === undefined) return;
    const { count, mean, stdev, max, min, quantiles } = delays;
    const [m, s, largest, smallest] = [mean, stdev, max, min].map((value) => value.toFixed(6));
    this.#console.log(
      [
        `${heading}(count: ${count}, mean: ${m}, stdev: ${s}, max: ${largest}, min: ${smallest})`,
        `\t${QUANTILES.map((quantile) => `${quantile * 100}%`).join("\t")}`,
        `\t${quantiles.map(inWords).join("\t")}`,
      ].join("\n"),
    );
  }
}

function distribution(delays: readonly (number | undefined)[]): DelayDistribution | undefined {
  const sorted = delays.filter((delay) => delay !== undefined).sort((a, b) => a - b);
  const count = sorted.length;
  if (count === 0) return undefined;
  const mean = sorted.reduce((sum, delay) => sum + delay, 0) / count;
  const variance = sorted.reduce((sum, delay) => sum + (delay - mean) ** 2, 0) / count;
  return {
    count,
    mean,
    stdev: Math.sqrt(variance),
    min: sorted[0]!,
    max: sorted[count - 1]!,
    quantiles: QUANTILES.map((quantile) => sorted[Math.min(Math.floor(quantile * count), count - 1)]!),
  };
}

/** As Spark writes a delay: in the unit that it fills. */
function inWords(ms: number): string {
  if (ms >= 7_200_000) return `${(ms / 3_600_000).toFixed(1)} h`;
  if (ms >= 120_000) return `${(ms / 60_000).toFixed(1)} min`;
  if (ms >= 2_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Number(ms.toFixed(1))} ms`;
}
