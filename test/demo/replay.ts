/**
 * The demo's program without an engine, a clock or a network: the same rules over arrays, window by window. It says
 * what the running program must find.
 */
import { type Airport, airports } from "../../demo/airliners/airports.ts";
import { FEED_START, Feed, TICK_MS } from "../../demo/airliners/feed.ts";
import { type Line, type Position, parseLine } from "../../demo/airliners/lines.ts";
import {
  add,
  airportReports,
  judgeAirport,
  judgePart,
  judgeRoute,
  type Readings,
  readings,
} from "../../demo/airliners/program.ts";

import type { Alert } from "../../demo/airliners/screen.ts";

const byCode = new Map(airports.map((airport) => [airport.code, airport]));

export interface Window {
  /** Feed time of the window's end, exclusive. */
  readonly ends: number;
  readonly verdicts: readonly Alert[];
}

const TICKS = 361;
const hours = new Map<number, Line[][]>();

/** The lines of each tick of the first hour, for 200 planes. */
export function hourOfLines(seed: number): Line[][] {
  const feed = new Feed({ seed, planes: 200 });
  const made = hours.get(seed) ?? Array.from({ length: TICKS }, (_, tick) => feed.linesAt(tick).map(parseLine));
  hours.set(seed, made);
  return made;
}

/** Cuts an hour of the feed into batches of half a minute, the first after `firstTicks` ticks, and judges as the program does. */
export function* replay(seed: number, firstTicks: number): Generator<Window> {
  const history: Map<string, Readings>[] = [];
  let before: Line[] = [];
  let batch: Line[] = [];
  for (const [tick, lines] of hourOfLines(seed).entries()) {
    if (tick >= firstTicks && (tick - firstTicks) % 3 === 0) {
      history.push(reduceByKey(batch.flatMap(readings), add));
      if (history.length > 22) history.shift();
      yield { ends: FEED_START + tick * TICK_MS, verdicts: judge([...before, ...batch], history) };
      before = batch;
      batch = [];
    }
    batch.push(...lines);
  }
}

/** The verdicts on the lines of the last minute, which is two batches; `history` has these and the twenty before. */
function judge(lines: readonly Line[], history: readonly Map<string, Readings>[]): Alert[] {
  const parts = [...reduceByKey(lines.flatMap(readings), add)].flatMap(([key, now]) => {
    const all = history.flatMap((batch) => batch.get(key) ?? []).reduce(add);
    return judgePart([key, [now, all]]);
  });

  const reports = Map.groupBy(lines.flatMap(airportReports), ([airport]) => airport);
  const weather = [...reports].flatMap(([code, pairs]) =>
    judgeAirport([code, [pairs.map(([, report]) => report), place(code)]]),
  );

  const positions = new Map<string, Position>();
  for (const line of lines) if (line.type === "position") positions.set(line.plane, line);
  const routes = [...positions.values()].flatMap((position) =>
    judgeRoute([position.to, [[position, place(position.from)], place(position.to)]]),
  );
  return [...parts, ...weather, ...routes];
}

function reduceByKey<V>(pairs: readonly (readonly [string, V])[], merge: (a: V, b: V) => V): Map<string, V> {
  const merged = new Map<string, V>();
  for (const [key, value] of pairs) {
    const before = merged.get(key);
    merged.set(key, before === undefined ? value : merge(before, value));
  }
  return merged;
}

function place(code: string): Airport {
  return byCode.get(code)!;
}
