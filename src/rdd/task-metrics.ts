/** What a task has read and written. Bytes are of encoded records or of text, as it lies in blocks or, unpacked, in files: records that go to another task of the same thread as they are have none. */
export interface TaskMetrics {
  /** Read from sources and from persisted partitions. */
  readonly inputRecords: number;
  readonly inputBytes: number;
  readonly shuffleReadRecords: number;
  readonly shuffleReadBytes: number;
  readonly shuffleWriteRecords: number;
  readonly shuffleWriteBytes: number;
  /** Written to files. */
  readonly outputRecords: number;
  readonly outputBytes: number;
  /** Sent to the driver. */
  readonly resultBytes: number;
}

/** Counts it while the task runs: by chunks and blocks, never by records. */
export class TaskMeter implements TaskMetrics {
  inputRecords = 0;
  inputBytes = 0;
  shuffleReadRecords = 0;
  shuffleReadBytes = 0;
  shuffleWriteRecords = 0;
  shuffleWriteBytes = 0;
  outputRecords = 0;
  outputBytes = 0;
  resultBytes = 0;
}

/** The same as it crosses threads with every task, where names would take longer than what they name: in the order of the names. */
export type MetricsList = readonly number[];

const NAMES = Object.keys(new TaskMeter()) as (keyof TaskMetrics)[];

export function metricsList(metrics: TaskMetrics): MetricsList {
  return NAMES.map((name) => metrics[name]);
}

export function metricsOf(list: MetricsList): TaskMetrics {
  const metrics = new TaskMeter();
  for (const [i, name] of NAMES.entries()) metrics[name] = list[i]!;
  return metrics;
}
