/**
 * What the server tells the page: types only. There is one kind of message, what has changed since the last one; the first
 * one, and the first after a reconnect, has everything. Times are feed time in ms since the epoch unless their name says
 * otherwise.
 */
import type { Alert } from "../screen.ts";

export type Kind = Alert["kind"];

export interface Changes {
  /** The page has nothing yet, or must forget what it has. */
  readonly whole: boolean;
  /** Undefined, like the others that may be, where nothing has changed. */
  readonly program: ProgramNews | undefined;
  readonly planes: readonly PlaneRow[];
  /** Planes that have not been heard of for too long. */
  readonly gone: readonly string[];
  readonly airports: readonly AirportRow[];
  readonly alerts: readonly AlertRow[];
  readonly batches: readonly BatchRow[];
  readonly health: HealthNews | undefined;
  readonly feed: FeedNews | undefined;
  /** The program has stopped: no more will come. */
  readonly stopped: boolean;
}

export interface ProgramNews {
  /** Feed seconds in a real second. */
  readonly speed: number;
  /** Of the general live page, once it is there. */
  readonly uiUrl: string | undefined;
}

/** The trail is left out where the page has had the plane already. */
export type PlaneRow = readonly [
  plane: string,
  time: number,
  lat: number,
  lon: number,
  from: string,
  to: string,
  departs: number,
  trail?: readonly TrailPoint[],
];

export type TrailPoint = readonly [lat: number, lon: number];

export interface AirportRow {
  readonly code: string;
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
  readonly weather?: WeatherNews;
}

export interface WeatherNews {
  readonly time: number;
  readonly celsius: number;
  readonly dewPoint: number;
  readonly gusts: number;
  readonly visibility: number;
  readonly precipitation: string;
}

export interface AlertRow {
  readonly id: number;
  readonly kind: Kind;
  readonly subject: string;
  /** The plane or the airport that it is about: where it is on the map. */
  readonly at: string;
  readonly text: string;
  readonly begins: number;
  readonly ends?: number;
}

/** A batch that has completed. */
export interface BatchRow {
  /** Real time, ms since the epoch. */
  readonly realTime: number;
  readonly lines: number;
  readonly schedulingMs: number;
  readonly processingMs: number;
}

export interface HealthNews {
  /** Of the newest line; 0 before the first. */
  readonly feedTime: number;
  readonly intervalMs: number;
  readonly lines: number;
  readonly badLines: number;
  readonly lastBad: string | undefined;
}

export interface FeedNews {
  /** What is known last. */
  readonly text: string;
  /** Undefined where there is no connection to have, as with files. */
  readonly connected: boolean | undefined;
}
