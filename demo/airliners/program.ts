/**
 * Airliners, minute to minute: planes and airports watched through one stream of lines. The README beside this file
 * has the format of the lines and the rules. Everything here is ordinary use of millrace's public API.
 */
import { type State, StateSpec, StreamingContext, type Time } from "millrace";
import { type Airport, airports } from "./airports.ts";
import { distanceFromRouteKm } from "./geo.ts";
import { type BadLine, type Line, type Position, parseLine, type Weather } from "./lines.ts";
import { type Alert, clock, type Screen } from "./screen.ts";

const OFF_USUAL_DEGREES = 5;
const USUAL_MINUTES = 10;
const LEAST_USUAL_MINUTES = 5;
const OFF_ROUTE_KM = 20;
const WET_SPREAD_DEGREES = 2;
const MINUTE = 60_000;

export type Readings = { sum: number; count: number; first: number; last: number };
export type Source = { host: string; port: number } | { directory: string };
export type Options = Source & { speed: number; screen: Screen };

export async function runAirliners({ speed, screen, ...from }: Options) {
  // The one place where feed time becomes real time. A window is one feed minute, judged every half minute.
  const halfMinute = Math.max(1, Math.round(MINUTE / 2 / speed));
  const minutes = (n: number) => n * 2 * halfMinute;

  const ssc = new StreamingContext({ master: "local[2]", appName: "airliners", batchDuration: halfMinute });
  const byCode = ssc.sparkContext.parallelize(airports).map((airport) => [airport.code, airport]);
  const texts = "directory" in from ? ssc.textFileStream(from.directory) : ssc.socketTextStream(from.host, from.port);
  const lines = texts.map(parseLine);
  const lastMinute = lines.window(minutes(1), halfMinute);

  const withHistory = lines.flatMap(readings).reduceByKeyAndWindow(add, minutes(1 + USUAL_MINUTES), halfMinute);
  const parts = lastMinute.flatMap(readings).reduceByKey(add).join(withHistory).flatMap(judgePart);

  const weather = lastMinute
    .flatMap(airportReports)
    .groupByKey()
    .transform((reports) => reports.join(byCode))
    .flatMap(judgeAirport);

  const positions = lastMinute
    .filter((line) => line.type === "position")
    .map((position) => [position.plane, position])
    .reduceByKey((a, b) => (a.time > b.time ? a : b));
  const routes = positions
    .map(([, position]) => [position.from, position])
    .transform((positions) => positions.join(byCode))
    .map(([, [position, from]]) => [position.to, [position, from]])
    .transform((positions) => positions.join(byCode))
    .flatMap(judgeRoute);

  const changes = parts
    .union(weather)
    .union(routes)
    .map((verdict) => [`${verdict.kind} ${verdict.subject}`, verdict])
    .mapWithState(StateSpec.function(follow).timeout(minutes(USUAL_MINUTES)));

  const seen = { lines: 0, badLines: 0, lastBad: undefined as BadLine | undefined, feedTime: 0 };
  changes.foreachRDD(async (rdd) => {
    for (const alert of await rdd.collect()) screen.alert(alert);
  });
  positions.foreachRDD(async (rdd) => screen.planes?.(await rdd.values().collect()));
  lines.foreachRDD(async (rdd) => {
    const times = rdd.map((line) => (line.type === "bad" ? 0 : line.time));
    seen.feedTime = (await times.fold(0, (a, b) => Math.max(a, b))) || seen.feedTime;
    seen.lines += await rdd.count();
    const bad = await rdd.filter((line) => line.type === "bad").collect();
    seen.badLines += bad.length;
    seen.lastBad = bad.at(-1) ?? seen.lastBad;
    screen.weather?.(await rdd.filter((line) => line.type === "weather").collect());
  });

  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo: batch }) => screen.health({ ...seen, batch, intervalMs: halfMinute }),
    onReceiverError: ({ receiverInfo }) => screen.note(receiverInfo.lastErrorMessage, receiverInfo.active),
    onReceiverStarted: () => screen.note("connected to the feed", true),
  });
  await ssc.start();
  const { uiWebUrl } = ssc.sparkContext; // the live page of the engine
  return { seen, uiWebUrl, ended: ssc.awaitTermination(), stop: () => ssc.stop() };
}

