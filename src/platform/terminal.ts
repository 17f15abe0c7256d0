/** A terminal's last line, which can be written again and again. */
export interface Terminal {
  readonly columns: number;
  /** Replaces the line that the cursor is on. */
  redraw(line: string): void;
}

/** Whether the cursor is on a line that {@link Terminal.redraw} has drawn. */
let drawn = false;

/** The terminal that stderr goes to, or undefined where it goes to a file or a pipe. */
export function errorTerminal(): Terminal | undefined {
  const stream = process.stderr;
  if (!stream.isTTY) return undefined;
  return {
    get columns() {
      return stream.columns || 80;
    },
    redraw(line) {
      stream.cursorTo(0);
      stream.clearLine(0);
      stream.write(line);
      drawn = line !== "";
    },
  };
}

/** Writes a line to stderr, in the place of one that is drawn again and again. */
export function writeErrorLine(line: string): void {
  if (drawn) errorTerminal()?.redraw("");
  process.stderr.write(`${line}\n`);
}
