/**
 * The feeder, a process of its own: plays a feed to every client that connects, faster than life, as JSON lines over
 * TCP. Feed time begins with the first client. Started by `start.ts`, or by hand:
 *
 *     npx node demo/airliners/feeder.ts --port 9999
 *     npx node demo/airliners/feeder.ts --files drop
 */
import { renameSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Fault, FEED_START, Feed, TICK_MS } from "./feed.ts";
import { numberOption, wholeOption } from "./options.ts";

const HELP = `Plays the feed of the airliners demo over TCP, or into files.

  --port <n>       port to listen on; 0, the default, takes a free one
  --host <name>    address to listen on (default 127.0.0.1)
  --speed <n>      feed seconds played in a second; 1 is life (default 60)
  --planes <n>     how many planes fly (default 200)
  --seed <n>       another seed is another day (default 1)
  --files <dir>    plays into files of half a feed minute each in this directory, and not over TCP
  --schedule       prints the faults of the first hour as JSON, and plays nothing
  --minutes <n>    with --schedule: how many minutes instead of an hour
  --help           prints this
`;

/** What the feeder tells the process that started it. */
export type FeederMessage = { readonly port: number } | { readonly startedAt: number };

/** Half a feed minute: what the program takes for a batch. */
const FILE_TICKS = 3;
/** A client that does not read for so long that this much is waiting for it is dropped. */
const LARGEST_BACKLOG_BYTES = 64 * 1024 * 1024;

main();

function main(): void {
  const options = readOptions();
  const feed = new Feed(options);
  if (options.schedule) {
    const faults = feed.faultsUntil(FEED_START + options.minutes * 60_000);
    process.stdout.write(`${JSON.stringify(faults.map(describeFault), null, 2)}\n`);
  } else if (options.files !== undefined) {
    play(feed, options.speed, fileWriter(options.files));
  } else serve(feed, options);
}

/** Plays to every client that connects, from the moment when the first one does. */
function serve(feed: Feed, { host, port, speed }: { host: string; port: number; speed: number }): void {
  const clients = new Set<Socket>();
  let playing = false;
  const server = createServer((client) => {
    client.setNoDelay(true);
    client.on("error", () => client.destroy());
    client.on("close", () => clients.delete(client));
    client.resume(); // a client has nothing to say
    clients.add(client);
    if (playing) return;
    playing = true;
    tell({ startedAt: Date.now() });
    play(feed, speed, (text) => {
      for (const client of clients) {
        if (client.writableLength > LARGEST_BACKLOG_BYTES) client.destroy();
        else client.write(text);
      }
    });
  });
  server.on("error", (error) => {
    process.stderr.write(`feeder: ${error.message}\n`);
    process.exit(1);
  });
  server.listen(port, host, () => {
    const address = server.address();
    if (address === null || typeof address === "string") return;
    if (process.connected) tell({ port: address.port });
    else process.stdout.write(`feeder: listening on ${address.address}:${address.port}\n`);
  });
  if (process.connected) {
    // A child ends when its parent does, however that ends, and not before: Ctrl-C reaches both, and the parent is the
    // one to stop cleanly.
    process.once("disconnect", () => process.exit(0));
    process.on("SIGINT", () => {});
  }
}

/** Hands out the lines of each tick at its time, for ever. */
function play(feed: Feed, speed: number, send: (text: string, tick: number) => void): void {
  const start = performance.now();
  let tick = 0;
  const dueAt = () => start + (tick * TICK_MS) / speed;
  const sendDue = () => {
    for (; dueAt() <= performance.now(); tick++) send(`${feed.linesAt(tick).join("\n")}\n`, tick);
    setTimeout(sendDue, Math.max(0, dueAt() - performance.now()));
  };
  sendDue();
}

/** Gathers ticks into files. A file appears when it is whole: it is written under a name that readers pass over. */
function fileWriter(directory: string): (text: string, tick: number) => void {
  let texts: string[] = [];
  return (text, tick) => {
    texts.push(text);
    if ((tick + 1) % FILE_TICKS !== 0) return;
    const name = `${new Date(FEED_START + tick * TICK_MS).toISOString().slice(0, 19).replaceAll(":", "")}.jsonl`;
    writeFileSync(join(directory, `.${name}`), texts.join(""));
    renameSync(join(directory, `.${name}`), join(directory, name));
    texts = [];
  };
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "0" },
        host: { type: "string", default: "127.0.0.1" },
        speed: { type: "string", default: "60" },
        planes: { type: "string", default: "200" },
        seed: { type: "string", default: "1" },
        minutes: { type: "string", default: "60" },
        files: { type: "string" },
        schedule: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return {
      port: wholeOption("port", values.port, 0, 65_535),
      host: values.host,
      speed: numberOption("speed", values.speed, 0.01, 10_000),
      planes: wholeOption("planes", values.planes, 1, 100_000),
      seed: wholeOption("seed", values.seed, 0, 2 ** 31 - 1),
      minutes: numberOption("minutes", values.minutes, 0, 100_000),
      files: values.files,
      schedule: values.schedule,
    };
  } catch (error) {
    process.stderr.write(`feeder: ${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
}

function describeFault({ kind, subject, begins, ends, effect }: Fault): object {
  const minute = (time: number) => Math.round((time - FEED_START) / 6_000) / 10;
  const times = {
    begins: new Date(begins),
    ends: new Date(ends),
    beginsMinute: minute(begins),
    endsMinute: minute(ends),
  };
  return { kind, subject, ...times, effect };
}

function tell(message: FeederMessage): void {
  if (process.connected) process.send?.(message);
}
