import type { TaskData } from "../../../src/ui/api.ts";
import { type Column, DataTable } from "../components/data-table.tsx";
import { Section } from "../components/section.tsx";
import { bytes, count, duration } from "../format.ts";

/** Spark's: the least, the quartiles and the most. */
const QUANTILES = [
  { at: 0, title: "Least" },
  { at: 0.25, title: "25th percentile" },
  { at: 0.5, title: "Median" },
  { at: 0.75, title: "75th percentile" },
  { at: 1, title: "Most" },
];

interface Metric {
  readonly name: string;
  readonly of: (task: TaskData) => number | undefined;
  readonly format: (value: number) => string;
}

const METRICS: readonly Metric[] = [
  { name: "Duration", of: (task) => task.duration, format: duration },
  { name: "Scheduler delay", of: ({ schedulerDelay }) => schedulerDelay, format: duration },
  { name: "Input", of: ({ taskMetrics }) => taskMetrics?.inputMetrics.bytesRead, format: bytes },
  { name: "Input records", of: ({ taskMetrics }) => taskMetrics?.inputMetrics.recordsRead, format: count },
  { name: "Output", of: ({ taskMetrics }) => taskMetrics?.outputMetrics.bytesWritten, format: bytes },
  { name: "Output records", of: ({ taskMetrics }) => taskMetrics?.outputMetrics.recordsWritten, format: count },
  { name: "Shuffle read", of: ({ taskMetrics }) => taskMetrics?.shuffleReadMetrics.bytesRead, format: bytes },
  { name: "Shuffle read records", of: ({ taskMetrics }) => taskMetrics?.shuffleReadMetrics.recordsRead, format: count },
  { name: "Shuffle write", of: ({ taskMetrics }) => taskMetrics?.shuffleWriteMetrics.bytesWritten, format: bytes },
  {
    name: "Shuffle write records",
    of: ({ taskMetrics }) => taskMetrics?.shuffleWriteMetrics.recordsWritten,
    format: count,
  },
];

interface Row {
  readonly name: string;
  readonly cells: readonly string[];
}

const COLUMNS: readonly Column<Row>[] = [
  { id: "metric", title: "Metric", cell: ({ name }) => name },
  ...QUANTILES.map(
    ({ title }, i): Column<Row> => ({ id: title, title, numeric: true, cell: ({ cells }) => cells[i] ?? "–" }),
  ),
];

/** How the figures of the tasks that succeeded are spread. */
export function TaskSummary({ tasks }: { readonly tasks: readonly TaskData[] }) {
  const succeeded = tasks.filter(({ status }) => status === "SUCCESS");
  const rows = METRICS.flatMap(({ name, of, format }) => {
    const values = succeeded.flatMap((task) => of(task) ?? []).sort((a, b) => a - b);
    if (values.length === 0 || values.at(-1) === 0) return [];
    return [{ name, cells: QUANTILES.map(({ at }) => format(quantile(values, at))) }];
  });
  return (
    <Section id="summary" title="Summary of tasks" note={`${count(succeeded.length)} succeeded`}>
      <DataTable
        id="task-summary"
        labelledBy="summary-title"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ name }) => name}
        empty="No task has succeeded yet."
      />
    </Section>
  );
}

/** As Spark takes it: the value at the place, with none made up in between. */
function quantile(sorted: readonly number[], at: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))]!;
}
