/** What `npm start -- ...` may be given, and what it answers. */
import { statSync } from "node:fs";
import { parseArgs } from "node:util";
import { numberOption, wholeOption } from "./options.ts";

export const HELP = `Watches airliners, minute to minute: finds overheating parts, planes off their route, airports that need
de-icers, and departures to delay or cancel, in a stream of lines. Alerts come on the terminal, and on a map in the
browser: the link is printed. Ctrl-C stops it.

  npm start                          plays a feed of its own: 200 planes, 40 airports, a fault every other minute
  npm start -- --speed 1             the same in real time
  npm start -- --connect host:port   runs on the lines of somebody else's server (see demo/airliners/README.md);
                                     add --speed 1 when they come at the pace of life
  npm start -- --watch dir           runs on the lines of the files that appear in a directory

  --speed <n>            feed seconds in a real second, 0.01 to 300 (default 60; 1 is life)
  --planes <n>           how many planes the own feed has, 1 to 5000 (default 200)
  --seed <n>             another seed is another day (default 1)
  --connect <host:port>  read lines from there instead of an own feed
  --watch <directory>    read the files that appear there instead of an own feed: write them elsewhere, and move them in
  --page-port <n>        where the map is served, on this machine only; the next free port where that is taken,
                         any with 0 (default 4050)
  --no-page              no map
  --help                 print this
`;

export type Options = ReturnType<typeof readOptions>;

/** Reads the options; throws an error whose message is for the user. */
export function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      speed: { type: "string", default: "60" },
      planes: { type: "string", default: "200" },
      seed: { type: "string", default: "1" },
      connect: { type: "string" },
      watch: { type: "string" },
      page: { type: "boolean", default: true },
      "page-port": { type: "string", default: "4050" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.connect !== undefined && values.watch !== undefined)
    throw new Error("--connect and --watch: lines come from one place only");
  return {
    speed: numberOption("speed", values.speed, 0.01, 300),
    planes: wholeOption("planes", values.planes, 1, 5_000),
    seed: wholeOption("seed", values.seed, 0, 2 ** 31 - 1),
    connect: values.connect === undefined ? undefined : address(values.connect),
    watch: values.watch === undefined ? undefined : directory(values.watch),
    pagePort: values.page ? wholeOption("page-port", values["page-port"], 0, 65_535) : undefined,
    help: values.help,
  };
}

function directory(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`--watch: there is no directory ${path}`);
  return path;
}

/** `host:port`, or `[address]:port` for IPv6. */
function address(text: string): { host: string; port: number } {
  const [, host, port] = /^(?:\[(?=.*\]))?([^[\]]+?)\]?:(\d+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined) throw new Error(`--connect must be host:port, not "${text}"`);
  return { host, port: wholeOption("connect", port, 1, 65_535) };
}
