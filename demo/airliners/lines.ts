/** The lines of the feed: their shapes, and the one function that reads a line. The README describes the format. */
import { airports } from "./airports.ts";

/** Where a plane is, or at which gate it waits for its departure. Times are feed time, in ms since the epoch. */
export interface Position {
  readonly type: "position";
  readonly time: number;
  readonly plane: string;
  readonly lat: number;
  readonly lon: number;
  readonly from: string;
  readonly to: string;
  readonly departs: number;
}

export interface Temperatures {
  readonly type: "temperatures";
  readonly time: number;
  readonly plane: string;
  readonly celsius: Readonly<Record<string, number>>;
}

export interface Weather {
  readonly type: "weather";
  readonly time: number;
  readonly airport: string;
  readonly celsius: number;
  readonly dewPoint: number;
  readonly gusts: number;
  readonly visibility: number;
  readonly precipitation: string;
}

/** A line that cannot be used, and why. */
export interface BadLine {
  readonly type: "bad";
  readonly reason: string;
  readonly text: string;
}

export type Line = Position | Temperatures | Weather | BadLine;

const codes = new Set(airports.map((airport) => airport.code));
const PRECIPITATION = ["none", "drizzle", "rain", "freezing rain", "snow", "hail"];

/** Reads a line of the feed. Never throws: what is not a good line comes back as a {@link BadLine}. */
export function parseLine(text: string): Line {
  try {
    return check(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof SyntaxError ? "not JSON" : (error as Error).message;
    return { type: "bad", reason, text: text.length > 200 ? `${text.slice(0, 200)}...` : text };
  }
}

function check(line: unknown): Line {
  if (typeof line !== "object" || line === null || Array.isArray(line)) throw new Error("not a JSON object");
  const fields = line as Record<string, unknown>;
  switch (fields.type) {
    case "position":
      return {
        type: "position",
        time: time(fields, "time"),
        plane: text(fields, "plane"),
        lat: number(fields, "lat", -90, 90),
        lon: number(fields, "lon", -180, 180),
        from: airport(fields, "from"),
        to: airport(fields, "to"),
        departs: time(fields, "departs"),
      };
    case "temperatures":
      return {
        type: "temperatures",
        time: time(fields, "time"),
        plane: text(fields, "plane"),
        celsius: temperatures(fields.celsius),
      };
    case "weather":
      return {
        type: "weather",
        time: time(fields, "time"),
        airport: airport(fields, "airport"),
        celsius: number(fields, "celsius", -90, 70),
        dewPoint: number(fields, "dewPoint", -90, 70),
        gusts: number(fields, "gusts", 0, 250),
        visibility: number(fields, "visibility", 0, 100_000),
        precipitation: oneOf(fields, "precipitation", PRECIPITATION),
      };
    default:
      throw new Error("unknown type");
  }
}

function temperatures(value: unknown): Record<string, number> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("celsius is not an object");
  const parts = value as Record<string, unknown>;
  return Object.fromEntries(Object.keys(parts).map((part) => [part, number(parts, part, -100, 2000)]));
}

function time(fields: Record<string, unknown>, name: string): number {
  const ms = Date.parse(text(fields, name));
  if (Number.isNaN(ms)) throw new Error(`${name} is not a time`);
  return ms;
}

function airport(fields: Record<string, unknown>, name: string): string {
  const code = text(fields, name);
  if (!codes.has(code)) throw new Error(`${name} is not a known airport`);
  return code;
}

function text(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") throw new Error(`${name} is not a text`);
  return value;
}

function oneOf(fields: Record<string, unknown>, name: string, allowed: readonly string[]): string {
  const value = text(fields, name);
  if (!allowed.includes(value)) throw new Error(`${name} is none of ${allowed.join(", ")}`);
  return value;
}

function number(fields: Record<string, unknown>, name: string, least: number, most: number): number {
  const value = fields[name];
  if (typeof value !== "number") throw new Error(`${name} is not a number`);
  if (value < least || value > most) throw new Error(`${name} is not between ${least} and ${most}`);
  return value;
}
