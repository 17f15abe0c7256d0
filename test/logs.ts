/** What millrace logs while a test runs, through LogTape as a program would take it. */
import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";

export interface Logs {
  readonly records: readonly LogRecord[];
  /** The texts of the messages of a code. */
  of(code: string): string[];
  stop(): void;
}

export function captureLogs(): Logs {
  const records: LogRecord[] = [];
  configureSync({
    reset: true,
    sinks: { test: (record) => void records.push(record) },
    loggers: [
      { category: "millrace", sinks: ["test"], lowestLevel: "trace" },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  return {
    records,
    of: (code) => records.filter(({ properties }) => properties.code === code).map(({ message }) => message.join("")),
    stop: resetSync,
  };
}
