/**
 * The feed itself, without a clock and without a network: what is sent at a tick is a pure function of the seed, the
 * number of planes and the tick. The README describes the lines and the faults.
 */
import { type Airport, airports } from "./airports.ts";
import { distanceKm, type Place, placeOnRoute } from "./geo.ts";

/** One tick of the feed is ten seconds of feed time. */
export const TICK_MS = 10_000;
/** The moment of feed time at which every feed begins. */
export const FEED_START = Date.parse("2026-04-14T06:00:00Z");

export interface FeedOptions {
  readonly seed: number;
  readonly planes: number;
}

/** Something that goes wrong on purpose. `kind` and `subject` are those of the alert that the program must raise. */
export interface Fault {
  readonly kind: "part" | "de-icing" | "delay" | "cancel" | "off plan";
  readonly subject: string;
  /** Feed time, ms since the epoch; the fault holds from `begins` up to but not including `ends`. */
  readonly begins: number;
  readonly ends: number;
  /** What it does to the lines. */
  readonly effect: Effect;
}

type Effect =
  | { readonly type: "temperature"; readonly plane: number; readonly part: string; readonly shift: number }
  | { readonly type: "sideways"; readonly plane: number; readonly km: number }
  | { readonly type: "weather"; readonly airport: string; readonly weather: Partial<Conditions> };

interface Conditions {
  readonly celsius: number;
  readonly dewPoint: number;
  readonly gusts: number;
  readonly visibility: number;
  readonly precipitation: string;
}

type WeatherFault = "de-icing" | "delay by wind" | "delay by fog" | "cancel by wind" | "cancel by fog";

/** One flight of a plane, and the time before it at the gate. */
interface Leg {
  readonly from: Airport;
  readonly to: Airport;
  readonly departs: number;
  readonly arrives: number;
}

const MINUTE = 60_000;
const CRUISE_KM_PER_MINUTE = 14;
const SHORTEST_LEG_KM = 1_200;

/** Faults come in rounds, one of each kind (a part too hot and, later, one too cold) every sixteen minutes. */
const FIRST_ROUND_MINUTES = 12;
const ROUND_MINUTES = 16;
const FAULT_MINUTES = { part: 3, "off plan": 5, weather: 6 };
/** A part is off by ten degrees: twice the limit while it lasts, and three tenths of that in the mean afterwards. */
const PART_SHIFT = 10;
const SIDEWAYS_KM = 60;

interface Part {
  readonly name: string;
  /** What it normally has, and how far planes differ. */
  readonly celsius: number;
  readonly spread: number;
}

const PARTS: readonly Part[] = [
  { name: "engine 1", celsius: 92, spread: 8 },
  { name: "engine 2", celsius: 92, spread: 8 },
  { name: "hydraulics", celsius: 51, spread: 5 },
  { name: "generator", celsius: 74, spread: 6 },
];

/** Lines that no program can use, one every 17 ticks: the real world's, in miniature. */
const BAD_EVERY_TICKS = 17;

export class Feed {
  readonly #seed: number;
  readonly #planes: number;
  readonly #legs: Leg[][] = [];
  readonly #rounds: Fault[][] = [];

  constructor({ seed, planes }: FeedOptions) {
    this.#seed = seed;
    this.#planes = planes;
  }