export function readings(line: Line): [part: string, Readings][] {
  if (line.type !== "temperatures") return [];
  const { plane, time } = line;
  const once = { count: 1, first: time, last: time };
  return Object.entries(line.celsius).map(([part, sum]) => [`${plane} ${part}`, { sum, ...once }]);
}

export function add(a: Readings, b: Readings): Readings {
  const [sum, count] = [a.sum + b.sum, a.count + b.count];
  return { sum, count, first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) };
}

/** A part's mean in the window against its mean in the ten minutes before, once five of them are known. */
export function judgePart([subject, [now, all]]: [string, [Readings, Readings]]): Alert[] {
  if (now.first - all.first < LEAST_USUAL_MINUTES * MINUTE) return [];
  const [mean, usual] = [now.sum / now.count, (all.sum - now.sum) / (all.count - now.count)];
  const text = `${mean.toFixed(1)} °C, usually ${usual.toFixed(1)} °C`;
  const holds = Math.abs(mean - usual) >= OFF_USUAL_DEGREES;
  return [{ kind: "part", subject, time: now.last, text, holds }];
}

/** What concerns an airport: its weather, and the planes at its gates. */
export function airportReports(line: Line): [airport: string, Weather | Position][] {
  if (line.type === "weather") return [[line.airport, line]];
  return line.type === "position" && line.departs > line.time ? [[line.from, line]] : [];
}

/** An airport's latest weather against its limits, and the flights which that concerns. */
export function judgeAirport([subject, [reports, airport]]: [string, [(Weather | Position)[], Airport]]): Alert[] {
  const weather = reports.filter((report) => report.type === "weather").sort((a, b) => b.time - a.time)[0];
  if (weather === undefined) return [];
  const { time, celsius, dewPoint, gusts, visibility, precipitation } = weather;
  const waiting = reports.filter((report) => report.type === "position").filter((p) => p.departs <= time + 60 * MINUTE);
  const flights = new Set(waiting.map((p) => `${p.plane} to ${p.to} at ${clock(p.departs).slice(0, 5)}`));
  const wet = precipitation !== "none" || celsius - dewPoint <= WET_SPREAD_DEGREES;
  const icy = wet && celsius <= airport.deicing;
  const cancel = gusts >= airport.cancelGusts || visibility <= airport.cancelVisibility;
  const delay = !cancel && (gusts >= airport.delayGusts || visibility <= airport.delayVisibility);
  const wind = gusts >= airport.delayGusts ? [`gusts ${gusts} kt`] : [];
  const sight = visibility <= airport.delayVisibility ? [`visibility ${visibility} m`] : [];
  const leaving = flights.size <= 4 ? [...flights].join(", ") || "none" : `${flights.size}`;
  const departures = `${[...wind, ...sight].join(", ")}; departures within the hour: ${leaving}`;
  return [
    { kind: "de-icing", subject, time, text: `${celsius} °C, precipitation: ${precipitation}`, holds: icy },
    { kind: "delay", subject, time, text: departures, holds: delay },
    { kind: "cancel", subject, time, text: departures, holds: cancel },
  ];
}

type PositionOnRoute = [to: string, [[Position, from: Airport], to: Airport]];
export function judgeRoute([, [[position, from], to]]: PositionOnRoute): Alert[] {
  const km = distanceFromRouteKm(position, from, to);
  const text = `${Math.round(km)} km from its route ${from.code} to ${to.code}`;
  return [{ kind: "off plan", subject: position.plane, time: position.time, text, holds: km >= OFF_ROUTE_KM }];
}

/** Tells what begins and what ends. The state of a kind and subject is its open alert, which ends after a long silence, too. */
export function follow(_t: Time, _key: string, now: Alert | undefined, open: State<Alert>): Alert | undefined {
  if (now === undefined) return { ...open.get(), holds: false };
  const wasOpen = open.exists();
  if (now.holds) open.update(now);
  else if (wasOpen) open.remove();
  return now.holds === wasOpen ? undefined : now;
}
