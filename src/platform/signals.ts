/** The signals by which a process is asked to end. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export type TerminationSignal = (typeof SIGNALS)[number];

/**
 * Calls `handler` at the first of them, in place of the end of the process: see {@link endBy}. A second one ends it at once.
 * Returns what undoes this.
 */
export function onTermination(handler: (signal: TerminationSignal) => void): () => void {
  const ignore = () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
  const listener = (signal: NodeJS.Signals) => {
    ignore();
    handler(signal as TerminationSignal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return ignore;
}

/** Ends the process as the signal would have, had nobody listened. */
export function endBy(signal: TerminationSignal): void {
  process.kill(process.pid, signal);
}