  /** All lines of one tick, in the order in which they are sent. Tick 0 is at {@link FEED_START}. */
  linesAt(tick: number): string[] {
    const time = FEED_START + tick * TICK_MS;
    const faults = this.faultsUntil(time + 1).filter((fault) => time < fault.ends);
    const lines: object[] = [];
    for (let plane = 0; plane < this.#planes; plane++) lines.push(...this.#planeLines(plane, time, faults));
    airports.forEach((airport, index) => {
      if ((tick + index) % 2 === 0) lines.push(this.#weatherLine(airport, time, faults));
    });
    const texts = lines.map((line) => JSON.stringify(line));
    if (tick % BAD_EVERY_TICKS === 5)
      texts.splice(texts.length >> 1, 0, badLine(Math.floor(tick / BAD_EVERY_TICKS), texts));
    return texts;
  }

  /** The faults that begin before `time`, in order. */
  faultsUntil(time: number): Fault[] {
    const minutes = (time - FEED_START) / MINUTE;
    const rounds = Math.max(0, Math.ceil((minutes - FIRST_ROUND_MINUTES) / ROUND_MINUTES));
    while (this.#rounds.length < rounds) this.#rounds.push(this.#planRound(this.#rounds.length));
    return this.#rounds
      .slice(0, rounds)
      .flat()
      .filter((fault) => fault.begins < time);
  }

  // ---- planes

  #planeLines(plane: number, time: number, faults: readonly Fault[]): object[] {
    const leg = this.#legAt(plane, time);
    const name = planeName(plane);
    const stamp = iso(time);
    let sideways = 0.4 * Math.sin(time / (7 * MINUTE) + plane);
    const shifts = new Map<string, number>();
    for (const { effect } of faults) {
      if (effect.type === "sideways" && effect.plane === plane) sideways += effect.km;
      if (effect.type === "temperature" && effect.plane === plane) shifts.set(effect.part, effect.shift);
    }
    const { lat, lon } = placeAt(leg, time, sideways);
    const position = {
      type: "position",
      time: stamp,
      plane: name,
      lat: round(lat, 4),
      lon: round(lon, 4),
      from: leg.from.code,
      to: leg.to.code,
      departs: iso(leg.departs),
    };
    if (time < leg.departs) return [position]; // at the gate everything is switched off
    const celsius = PARTS.map((_, index) => {
      const { name: part } = PARTS[index]!;
      return [part, round(this.#partCelsius(plane, index, time) + (shifts.get(part) ?? 0), 1)];
    });
    return [position, { type: "temperatures", time: stamp, plane: name, celsius: Object.fromEntries(celsius) }];
  }

  /** A part's own level, half a degree of slow drift and a quarter of a degree of noise. */
  #partCelsius(plane: number, index: number, time: number): number {
    const { celsius, spread } = PARTS[index]!;
    const level = celsius + spread * this.#noise(1, plane, index);
    const period = (45 + 20 * this.#noise(2, plane, index)) * MINUTE;
    const drift = 0.5 * Math.sin((2 * Math.PI * time) / period + plane);
    return level + drift + 0.25 * this.#noise(3, plane, index, time / TICK_MS);
  }

  #legAt(plane: number, time: number): Leg {
    this.#legs[plane] ??= [this.#firstLeg(plane)];
    const legs = this.#legs[plane];
    while (legs.at(-1)!.arrives <= time) legs.push(this.#nextLeg(plane, legs.length, legs.at(-1)!));
    return legs.find((leg) => leg.arrives > time)!;
  }

  /** One plane in eight begins at a gate, the others somewhere on their way. */
  #firstLeg(plane: number): Leg {
    const from = this.#pick(airports, 10, plane);
    const to = this.#destination(from, plane, 0);
    const flight = flightMs(from, to);
    const start = this.#chance(11, plane);
    const offset = plane % 8 === 0 ? start * 50 * MINUTE : -(0.02 + 0.83 * start) * flight;
    return leg(from, to, FEED_START + offset);
  }

  #nextLeg(plane: number, number: number, last: Leg): Leg {
    const to = this.#destination(last.to, plane, number);
    return leg(last.to, to, last.arrives + (35 + 20 * this.#chance(12, plane, number)) * MINUTE);
  }

  #destination(from: Airport, plane: number, number: number): Airport {
    const far = airports.filter((airport) => distanceKm(from, airport) >= SHORTEST_LEG_KM);
    return this.#pick(far, 13, plane, number);
  }

  // ---- airports

  #weatherLine(airport: Airport, time: number, faults: readonly Fault[]): object {
    let conditions = this.#weather(airport, time);
    for (const { effect } of faults) {
      if (effect.type === "weather" && effect.airport === airport.code)
        conditions = { ...conditions, ...effect.weather };
    }
    return {
      type: "weather",
      time: iso(time),
      airport: airport.code,
      celsius: round(conditions.celsius, 1),
      dewPoint: round(conditions.dewPoint, 1),
      gusts: Math.round(conditions.gusts),
      visibility: Math.round(conditions.visibility / 10) * 10,
      precipitation: conditions.precipitation,
    };
  }

  /** Ordinary spring weather: no ice, no storm, no fog. */
  #weather(airport: Airport, time: number): Conditions {
    const place = airports.indexOf(airport);
    const slow = Math.sin(time / (40 * MINUTE) + place);
    const celsius = Math.max(11, 31 - 0.4 * Math.abs(airport.lat)) + slow;
    const rain = this.#chance(20, place) < 0.2;
    return {
      celsius,
      dewPoint: celsius - (rain ? 1.5 : 6) - slow / 2,
      gusts: 11 + 5 * this.#noise(21, place) + 2 * slow,
      visibility: (rain ? 7_000 : 9_500) + 400 * slow,
      precipitation: rain ? "rain" : "none",
    };
  }

  // ---- faults

  /** Each of the six faults hits a plane or an airport that this round and the one before have not yet touched. */
  #planRound(number: number): Fault[] {
    const first = FIRST_ROUND_MINUTES + number * ROUND_MINUTES;
    const used = new Set((this.#rounds[number - 1] ?? []).map(({ effect }) => target(effect)));
    const begin = (minutes: number) => {
      const jitter = Math.floor(6 * this.#chance(30, number, minutes)) * TICK_MS;
      return FEED_START + (first + minutes) * MINUTE + jitter;
    };
    const faults: (Fault | undefined)[] = [
      this.#partFault(PARTS[(2 * number) % PARTS.length]!, PART_SHIFT, begin(0), used),
      this.#weatherFault("de-icing", begin(2), used),
      this.#offPlanFault(number % 2 === 0 ? SIDEWAYS_KM : -SIDEWAYS_KM, begin(3), used),
      this.#weatherFault(number % 2 === 0 ? "delay by wind" : "delay by fog", begin(5), used),
      this.#weatherFault(number % 2 === 0 ? "cancel by fog" : "cancel by wind", begin(7), used),
      this.#partFault(PARTS[(2 * number + 1) % PARTS.length]!, -PART_SHIFT, begin(8), used),
    ];
    return faults.filter((fault) => fault !== undefined);
  }

  #partFault({ name: part }: Part, shift: number, begins: number, used: Set<string>): Fault | undefined {
    const ends = begins + FAULT_MINUTES.part * MINUTE;
    const plane = this.#pickFlying(begins, ends, used);
    if (plane === undefined) return undefined;
    const effect = { type: "temperature", plane, part, shift } as const;
    return { kind: "part", subject: `${planeName(plane)} ${part}`, begins, ends, effect };
  }

  #offPlanFault(km: number, begins: number, used: Set<string>): Fault | undefined {
    const ends = begins + FAULT_MINUTES["off plan"] * MINUTE;
    const plane = this.#pickFlying(begins, ends, used);
    if (plane === undefined) return undefined;
    return { kind: "off plan", subject: planeName(plane), begins, ends, effect: { type: "sideways", plane, km } };
  }

  #weatherFault(what: WeatherFault, begins: number, used: Set<string>): Fault {
    const ends = begins + FAULT_MINUTES.weather * MINUTE;
    const free = airports.filter(({ code, lat }) => !used.has(code) && (what !== "de-icing" || Math.abs(lat) > 40));
    // Where departures stop, let there be some.
    const busy = free.filter(({ code }) => this.#departures(code, begins) > 0);
    const airport = this.#pick(busy.length > 0 ? busy : free, 33, begins);
    used.add(airport.code);
    const effect = { type: "weather", airport: airport.code, weather: badWeather(what, airport) } as const;
    const kind = what === "de-icing" ? what : what.startsWith("delay") ? "delay" : "cancel";
    return { kind, subject: airport.code, begins, ends, effect };
  }

  #departures(code: string, time: number): number {
    let count = 0;
    for (let plane = 0; plane < this.#planes; plane++) {
      const { from, departs } = this.#legAt(plane, time);
      if (from.code === code && departs > time + 5 * MINUTE && departs < time + 50 * MINUTE) count += 1;
    }
    return count;
  }

