/**
 * What the user sees on the terminal: one line for each alert, and one for the stream's health, which stays at the bottom
 * of a terminal and is printed now and then into a pipe.
 */
import { styleText } from "node:util";
import type { BatchInfo } from "millrace";
import { airports } from "./airports.ts";
import type { BadLine, Position, Weather } from "./lines.ts";

/** What a rule says of its subject in one window; and what is shown, where that differs from the window before. */
export interface Alert {
  readonly kind: "part" | "de-icing" | "delay" | "cancel" | "off plan";
  readonly subject: string;
  /** Feed time, ms since the epoch. */
  readonly time: number;
  readonly text: string;
  /** Whether the condition holds. */
  readonly holds: boolean;
}

/** How the stream is doing after a batch. */
export interface Health {
  /** Of the newest line; 0 before the first. */
  readonly feedTime: number;
  /** Lines since the start. */
  readonly lines: number;
  readonly batch: BatchInfo;
  readonly intervalMs: number;
  readonly badLines: number;
  readonly lastBad: BadLine | undefined;
}

/** Where the program shows what it finds. A screen without a map leaves out where things are. */
export interface Screen {
  /** A condition has begun (`holds`), or has ended or been forgotten, as nothing has been heard of its subject for long. */
  alert(alert: Alert): void;
  health(health: Health): void;
  /** Says something; with `connected`, about the feed. */
  note(text: string, connected?: boolean): void;
  /** The latest position of each plane that the last window has. */
  planes?(positions: readonly Position[]): void;
  /** What airports have reported in a batch, in no particular order. */
  weather?(reports: readonly Weather[]): void;
}

/** Shows everything on several screens. */
export function severalScreens(screens: readonly Screen[]): Screen {
  return {
    alert: (alert) => screens.forEach((screen) => void screen.alert(alert)),
    health: (health) => screens.forEach((screen) => void screen.health(health)),
    note: (text, connected) => screens.forEach((screen) => void screen.note(text, connected)),
    planes: (positions) => screens.forEach((screen) => void screen.planes?.(positions)),
    weather: (reports) => screens.forEach((screen) => void screen.weather?.(reports)),
  };
}

type Style = Parameters<typeof styleText>[0];

const STYLES: Record<Alert["kind"], Style> = {
  part: ["bold", "red"],
  "de-icing": ["bold", "cyan"],
  delay: ["bold", "yellow"],
  cancel: ["bold", "white", "bgRed"],
  "off plan": ["bold", "magenta"],
};
const PIPED_HEALTH_EVERY_MS = 10_000;
const CLEAR_LINE = "\r\u001b[2K";

const names = new Map(airports.map((airport) => [airport.code, airport.name]));

/** Writes to standard output: colours and a line that is redrawn on a terminal, plain lines elsewhere. */
export class TerminalScreen implements Screen {
  readonly #out = process.stdout;
  #health = "";
  #lastNote = "";
  #healthShownAt = Number.NEGATIVE_INFINITY;
  #alerts = 0;
  #open = 0;
  #lines = 0;

  /** How many alerts there have been. */
  get alerts(): number {
    return this.#alerts;
  }

  alert(alert: Alert): void {
    this.#open += alert.holds ? 1 : -1;
    if (!alert.holds) return;
    this.#alerts += 1;
    const label = styleText(STYLES[alert.kind], ` ${alert.kind.toUpperCase()} `.padEnd(10));
    const name = names.get(alert.subject);
    const subject = name === undefined ? alert.subject : `${alert.subject} ${name}`;
    this.#line(`${clock(alert.time)}  ${label} ${printable(`${subject.padEnd(18)} ${alert.text}`)}`);
  }

  health(health: Health): void {
    const line = healthLine(health, (1000 * (health.lines - this.#lines)) / health.intervalMs, this.#open);
    this.#lines = health.lines;
    if (this.#out.isTTY) {
      this.#health = line;
      this.#drawHealth();
    } else if (performance.now() - this.#healthShownAt >= PIPED_HEALTH_EVERY_MS) {
      this.#healthShownAt = performance.now();
      this.#out.write(`${line}\n`);
    }
  }

  /** Says the same thing once, until there is something else to say. */
  note(text: string): void {
    if (text === this.#lastNote) return;
    this.#lastNote = text;
    this.#line(styleText("dim", text));
  }

  /** Leaves the last health line where it is; what comes next begins a new line. */
  close(): void {
    if (this.#health !== "") this.#out.write("\n");
    this.#health = "";
  }

  #line(text: string): void {
    this.#out.write(this.#health === "" ? `${text}\n` : `${CLEAR_LINE}${text}\n`);
    if (this.#health !== "") this.#drawHealth();
  }

  #drawHealth(): void {
    const fitting = this.#health.slice(0, Math.max(0, this.#out.columns - 4)); // room for the ^C that a terminal echoes
    this.#out.write(`${CLEAR_LINE}${styleText("dim", fitting)}`);
  }
}

function healthLine(health: Health, linesPerSecond: number, openAlerts: number): string {
  const { feedTime, batch, badLines, lastBad } = health;
  const delayMs = batch.totalDelay ?? 0;
  const parts = [
    `${feedTime === 0 ? "--:--:--" : clock(feedTime)}   HEALTH    ${Math.round(linesPerSecond).toLocaleString("en")} lines/s`,
    `delay ${delayMs < 10 ? delayMs.toFixed(1) : Math.round(delayMs)} ms`,
    `${openAlerts} open ${openAlerts === 1 ? "alert" : "alerts"}`,
    `${badLines} bad ${badLines === 1 ? "line" : "lines"}`,
  ];
  if (lastBad !== undefined) parts[3] += ` (last: ${lastBad.reason}: ${lastBad.text.slice(0, 40)})`;
  return printable(parts.join(" | "));
}

/** Names and bad lines are somebody else's text: what could move the cursor does not reach the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}

/** Feed time of day, as in `06:12:30`. */
export function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 19);
}
