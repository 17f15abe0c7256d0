import { duration } from "../../../../../ui/src/format.ts";
import type { BatchRow } from "../../messages.ts";

const WIDTH = 240;
const HEIGHT = 44;
const SHOWN = 120;
const LEAST_MS = 0.5;

/**
 * The time of each batch, the newest on the right, against the interval. The scale is logarithmic: a batch may take a
 * hundredth of the interval, and the interval is what must not be reached.
 */
export function BatchTimes({
  batches,
  intervalMs,
}: {
  readonly batches: readonly BatchRow[];
  readonly intervalMs: number;
}) {
  if (intervalMs === 0 || batches.length === 0) return <div class="batch-times" />;
  const most = Math.max(intervalMs * 2, ...batches.map(({ processingMs }) => processingMs));
  const height = (ms: number) => (HEIGHT * Math.log(Math.max(1, ms / LEAST_MS))) / Math.log(most / LEAST_MS);
  const limit = HEIGHT - height(intervalMs);
  const step = WIDTH / SHOWN;
  const mean = batches.reduce((sum, { processingMs }) => sum + processingMs, 0) / batches.length;
  return (
    <svg
      class="batch-times"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`The last ${batches.length} batches took ${duration(mean)} in the mean; the interval is ${duration(intervalMs)}`}
    >
      {batches.map(({ realTime, processingMs }, index) => {
        const high = Math.max(1, height(processingMs));
        const x = WIDTH - (batches.length - index) * step;
        return (
          <rect
            key={realTime}
            class={processingMs > intervalMs ? "over" : ""}
            x={x}
            y={HEIGHT - high}
            width={step * 0.75}
            height={high}
          />
        );
      })}
      <line x1={0} x2={WIDTH} y1={limit} y2={limit} />
    </svg>
  );
}
