import { fileURLToPath } from "node:url";

const SOURCES = new URL("..", import.meta.url).href;
const SOURCES_PATH = asPath(SOURCES);

/** The frame that takes the site, those of ours between it and the user's, and that one. */
const FRAMES = 5;

/**
 * Where the user's program called an operator. V8 formats the stack only when {@link CallSite.toString} asks for it, that is,
 * for an error or a page. Taking it costs microseconds, and several times as much in code that has long been optimised; so no
 * more of it is taken than leads to the user's frame.
 */
export class CallSite {
  /** The operator as the user wrote it, as `reduceByKey`. */
  readonly operator: string;
  readonly #trace: Error | undefined;
  #location: string | undefined;

  constructor(operator: string, location?: string) {
    this.operator = operator;
    this.#location = location;
    if (location !== undefined) return;
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = FRAMES;
    this.#trace = new Error();
    Error.stackTraceLimit = limit;
  }

  /** The user's `file:line:column`, or an empty string where no frame of the user's is on the stack. */
  get location(): string {
    this.#location ??= userFrame(this.#trace?.stack ?? "") ?? "";
    return this.#location;
  }

  toString(): string {
    return this.location ? `${this.operator} at ${this.location}` : this.operator;
  }
}

/** The first frame that is not millrace's own and not Node's, as `file:line:column` with a plain path. */
export function userFrame(stack: string): string | undefined {
  for (const line of stack.split("\n").slice(1)) {
    // Most frames are our own, and each job looks for its line.
    if (line.includes(SOURCES)) continue;
    // Those of Node begin with `node:`.
    const location = /(?:^\s*at (?:async )?|\()((?:file:\/\/|\/|[A-Za-z]:\\).*:\d+:\d+)\)?$/.exec(line)?.[1];
    if (location === undefined) continue;
    const plain = location.startsWith("file://") ? asPath(location) : location;
    if (!plain.startsWith(SOURCES_PATH)) return plain;
  }
  return undefined;
}

function asPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
