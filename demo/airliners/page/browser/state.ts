/** What the page knows: the messages of the server, put together. The map reads the fleet; the panels read the signals. */
import { batch, computed, signal } from "@preact/signals";
import type { AirportRow, AlertRow, BatchRow, Changes, FeedNews, HealthNews, ProgramNews } from "../messages.ts";
import { Fleet } from "./fleet.ts";
import { knowPlace } from "./map/projection.ts";

export type Selection = { readonly type: "plane" | "airport"; readonly name: string };
export type Connection = "connecting" | "live" | "lost" | "stopped";

/** As many as the server keeps. */
const KEPT_ALERTS = 200;
const KEPT_BATCHES = 120;

export const fleet = new Fleet();

export const connection = signal<Connection>("connecting");
export const program = signal<ProgramNews | undefined>(undefined);
export const health = signal<HealthNews | undefined>(undefined);
export const feed = signal<FeedNews | undefined>(undefined);
export const batches = signal<readonly BatchRow[]>([]);
/** By code, in the order of the codes. */
export const airports = signal<ReadonlyMap<string, AirportRow>>(new Map());
/** The newest first. */
export const alerts = signal<readonly AlertRow[]>([]);
export const openAlerts = computed(() => alerts.value.filter((alert) => alert.ends === undefined));
export const selection = signal<Selection | undefined>(undefined);
/** Counts the changes of what planes there are, and of their flights. */
export const flights = signal(0);
/** Counts the changes of where planes are. */
export const positions = signal(0);

export function apply(changes: Changes, now: number): void {
  batch(() => {
    if (changes.whole) forget();
    program.value = changes.program ?? program.value;
    health.value = changes.health ?? health.value;
    feed.value = changes.feed ?? feed.value;
    connection.value = changes.stopped ? "stopped" : "live";
    if (changes.batches.length > 0) batches.value = [...batches.value, ...changes.batches].slice(-KEPT_BATCHES);
    if (changes.alerts.length > 0) alerts.value = merged(alerts.value, changes.alerts);
    if (changes.airports.length > 0) learnAirports(changes.airports);
    if (changes.planes.length + changes.gone.length === 0) return;
    if (fleet.update(changes.planes, changes.gone, now)) flights.value++;
    positions.value++;
  });
}

/** Chooses what is shown in detail, or nothing. */
export function select(chosen: Selection | undefined): void {
  selection.value = chosen;
}

/** What an alert, a search or a name in a text points to. */
export function selectionOf(name: string): Selection | undefined {
  if (airports.value.has(name)) return { type: "airport", name };
  return fleet.planes.has(name) ? { type: "plane", name } : undefined;
}

function forget(): void {
  fleet.clear();
  alerts.value = [];
  batches.value = [];
}

function learnAirports(news: readonly AirportRow[]): void {
  const known = new Map(airports.value);
  for (const airport of news) {
    known.set(airport.code, airport);
    knowPlace(airport.code, airport.lon, airport.lat);
  }
  airports.value = known;
}

function merged(known: readonly AlertRow[], news: readonly AlertRow[]): AlertRow[] {
  const byId = new Map(known.map((alert) => [alert.id, alert]));
  for (const alert of news) byId.set(alert.id, alert);
  const newestFirst = [...byId.values()].sort((a, b) => b.id - a.id);
  // What is open stays, however old.
  return newestFirst.filter((alert, index) => index < KEPT_ALERTS || alert.ends === undefined);
}
