import { count } from "../format.ts";

interface ProgressProps {
  readonly done: number;
  readonly total: number;
  readonly running?: number;
  readonly failed?: number;
  readonly skipped?: number;
}

/** How many of so many are done, in words and as a bar behind them. */
export function Progress({ done, total, running = 0, failed = 0, skipped = 0 }: ProgressProps) {
  const share = (n: number) => ({ width: total === 0 ? "0" : `${Math.min(100, (100 * n) / total)}%` });
  const notes = [
    running > 0 && `${count(running)} running`,
    failed > 0 && `${count(failed)} failed`,
    skipped > 0 && `${count(skipped)} skipped`,
  ].filter(Boolean);
  return (
    <span class="progress">
      <span class="progress-bar" aria-hidden="true">
        <span class="progress-done" style={share(done)} />
        <span class="progress-failed" style={share(failed)} />
        <span class="progress-running" style={share(running)} />
      </span>
      <span class="progress-words">
        {count(done)}/{count(total)}
        {notes.length > 0 && <span class="note"> ({notes.join(", ")})</span>}
      </span>
    </span>
  );
}
