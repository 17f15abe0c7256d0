/** Things for the page to show, without an engine. */
import type { BatchInfo } from "millrace";
import { type Airport, airports } from "../../../demo/airliners/airports.ts";
import { placeOnRoute } from "../../../demo/airliners/geo.ts";
import type { Position } from "../../../demo/airliners/lines.ts";
import { PageModel } from "../../../demo/airliners/page/model.ts";
import type { Health } from "../../../demo/airliners/screen.ts";

export const MORNING = Date.parse("2026-04-14T06:00:00Z");
export const MINUTE = 60_000;

export function newModel(): PageModel {
  return new PageModel({ speed: 60 });
}

/** A plane on its way, so many minutes after six. */
export function position(plane: string, minutes: number, more: Partial<Position> = {}): Position {
  return {
    type: "position",
    time: MORNING + minutes * MINUTE,
    plane,
    lat: 50 + minutes / 10,
    lon: 10,
    from: "FRA",
    to: "OSL",
    departs: MORNING - 30 * MINUTE,
    ...more,
  };
}

/** Planes all over the world, each somewhere on a route, all a step further in each step. */
export function manyPositions(count: number, step: number): Position[] {
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [airportAt(7 * index), airportAt(11 * index + 17)];
    const fraction = ((index * 0.618 + step * 0.0005) % 0.98) + 0.01;
    const time = MORNING + step * 30_000;
    const route = { from: from.code, to: to.code, departs: MORNING - 60 * MINUTE };
    return { type: "position", time, plane: `MR${index}`, ...placeOnRoute(from, to, fraction), ...route };
  });
}

function airportAt(index: number): Airport {
  // Routes have two ends: 7 i and 11 i + 17 meet where 4 i + 17 is a multiple of the number of airports, an even one.
  return airports[index % airports.length]!;
}

export function healthAt(minutes: number, more: Partial<Health> = {}): Health {
  return {
    feedTime: MORNING + minutes * MINUTE,
    lines: 1_000 * minutes,
    badLines: 0,
    lastBad: undefined,
    intervalMs: 500,
    batch: {
      batchTime: { milliseconds: 1_000_000 + minutes * 1_000 },
      schedulingDelay: 1,
      processingDelay: 20,
    } as BatchInfo,
    ...more,
  };
}
