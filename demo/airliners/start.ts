/** `npm start`: the airliners demo. See `--help`. */
import { enableCompileCache } from "node:module";
import { parseArgs } from "node:util";
import { type FeederProcess, startFeeder } from "./feeder-process.ts";
import { numberOption, wholeOption } from "./options.ts";
import { clock, TerminalScreen } from "./screen.ts";

const HELP = `Watches airliners, minute to minute: finds overheating parts, planes off their route, airports that need
de-icers, and departures to delay or cancel, in a stream of lines. Ctrl-C stops it.

  npm start                          plays a feed of its own: 200 planes, 40 airports, a fault every other minute
  npm start -- --speed 1             the same in real time
  npm start -- --connect host:port   runs on the lines of somebody else's server (see demo/airliners/README.md);
                                     add --speed 1 when they come at the pace of life

  --speed <n>            feed seconds in a real second, 0.01 to 300 (default 60; 1 is life)
  --planes <n>           how many planes the own feed has, 1 to 5000 (default 200)
  --seed <n>             another seed is another day (default 1)
  --connect <host:port>  read lines from there instead of an own feed
  --help                 print this
`;

/** A second Ctrl-C that comes later than this does not wait for a clean stop. npm passes the first one on twice. */
const IMPATIENT_MS = 500;

await main();

async function main(): Promise<void> {
  const options = readOptions();
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

  // The program is loaded while the feeder starts, and from its second start on Node finds it compiled.
  enableCompileCache();
  const [feeder, { runAirliners }] = await Promise.all([
    options.connect === undefined ? startFeeder(options) : undefined,
    import("./program.ts"),
  ]);
  const source = options.connect ?? { host: "127.0.0.1", port: feeder!.port };
  const program = await runAirliners({ ...source, speed: options.speed, screen });
  screen.note(introduction(options, feeder, source));

  const failure = await Promise.race([
    interrupted.promise,
    program.ended.then(() => new Error("the stream ended by itself")),
    feeder?.ended ?? new Promise<void>(() => {}),
  ]).catch((error: unknown) => error);
  await program.stop();
  await feeder?.stop().catch(() => {});
  screen.close();
  const { lines, badLines, alerts, feedTime } = program.seen;
  const until = feedTime === 0 ? "" : ` at ${clock(feedTime)} feed time`;
  screen.note(`stopped${until}: ${count(lines, "line")}, ${count(badLines, "bad line")}, ${count(alerts, "alert")}`);
  if (failure instanceof Error) {
    process.stderr.write(`airliners: ${failure.message}\n`);
    process.exitCode = 1;
  }
}

function introduction(
  options: Options,
  feeder: FeederProcess | undefined,
  source: { host: string; port: number },
): string {
  const seconds = 60 / options.speed;
  const pace = `a window, one feed minute, takes ${seconds >= 10 ? Math.round(seconds) : Number(seconds.toPrecision(2))} s`;
  return feeder === undefined
    ? `watching the lines of ${source.host}:${source.port}; ${pace}. Ctrl-C stops.`
    : `watching ${options.planes} planes at speed ${options.speed}: ${pace}; the first fault comes in minute 12. Ctrl-C stops.`;
}

function count(n: number, what: string): string {
  return `${n.toLocaleString("en")} ${n === 1 ? what : `${what}s`}`;
}

type Options = ReturnType<typeof readOptions>;

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        speed: { type: "string", default: "60" },
        planes: { type: "string", default: "200" },
        seed: { type: "string", default: "1" },
        connect: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const connect = values.connect === undefined ? undefined : address(values.connect);
    return {
      speed: numberOption("speed", values.speed, 0.01, 300),
      planes: wholeOption("planes", values.planes, 1, 5_000),
      seed: wholeOption("seed", values.seed, 0, 2 ** 31 - 1),
      connect,
    };
  } catch (error) {
    process.stderr.write(`airliners: ${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
}

/** `host:port`, or `[address]:port` for IPv6. */
function address(text: string): { host: string; port: number } {
  const [, host, port] = /^(?:\[(?=.*\]))?([^[\]]+?)\]?:(\d+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined) throw new Error(`--connect must be host:port, not "${text}"`);
  return { host, port: wholeOption("connect", port, 1, 65_535) };
}