  /** A plane in the air from a quarter of an hour before the fault, so that its usual temperatures are known, to its end. */
  #pickFlying(begins: number, ends: number, used: Set<string>): number | undefined {
    const flying: number[] = [];
    for (let plane = 0; plane < this.#planes; plane++) {
      const { departs, arrives } = this.#legAt(plane, begins);
      const known = departs <= Math.max(begins - 15 * MINUTE, FEED_START);
      if (known && arrives > ends + 5 * MINUTE && !used.has(planeName(plane))) flying.push(plane);
    }
    if (flying.length === 0) return undefined;
    const plane = this.#pick(flying, 35, begins);
    used.add(planeName(plane));
    return plane;
  }

  // ---- chance, from the seed

  #pick<T>(from: readonly T[], ...keys: number[]): T {
    return from[Math.floor(this.#chance(...keys) * from.length)]!;
  }

  /** Between -1 and 1. */
  #noise(...keys: number[]): number {
    return 2 * this.#chance(...keys) - 1;
  }

  /** Between 0 and 1; the same for the same seed and keys, whatever was asked before. */
  #chance(...keys: number[]): number {
    let hash = 0x9e3779b9 ^ this.#seed;
    for (const key of keys) {
      hash = Math.imul(hash ^ (key | 0) ^ Math.floor(key / 2 ** 32), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      hash ^= hash >>> 16;
    }
    return (hash >>> 0) / 2 ** 32;
  }
}

