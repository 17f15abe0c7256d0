import { type Signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { repaint } from "../theme.ts";

export interface TimelineProps {
  /** What it shows, with its latest figures, for who cannot see it. */
  readonly summary: string;
  /** Batch times in milliseconds since the epoch, rising, and a value for each; null where there is none yet. */
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
  /** Where the axis of values ends. */
  readonly top: number;
  readonly format: (value: number) => string;
  /** A value to draw a line at, as the batch interval. */
  readonly limit?: number;
  /** The place of the batch that is pointed at, for all timelines of a page. */
  readonly pointedAt: Signal<number | undefined>;
  readonly onPick: (index: number) => void;
}

const HEIGHT = 112;
const AXIS_FONT = '11px "Inter", system-ui, sans-serif';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** What times at the axis may be apart: whole seconds, as they are written. */
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR),
];
/** Timelines with the same key show one cursor. */
const TOGETHER = "batches";

/** A line over the batches. A click picks the nearest batch. */
export function Timeline(props: TimelineProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  // The chart outlives what it was made with; it looks here for what it shows now.
  const current = useRef(props);
  current.current = props;

  useEffect(() => {
    const element = place.current!;
    const chart = new uPlot(optionsFor(element, current), dataOf(current.current), element);
    plot.current = chart;
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => plot.current?.setData(dataOf(props)), [props.times, props.values, props.top]);
  useSignalEffect(() => {
    if (repaint.value > 0) plot.current?.redraw(false, true);
  });

  return <div ref={place} class="timeline" role="img" aria-label={props.summary} />;
}

function dataOf({ times, values }: TimelineProps): uPlot.AlignedData {
  return [times as number[], values as (number | null)[]];
}

function optionsFor(element: HTMLElement, current: { readonly current: TimelineProps }): uPlot.Options {
  const ink = (name: string) => () => getComputedStyle(element).getPropertyValue(name);
  const axis = { stroke: ink("--muted"), font: AXIS_FONT, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    ms: 1,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 }, sync: { key: TOGETHER, setSeries: false } },
    scales: { x: { time: true }, y: { range: () => [0, current.current.top] } },
    axes: [
      { ...axis, grid: { show: false }, size: 22, gap: 4, incrs: TIME_STEPS, values: timeTicks },
      {
        ...axis,
        grid: { stroke: ink("--line"), width: 1 },
        size: 62,
        gap: 6,
        space: 22,
        values: (_, ticks) => ticks.map((tick) => current.current.format(tick)),
      },
    ],
    series: [
      {},
      {
        stroke: ink("--chart"),
        width: 1.5,
        fill: (chart) => washOf(chart, ink("--chart")()),
        points: { show: (chart) => chart.data[0].length < 2, size: 5 },
      },
    ],
    hooks: {
      draw: [(chart) => drawLimit(chart, current.current.limit, ink("--limit"))],
      setCursor: [
        ({ cursor }) => {
          current.current.pointedAt.value = cursor.idx ?? undefined;
        },
      ],
      ready: [
        (chart) =>
          chart.over.addEventListener("click", () => {
            if (chart.cursor.idx != null) current.current.onPick(chart.cursor.idx);
          }),
      ],
    },
  };
}

const tickTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

function timeTicks(_: uPlot, ticks: readonly number[]): string[] {
  return ticks.map((tick) => tickTime.format(tick));
}

/** The colour below the line, fading to nothing. */
function washOf(chart: uPlot, colour: string): CanvasGradient | string {
  const { top, height } = chart.bbox;
  if (!Number.isFinite(top + height)) return "transparent";
  const wash = chart.ctx.createLinearGradient(0, top, 0, top + height);
  wash.addColorStop(0, withAlpha(colour, 0.28));
  wash.addColorStop(1, withAlpha(colour, 0.04));
  return wash;
}

/** Of a computed colour, `rgb(1, 2, 3)`. */
function withAlpha(colour: string, alpha: number): string {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}

function drawLimit(chart: uPlot, limit: number | undefined, colour: () => string): void {
  if (limit === undefined) return;
  const { ctx, bbox } = chart;
  const y = Math.round(chart.valToPos(limit, "y", true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = colour();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
