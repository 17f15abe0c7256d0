import type { SparkDate } from "../../../src/ui/api.ts";
import { dateTime, epoch, isToday, NONE, timeOfDay } from "../format.ts";

/** A point in time, as the server tells it or in milliseconds since the epoch: of today, the time only. */
export function When({ at }: { readonly at: SparkDate | number | undefined }) {
  const ms = typeof at === "string" ? epoch(at) : at;
  if (ms === undefined || Number.isNaN(ms)) return <>{NONE}</>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={dateTime(ms)}>
      {isToday(ms) ? timeOfDay(ms) : dateTime(ms)}
    </time>
  );
}
