import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { Histogram } from "../components/histogram.tsx";
import { Timeline } from "../components/timeline.tsx";
import { duration, rate, timeOfDay } from "../format.ts";
import { store } from "../live/store.ts";
import { go, href } from "../router.ts";
import { type BatchSeries, type Series, seriesOf } from "./batch-series.ts";
import { SeriesTable } from "./series-table.tsx";

const perSecond = (value: number) => `${rate(value)}/s`;

/** Timelines and histograms over the batches, the input rate first as a whole and then, on demand, by source. */
export function StreamingCharts({ batchDuration }: { readonly batchDuration: number }) {
  const pointedAt = useSignal<number | undefined>(undefined);
  const bySource = useSignal(false);
  const asTable = useSignal(false);
  const batches = store.batches.list.value ?? [];
  const sources = store.receivers.value;
  const names = JSON.stringify(sources.map(({ streamId, streamName }) => [streamId, streamName]));
  // The names stand for the sources, which are new objects each time
  const series = useMemo(
    () =>
      seriesOf(
        batches,
        sources.map(({ streamId }) => streamId),
      ),
    [batches, names],
  );
  const row = { times: series.times, pointedAt };
  return (
    <section class="charts" aria-labelledby="charts-title">
      <h2 id="charts-title" class="sr-only">
        Timelines and histograms
      </h2>
      <ChartRow {...row} title="Input rate" series={series.inputRate} format={perSecond}>
        {sources.length > 0 && (
          <button
            type="button"
            class="quiet"
            aria-expanded={bySource.value}
            onClick={() => {
              bySource.value = !bySource.value;
            }}
          >
            By source ({sources.length})
          </button>
        )}
      </ChartRow>
      {bySource.value &&
        sources.map(({ streamId, streamName, avgEventRate }) => {
          const one = series.rates.get(streamId)!;
          return (
            <ChartRow
              {...row}
              key={streamId}
              title={streamName}
              inner
              series={{ ...one, average: avgEventRate ?? one.average }}
              top={series.inputRate.most}
              format={perSecond}
            />
          );
        })}
      <ChartRow {...row} title="Scheduling delay" series={series.schedulingDelay} format={duration} />
      <ChartRow {...row} title="Processing time" series={series.processingTime} format={duration} limit={batchDuration}>
        <span class="limit-key">batch interval {duration(batchDuration)}</span>
      </ChartRow>
      <ChartRow {...row} title="Total delay" series={series.totalDelay} format={duration} />
      <details
        class="as-table"
        onToggle={({ currentTarget }) => {
          asTable.value = currentTarget.open;
        }}
      >
        <summary>The timelines as a table</summary>
        {asTable.value && <SeriesTable series={series} names={names} />}
      </details>
    </section>
  );
}

interface ChartRowProps {
  readonly title: string;
  readonly series: Series;
  readonly times: BatchSeries["times"];
  readonly format: (value: number) => string;
  readonly pointedAt: Signal<number | undefined>;
  readonly limit?: number;
  /** Where the axis ends at least. */
  readonly top?: number;
  /** Whether it is a part of the row before. */
  readonly inner?: boolean;
  readonly children?: ComponentChildren;
}

/** An axis that ends a bit above all that it shows, and shows something where all is 0. */
const ROOM = 1.1;

function ChartRow({
  title,
  series,
  times,
  format,
  pointedAt,
  limit,
  top: atLeast = 0,
  inner,
  children,
}: ChartRowProps) {
  const { values, average, most } = series;
  const top = ROOM * Math.max(most, limit ?? 0, atLeast) || 1;
  const known = average === undefined ? "nothing yet" : `average ${format(average)}, most ${format(most)}`;
  return (
    <div class={inner ? "chart-row chart-row-inner" : "chart-row"}>
      <div class="chart-head">
        <h3>{title}</h3>
        <span class="chart-average">
          <span class="figure">{average === undefined ? "–" : format(average)}</span> <span class="note">average</span>
        </span>
        <PointedAt times={times} values={values} format={format} at={pointedAt} />
        {children}
      </div>
      <Timeline
        summary={`${title} of the last ${times.length} batches: ${known}. Also as a table below.`}
        times={times}
        values={values}
        top={top}
        format={format}
        pointedAt={pointedAt}
        onPick={(index) => {
          const id = times[index];
          if (id !== undefined) go(href("streaming/batch", { id }));
        }}
        {...(limit === undefined ? {} : { limit })}
      />
      <Histogram values={values} top={top} format={format} />
    </div>
  );
}

type PointedAtProps = Pick<ChartRowProps, "times" | "format"> & {
  readonly values: Series["values"];
  readonly at: Signal<number | undefined>;
};

/** The figure of the batch under the pointer; drawn alone when the pointer moves. */
function PointedAt({ times, values, format, at }: PointedAtProps) {
  const index = at.value;
  const time = index === undefined ? undefined : times[index];
  const value = index === undefined ? undefined : values[index];
  return (
    <span class="pointed-at" aria-hidden="true">
      {time !== undefined && `${timeOfDay(time)}  ${value == null ? "–" : format(value)}`}
    </span>
  );
}