/** Weather past one limit and well clear of all others. Snow wets the air, and visibility stays good. */
function badWeather(what: WeatherFault, airport: Airport): Partial<Conditions> {
  const { deicing, delayGusts, cancelGusts, delayVisibility, cancelVisibility } = airport;
  switch (what) {
    case "de-icing":
      return { celsius: deicing - 7, dewPoint: deicing - 8, precipitation: "snow" };
    case "delay by wind":
      return { gusts: (delayGusts + cancelGusts) / 2 };
    case "delay by fog":
      return { visibility: Math.sqrt(delayVisibility * cancelVisibility), gusts: 3 };
    case "cancel by wind":
      return { gusts: cancelGusts + 15 };
    case "cancel by fog":
      return { visibility: cancelVisibility / 2, gusts: 3 };
  }
}

function badLine(number: number, texts: readonly string[]): string {
  const whole = texts[number % texts.length]!;
  const kinds = [
    whole.slice(0, whole.length >> 1),
    '{"type":"weather","time":"2026-04-14T06:00:00Z","airport":"XXX","celsius":9}',
    '{"type":"temperatures","time":"2026-04-14T06:00:00Z","plane":"MR001","celsius":{"engine 1":"warm"}}',
    "*** carrier lost ***",
    '{"type":"position","time":"2026-04-14T06:00:00Z","plane":"MR001","lat":512.4,"lon":-0.4}',
  ];
  return kinds[number % kinds.length]!;
}

function target(effect: Effect): string {
  return effect.type === "weather" ? effect.airport : planeName(effect.plane);
}

function leg(from: Airport, to: Airport, departs: number): Leg {
  const minute = Math.round(departs / MINUTE) * MINUTE;
  return { from, to, departs: minute, arrives: minute + flightMs(from, to) };
}

function flightMs(from: Place, to: Place): number {
  return (distanceKm(from, to) / CRUISE_KM_PER_MINUTE) * MINUTE;
}

/** At the gate until the departure, then along the great circle. */
function placeAt({ from, to, departs, arrives }: Leg, time: number, sidewaysKm: number): Place {
  if (time < departs) return from;
  return placeOnRoute(from, to, (time - departs) / (arrives - departs), sidewaysKm);
}

function planeName(plane: number): string {
  return `MR${String(plane + 1).padStart(3, "0")}`;
}

function iso(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
