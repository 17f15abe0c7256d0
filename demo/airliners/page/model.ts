/**
 * What the page shows, kept where the program runs. Each thing has the number of the change that last touched it, so what
 * a page lacks follows from the number of the last change that it was told of: nothing is queued for a page, however slow,
 * and one that comes back asks from 0. Everything here has a bound.
 */
import { airports } from "../airports.ts";
import type { Position, Weather } from "../lines.ts";
import type { Alert, Health, Screen } from "../screen.ts";
import type {
  AirportRow,
  AlertRow,
  BatchRow,
  Changes,
  FeedNews,
  HealthNews,
  PlaneRow,
  ProgramNews,
  TrailPoint,
} from "./messages.ts";

interface Versioned<T> {
  value: T;
  version: number;
}

interface Plane extends Versioned<Position> {
  /** The change that brought it, or that began its present flight: a page that has not seen that lacks the trail. */
  since: number;
  /** The windows that have passed without it. */
  silent: number;
  readonly trail: TrailPoint[];
  /** The feed time of the trail's last point. */
  trailTime: number;
}

const MINUTE = 60_000;
/** A flight's trail has a point every so often, and so many at most: the last forty minutes. */
const TRAIL_EVERY_MS = MINUTE;
const TRAIL_POINTS = 40;
/** A plane that this many windows have passed without, ten feed minutes, is taken off the map. */
const SILENT_WINDOWS = 20;
const KEPT_ALERTS = 200;
const KEPT_BATCHES = 120;
const KEPT_GONE = 10_000;

export class PageModel implements Screen {
  #version = 1;
  readonly #listeners = new Set<() => void>();
  readonly #program: Versioned<ProgramNews>[];
  readonly #planes = new Map<string, Plane>();
  readonly #gone: Versioned<string>[] = [];
  readonly #airports = new Map<string, Versioned<AirportRow>>();
  #alerts: Versioned<AlertRow>[] = [];
  #alertsSoFar = 0;
  readonly #batches: Versioned<BatchRow>[] = [];
  /** One each, once there is one. */
  readonly #health: Versioned<HealthNews>[] = [];
  readonly #feed: Versioned<FeedNews>[] = [];
  #stopped = false;

  constructor({ speed }: { readonly speed: number }) {
    this.#program = [{ value: { speed, uiUrl: undefined }, version: this.#version }];
    for (const { code, name, lat, lon } of airports)
      this.#airports.set(code, { value: { code, name, lat, lon }, version: this.#version });
  }

  /** The number of the last change. */
  get version(): number {
    return this.#version;
  }

