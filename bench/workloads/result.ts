/** What one workload measured, as `run.py` reads it; the times are microseconds since the epoch. */
export interface Result {
  readonly records: number;
  /** Missing where run.py knows when the first data was there. */
  readonly start_us?: number;
  readonly end_us: number;
  readonly check: string;
  readonly [figure: string]: unknown;
}

/** Says that the workload wants its input, the files of W3. */
export function sayReady(): void {
  console.log("READY");
}

export function nowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

export function quantile(values: readonly number[], q: number): number {
  return quantiles(values, [q])[0]!;
}

/** As `Common.quantile` of the JVM peers; NaN of nothing. */
export function quantiles(values: readonly number[], qs: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return qs.map((q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN);
}

/** A delay rounded to 10 us. */
export function millis(delay: number | undefined): number {
  return Math.round((delay ?? Number.NaN) * 100) / 100;
}
