/** `npm start`: the airliners demo. See `--help`. */
import { enableCompileCache } from "node:module";
import { configureSync } from "@logtape/logtape";
import { HELP, type Options, readOptions } from "./command-line.ts";
import { type Demo, startDemo } from "./demo.ts";
import { clock, type Screen, TerminalScreen } from "./screen.ts";

/** A second Ctrl-C that comes later than this does not wait for a clean stop. npm passes the first one on twice. */
const IMPATIENT_MS = 500;

await main();

async function main(): Promise<void> {
  const options = optionsOrExit();
  const screen = new TerminalScreen();
  const interrupted = Promise.withResolvers<void>();
  let interruptedAt = Number.POSITIVE_INFINITY;
  const interrupt = () => {
    if (performance.now() - interruptedAt > IMPATIENT_MS) process.exit(130);
    interruptedAt = Math.min(interruptedAt, performance.now());
    interrupted.resolve();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);

  enableCompileCache(); // from the second start on Node finds everything compiled
  noteWarnings(screen);
  const demo = await startDemo(options, screen);
  for (const line of introduction(options, demo)) screen.note(line);
  // On a terminal millrace says so itself.
  if (!process.stderr.isTTY) void demo.uiUrl.then((url) => url && screen.note(`the engine at work: ${url}`));

  const failure = await Promise.race([interrupted.promise, demo.failed]).catch((error: unknown) => error);
  await demo.stop();
  screen.close();
  const { lines, badLines, feedTime } = demo.program.seen;
  const until = feedTime === 0 ? "" : ` at ${clock(feedTime)} feed time`;
  const alerts = count(screen.alerts, "alert");
  screen.note(`stopped${until}: ${count(lines, "line")}, ${count(badLines, "bad line")}, ${alerts}`);
  if (failure instanceof Error) {
    process.stderr.write(`airliners: ${failure.message}\n`);
    process.exitCode = 1;
  }
}

/** What millrace has to say stands above the health line, like all else. Of the feed the program itself tells. */
function noteWarnings(screen: Screen): void {
  configureSync({
    sinks: {
      notes: ({ category, message }) => {
        if (!category.includes("ReceiverTracker")) screen.note(message.join(""));
      },
    },
    loggers: [
      { category: "millrace", lowestLevel: "warning", sinks: ["notes"] },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
}

function introduction(options: Options, { feeder, source, pageUrl }: Demo): string[] {
  const seconds = 60 / options.speed;
  const pace = `a window, one feed minute, takes ${seconds >= 10 ? Math.round(seconds) : Number(seconds.toPrecision(2))} s`;
  const from = "directory" in source ? `files that appear in ${source.directory}` : `${source.host}:${source.port}`;
  const what =
    feeder === undefined
      ? `watching the lines of ${from}; ${pace}. Ctrl-C stops.`
      : `watching ${options.planes} planes at speed ${options.speed}: ${pace}; the first fault comes in minute 12. Ctrl-C stops.`;
  return pageUrl === undefined ? [what] : [what, `the map: ${pageUrl}`];
}

function count(n: number, what: string): string {
  return `${n.toLocaleString("en")} ${n === 1 ? what : `${what}s`}`;
}

function optionsOrExit(): Options {
  try {
    const options = readOptions(process.argv.slice(2));
    if (!options.help) return options;
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`airliners: ${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
}