  /** Calls `listener` at each change, until what this returns is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All that has changed after the change `version`; 0 for everything. */
  changesSince(version: number): Changes {
    const whole = version === 0;
    const planes = [...this.#planes.values()].filter((plane) => plane.version > version);
    return {
      whole,
      program: newer(this.#program, version)[0],
      planes: planes.map((plane) => planeRow(plane, version)),
      gone: whole ? [] : newer(this.#gone, version),
      airports: newer(this.#airports.values(), version),
      alerts: newer(this.#alerts, version),
      batches: newer(this.#batches, version),
      health: newer(this.#health, version)[0],
      feed: newer(this.#feed, version)[0],
      stopped: this.#stopped,
    };
  }

  // ---- what the program shows

  planes(positions: readonly Position[]): void {
    const version = this.#next();
    for (const position of positions) this.#place(position, version);
    if (positions.length === 0) return; // the feed pauses; no plane is more silent than the others
    const heard = new Set(positions.map(({ plane }) => plane));
    for (const [name, plane] of this.#planes) {
      plane.silent = heard.has(name) ? 0 : plane.silent + 1;
      if (plane.silent < SILENT_WINDOWS) continue;
      this.#planes.delete(name);
      this.#gone.push({ value: name, version });
    }
    if (this.#gone.length > KEPT_GONE) this.#gone.splice(0, this.#gone.length - KEPT_GONE);
  }

  weather(reports: readonly Weather[]): void {
    const version = this.#next();
    for (const { airport: code, type: _, ...weather } of reports.toSorted((a, b) => a.time - b.time)) {
      const airport = this.#airports.get(code);
      if (airport !== undefined) Object.assign(airport, { value: { ...airport.value, weather }, version });
    }
  }

  alert(alert: Alert): void {
    if (alert.holds) this.#begin(alert);
    else this.#end(alert);
  }

  health({ batch, feedTime, intervalMs, lines, badLines, lastBad }: Health): void {
    const version = this.#next();
    this.#batches.push({
      value: {
        realTime: batch.batchTime.milliseconds,
        lines: lines - (this.#health[0]?.value.lines ?? 0),
        schedulingMs: batch.schedulingDelay ?? 0,
        processingMs: batch.processingDelay ?? 0,
      },
      version,
    });
    if (this.#batches.length > KEPT_BATCHES) this.#batches.shift();
    const bad = lastBad === undefined ? undefined : `${lastBad.reason}: ${lastBad.text}`;
    this.#health[0] = { value: { feedTime, intervalMs, lines, badLines, lastBad: bad }, version };
  }

  note(text: string, connected?: boolean): void {
    this.#feed[0] = { value: { text, connected }, version: this.#next() };
  }

  /** Where the general live page is. */
  uiUrl(uiUrl: string): void {
    const { speed } = this.#program[0]!.value;
    this.#program[0] = { value: { speed, uiUrl }, version: this.#next() };
  }

  /** Nothing comes after this. */
  stop(): void {
    this.#stopped = true;
    this.#next();
  }

  // ----

  #next(): number {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
    return this.#version;
  }

  #begin({ kind, subject, time, text }: Alert): void {
    const value = { id: ++this.#alertsSoFar, kind, subject, at: this.#placeOf(kind, subject), text, begins: time };
    this.#alerts.push({ value, version: this.#next() });
    if (this.#alerts.length <= KEPT_ALERTS) return;
    // The oldest that has ended goes first; how many are open is for the rules to bound, not for the page.
    const ended = this.#alerts.findIndex((alert) => alert.value.ends !== undefined);
    if (ended !== -1) this.#alerts.splice(ended, 1);
  }

  #end({ kind, subject, time }: Alert): void {
    const alert = this.#alerts.findLast(({ value }) => value.kind === kind && value.subject === subject);
    if (alert === undefined || alert.value.ends !== undefined) return;
    alert.value = { ...alert.value, ends: time };
    alert.version = this.#next();
  }

  #place(position: Position, version: number): void {
    const known = this.#planes.get(position.plane);
    const { time, lat, lon } = position;
    if (known === undefined) {
      const trail = [trailPoint(position)];
      this.#planes.set(position.plane, { value: position, version, since: version, silent: 0, trail, trailTime: time });
      return;
    }
    const before = known.value;
    // A feed that begins anew goes back in time.
    if (time === before.time) return;
    const sameFlight = before.to === position.to && before.departs === position.departs;
    known.value = position;
    if (sameFlight && before.lat === lat && before.lon === lon) return; // at the gate there is nothing to tell
    known.version = version;
    if (!sameFlight) {
      known.since = version;
      known.trail.length = 0;
    } else if (Math.abs(time - known.trailTime) < TRAIL_EVERY_MS) return;
    known.trail.push(trailPoint(position));
    known.trailTime = time;
    if (known.trail.length > TRAIL_POINTS) known.trail.shift();
  }

  /** Of an alert about a part only the subject is known, which begins with the plane's name. */
  #placeOf(kind: Alert["kind"], subject: string): string {
    if (kind !== "part") return subject;
    for (let end = subject.length; end > 0; end = subject.lastIndexOf(" ", end - 1))
      if (this.#planes.has(subject.slice(0, end))) return subject.slice(0, end);
    return subject.split(" ", 1)[0]!;
  }
}

/** Those that have changed after the change `version`. */
function newer<T>(things: Iterable<Versioned<T>>, version: number): T[] {
  return Array.from(things).flatMap((thing) => (thing.version > version ? [thing.value] : []));
}

function planeRow({ value, since, trail }: Plane, version: number): PlaneRow {
  const { plane, time, lat, lon, from, to, departs } = value;
  const row = [plane, time, lat, lon, from, to, departs] as const;
  return since > version ? [...row, trail] : row;
}

function trailPoint({ lat, lon }: Position): TrailPoint {
  return [Math.round(lat * 100) / 100, Math.round(lon * 100) / 100];
}
