import { useMemo } from "preact/hooks";
import { type Column, DataTable, figureColumn } from "../components/data-table.tsx";
import { duration, rate } from "../format.ts";
import { BatchLink } from "./batch-link.tsx";
import type { BatchSeries, Series } from "./batch-series.ts";

interface SeriesTableProps {
  readonly series: BatchSeries;
  /** The id and the name of each source, as JSON: equal ones are no change. */
  readonly names: string;
}

interface Row {
  readonly time: number;
  readonly index: number;
  readonly series: BatchSeries;
}

/** All that the timelines show, as text. */
export function SeriesTable({ series, names }: SeriesTableProps) {
  const columns = useMemo(() => columnsFor(names), [names]);
  const rows = useMemo(() => series.times.map((time, index): Row => ({ time, index, series })), [series]);
  return (
    <>
      <h3 id="series-title" class="sr-only">
        The timelines as a table
      </h3>
      <DataTable
        id="series"
        labelledBy="series-title"
        columns={columns}
        rows={rows}
        keyOf={({ time }) => time}
        newestBy="time"
        empty="No batch has come yet."
      />
    </>
  );
}

function columnsFor(names: string): Column<Row>[] {
  const perSecond = (value: number | undefined) => (value === undefined ? "–" : `${rate(value)}/s`);
  const figure = (
    id: string,
    title: string,
    of: (series: BatchSeries) => Series | undefined,
    format: (value: number | undefined) => string,
  ): Column<Row> => {
    const value = ({ series, index }: Row) => of(series)?.values[index] ?? undefined;
    return figureColumn(id, title, value, format);
  };
  const sources = JSON.parse(names) as [id: number, name: string][];
  return [
    { id: "time", title: "Batch", sortBy: ({ time }) => time, cell: ({ time }) => <BatchLink id={time} /> },
    figure("rate", "Input rate", ({ inputRate }) => inputRate, perSecond),
    ...sources.map(([id, name]) => figure(`rate-${id}`, name, ({ rates }) => rates.get(id), perSecond)),
    figure("scheduling", "Scheduling delay", ({ schedulingDelay }) => schedulingDelay, duration),
    figure("processing", "Processing time", ({ processingTime }) => processingTime, duration),
    figure("total", "Total delay", ({ totalDelay }) => totalDelay, duration),
  ];
}
