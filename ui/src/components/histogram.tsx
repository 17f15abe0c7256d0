import { count } from "../format.ts";

interface HistogramProps {
  readonly values: readonly (number | null)[];
  /** Where the axis of values ends, as that of the timeline beside it. */
  readonly top: number;
  readonly format: (value: number) => string;
}

const BINS = 10;
const WIDTH = 150;
const HEIGHT = 82;

/** How many batches had about which value, lying beside the timeline and on its scale. */
export function Histogram({ values, top, format }: HistogramProps) {
  const bins = binned(values, top);
  const most = Math.max(1, ...bins);
  const step = HEIGHT / BINS;
  return (
    <svg
      class="histogram"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {bins.map((batches, i) => (
        <rect
          key={i}
          x={0}
          y={HEIGHT - (i + 1) * step + 0.5}
          width={batches === 0 ? 0 : Math.max(1.5, (batches / most) * WIDTH)}
          height={step - 1}
        >
          <title>{`${count(batches)} batches: ${format((i * top) / BINS)} to ${format(((i + 1) * top) / BINS)}`}</title>
        </rect>
      ))}
    </svg>
  );
}

function binned(values: readonly (number | null)[], top: number): number[] {
  const bins = new Array<number>(BINS).fill(0);
  for (const value of values) {
    if (value === null) continue;
    const bin = Math.min(BINS - 1, Math.floor((value / top) * BINS));
    bins[Math.max(0, bin)]!++;
  }
  return bins;
}
