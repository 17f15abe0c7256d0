/**
 * What millrace has to say besides results and errors: log messages, by Spark's levels and the names of Spark's loggers.
 *
 * They go to LogTape where the program has configured that for the category `millrace`; otherwise to stderr, in Spark's
 * layout. The level and the sink are the process's, as Spark's are, whichever context sets them; what an executor thread
 * has to say is said on the driver's.
 */
import type { LogLevel as LogTapeLevel, Logger as LogTapeLogger } from "@logtape/logtape";
import { lazyModule } from "./own-modules.ts";
import { writeErrorLine } from "./terminal.ts";

/** What may be set, from the least to the most severe; `ALL` and `OFF` let everything and nothing pass. */
export const LOG_LEVELS = ["ALL", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a message may have. */
export type Severity = Exclude<LogLevel, "ALL" | "OFF">;

export interface LogMessage {
  readonly severity: Severity;
  readonly logger: string;
  readonly text: string;
  /** What a warning is about, for programs. */
  readonly code: string | undefined;
}

/** The level that a text names, in capitals or not, as in Spark. */
export function logLevelOf(text: string): LogLevel | undefined {
  return LOG_LEVELS.find((one) => one === text.trim().toUpperCase());
}

const DEFAULT_LEVEL: LogLevel = "WARN";

/** Undefined until it is set: then LogTape's own configuration decides, or `WARN` where that is not used. */
let level: LogLevel | undefined;
let driver: ((message: LogMessage) => void) | undefined;

/** From now on no message of a lower severity passes, wherever it goes. */
export function setLogLevel(to: LogLevel): void {
  level = to;
}

/** Sends the messages of this thread to where the program has its sink. */
export function logElsewhere(send: (message: LogMessage) => void): void {
  driver = send;
}

/** Passes a message on, if its severity is wanted. */
export function log(message: LogMessage): void {
  const { severity, logger } = message;
  if (driver !== undefined) driver(message);
  else if (isEnabled(logger, severity)) deliverToLogTape(message) ? undefined : writeErrorLine(formatted(message));
}

function isEnabled(logger: string, severity: Severity): boolean {
  if (level !== undefined) return reaches(severity, level);
  return logTapeLogger(logger)?.isEnabledFor(LOGTAPE_LEVELS[severity]) ?? reaches(severity, DEFAULT_LEVEL);
}

function reaches(severity: Severity, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(severity) >= LOG_LEVELS.indexOf(least);
}

const warned = new Set<string>();

/** One part of millrace, which speaks by its name. */
export class Logger {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** Whether such a message goes anywhere; for those that cost something to put together. */
  isEnabled(severity: Severity): boolean {
    return driver !== undefined || isEnabled(this.#name, severity);
  }

  debug(text: string): void {
    this.#log("DEBUG", text);
  }

  info(text: string): void {
    this.#log("INFO", text);
  }

  warn(text: string, code?: string): void {
    this.#log("WARN", text, code);
  }

  /** As {@link warn}, but says the same thing only once in a process. */
  warnOnce(text: string, code?: string): void {
    if (warned.has(text)) return;
    warned.add(text);
    this.warn(text, code);
  }

  error(text: string, code?: string): void {
    this.#log("ERROR", text, code);
  }

  #log(severity: Severity, text: string, code?: string): void {
    log({ severity, logger: this.#name, text, code });
  }
}

const LOGTAPE_LEVELS = {
  TRACE: "trace",
  DEBUG: "debug",
  INFO: "info",
  WARN: "warning",
  ERROR: "error",
  FATAL: "fatal",
} as const satisfies Record<Severity, LogTapeLevel>;

const logTape = lazyModule<typeof import("@logtape/logtape")>(import.meta.url, "@logtape/logtape");

/** All copies of LogTape in a process share their tree of loggers. Until it is there, nobody has configured anything. */
const LOGTAPE_IS_THERE = Symbol.for("logtape.rootLogger");

/** LogTape's logger, where the program has given it, or what is above it, a sink. */
function logTapeLogger(name: string): LogTapeLogger | undefined {
  if (!(LOGTAPE_IS_THERE in globalThis)) return undefined;
  const { getLogger } = logTape();
  return getLogger("millrace").isEnabledFor("fatal") ? getLogger(["millrace", name]) : undefined;
}

function deliverToLogTape({ severity, logger, text, code }: LogMessage): boolean {
  const target = logTapeLogger(logger);
  target?.emit({
    level: LOGTAPE_LEVELS[severity],
    message: [text],
    rawMessage: text,
    timestamp: Date.now(),
    properties: code === undefined ? {} : { code },
  });
  return target !== undefined;
}

/** As Spark's logs: `26/07/31 14:05:09 WARN SparkContext: what it is about`. */
function formatted({ severity, logger, text, code }: LogMessage): string {
  const now = new Date();
  const day = [now.getFullYear() % 100, now.getMonth() + 1, now.getDate()].map(twoDigits).join("/");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(twoDigits).join(":");
  // The text of an error says its code itself.
  const label = code === undefined || text.includes(`[${code}]`) ? "" : `[${code}] `;
  return `${day} ${time} ${severity} ${logger}: ${label}${text}`;
}

function twoDigits(n: number): string {
  return String(n).padStart(2, "0");
}
