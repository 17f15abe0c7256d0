/**
 * The feeder, a process of its own: plays a feed to every client that connects, faster than life, as JSON lines over
 * TCP. Feed time begins with the first client. Started by `start.ts`, or by hand:
 *
 *     npx node demo/airliners/feeder.ts --port 9999
 */
import { createServer, type Socket } from "node:net";
import { parseArgs } from "node:util";
import { type Fault, FEED_START, Feed, TICK_MS } from "./feed.ts";
import { numberOption, wholeOption } from "./options.ts";

const HELP = `Plays the feed of the airliners demo over TCP.

  --port <n>       port to listen on; 0, the default, takes a free one
  --host <name>    address to listen on (default 127.0.0.1)
  --speed <n>      feed seconds played in a second; 1 is life (default 60)
  --planes <n>     how many planes fly (default 200)
  --seed <n>       another seed is another day (default 1)
  --schedule       prints the faults of the first hour as JSON, and plays nothing
  --minutes <n>    with --schedule: how many minutes instead of an hour
  --help           prints this
`;

/** What the feeder tells the process that started it. */
export type FeederMessage = { readonly port: number } | { readonly startedAt: number };

/** A client that does not read for so long that this much is waiting for it is dropped. */
const LARGEST_BACKLOG_BYTES = 64 * 1024 * 1024;

main();

function main(): void {
  const options = readOptions();
  const feed = new Feed(options);
  if (options.schedule) {
    const faults = feed.faultsUntil(FEED_START + options.minutes * 60_000);
    process.stdout.write(`${JSON.stringify(faults.map(describeFault), null, 2)}\n`);
    return;
  }
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    client.setNoDelay(true);
    client.on("error", () => client.destroy());
    client.on("close", () => clients.delete(client));
    client.resume(); // a client has nothing to say
    clients.add(client);
    if (clients.size === 1) play();
  });
  let playing = false;
  const play = () => {
    if (playing) return;
    playing = true;
    const startedAt = Date.now();
    tell({ startedAt });
    const start = performance.now();
    let tick = 0;
    const send = () => {
      const now = performance.now();
      for (; start + (tick * TICK_MS) / options.speed <= now; tick++) {
        const text = `${feed.linesAt(tick).join("\n")}\n`;
        for (const client of clients) {
          if (client.writableLength > LARGEST_BACKLOG_BYTES) client.destroy();
          else client.write(text);
        }
      }
      setTimeout(send, Math.max(0, start + (tick * TICK_MS) / options.speed - performance.now()));
    };
    send();
  };
  server.on("error", (error) => {
    process.stderr.write(`feeder: ${error.message}\n`);
    process.exit(1);
  });
  server.listen(options.port, options.host, () => {
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
